-- What a launch was rendered to: what was sent to the target, in the target's words, secrets masked.
alter table launch add column rendered text;
