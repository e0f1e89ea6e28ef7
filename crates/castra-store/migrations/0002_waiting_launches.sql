-- What a launch that has not started is busy with or held up by, in words.
alter table launch add column detail text;
-- How often in a row nothing was launched, through no fault of the run.
alter table flow_run add column times_not_launched integer not null default 0;
