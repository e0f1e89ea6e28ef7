-- What the pages of the web UI ask for.

-- Lists of runs: every filter is answered from this one index, newest first, and only the rows that are shown are read.
drop index flow_run_by_scheduled_start_time;
create index flow_run_listed on flow_run
    (scheduled_start_time, id, state, flow_id, route_id, agent_id, name);
-- How long dispatch takes, and what agents have in flight.
create index launch_by_claimed_at on launch (claimed_at);
create index launch_in_flight on launch (agent_id) where ended_at is null;
-- The layer that a run's run config came from; null on runs that are older than the column.
alter table flow_run add column run_config_source text;
