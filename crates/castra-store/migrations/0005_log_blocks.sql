-- Which lines of a log can hold a text or a level: successive lines of a run as they arrived, in blocks. Whoever searches a
-- long log reads the spans of those blocks alone that the filter does not rule out.
create table log_block (
    flow_run_id text not null references flow_run (id) on delete cascade,
    number integer not null, -- within the run, from 0
    lines integer not null,
    first_timestamp text not null, -- the earliest of its lines
    last_timestamp text not null,
    severity integer not null, -- the highest level among its lines, see `log_block.rs`
    filter blob, -- of the text of its lines, see `trigram_filter.rs`; null rules nothing out
    primary key (flow_run_id, number)
);
