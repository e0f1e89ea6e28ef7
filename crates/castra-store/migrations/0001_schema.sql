-- The whole schema. Column names are Prefect 1's wherever its client queries them.
--
-- id        UUID as lower-case text with hyphens, so that JSON is built from rows without conversion. Ids made by the
--           store are ordered by time (version 7), which keeps inserts at the end of each index.
-- time      ISO 8601 text in UTC, always `2026-01-02T03:04:05.678901+00:00`: what the client parses, and ordered as text.
-- JSON      as text, kept as it was sent.
-- boolean   0 or 1.

create table tenant (
    id text primary key,
    name text not null,
    slug text not null unique,
    created text not null,
    updated text not null
);

create table project (
    id text primary key,
    tenant_id text not null references tenant (id) on delete cascade,
    name text not null,
    description text,
    created text not null,
    updated text not null,
    unique (tenant_id, name)
);

-- All versions of a flow. Its labels, run config and schedule, where set, replace the flow's.
create table flow_group (
    id text primary key,
    tenant_id text not null references tenant (id) on delete cascade,
    name text not null, -- the version group id
    description text,
    labels text, -- JSON list; null says nothing
    run_config text, -- JSON
    schedule text, -- JSON
    default_parameters text not null default '{}',
    settings text not null default '{}',
    registration_key text, -- the idempotency key of the last registration
    created text not null,
    updated text not null,
    unique (tenant_id, name)
);

create table flow (
    id text primary key,
    tenant_id text not null references tenant (id) on delete cascade,
    project_id text not null references project (id) on delete cascade,
    flow_group_id text not null references flow_group (id) on delete cascade,
    version_group_id text not null, -- the flow group's name
    version integer not null, -- within the flow group, from 1
    name text not null,
    description text,
    core_version text, -- of the library that registered it
    serialized_flow text not null, -- JSON, without tasks and edges where those came in batches
    parameters text not null default '[]',
    storage text, -- JSON
    environment text, -- JSON, legacy
    run_config text, -- JSON
    schedule text, -- JSON
    is_schedule_active integer not null default 0,
    archived integer not null default 0,
    settings text not null default '{}',
    created text not null,
    updated text not null,
    unique (flow_group_id, version)
);
create index flow_by_project on flow (project_id, name);
create index flow_by_name on flow (name);
create index flow_scheduled on flow (id) where is_schedule_active = 1 and archived = 0;

create table task (
    id text primary key,
    flow_id text not null references flow (id) on delete cascade,
    slug text not null,
    name text,
    description text,
    type text,
    max_retries integer not null default 0,
    retry_delay real, -- seconds
    timeout real, -- seconds
    trigger text, -- the function's name
    tags text not null default '[]',
    cache_key text,
    mapped integer not null default 0, -- a mapped edge leads into it
    is_reference_task integer not null default 0,
    is_root_task integer not null default 1, -- no edge leads into it
    is_terminal_task integer not null default 1, -- no edge leads out of it
    auto_generated integer not null default 0,
    skip_on_upstream_skip integer not null default 1,
    created text not null,
    updated text not null,
    unique (flow_id, slug)
);

create table edge (
    id text primary key,
    flow_id text not null references flow (id) on delete cascade,
    upstream_task_id text not null,
    downstream_task_id text not null,
    key text not null default '', -- the argument that it feeds; empty for order alone
    mapped integer not null default 0,
    flattened integer not null default 0,
    created text not null,
    updated text not null,
    unique (flow_id, upstream_task_id, downstream_task_id, key)
);
create index edge_by_upstream on edge (upstream_task_id);
create index edge_by_downstream on edge (downstream_task_id);

-- Each distinct pair of labels and run-config type that ever occurred on a run. Claims ask per route, not per run.
create table route (
    id integer primary key,
    labels text not null, -- JSON list, ordered
    run_config_type text not null, -- empty for a run without run config
    unique (labels, run_config_type)
);

create table agent (
    id text primary key,
    tenant_id text not null references tenant (id) on delete cascade,
    agent_config_id text,
    name text,
    type text not null, -- `LocalAgent`, `DockerAgent` …
    labels text not null default '[]',
    core_version text,
    last_queried text, -- when it last asked for work
    created text not null,
    updated text not null
);

-- Settings that an agent started with `--agent-config-id` reads.
create table agent_config (
    id text primary key,
    tenant_id text not null references tenant (id) on delete cascade,
    name text,
    settings text not null default '{}',
    created text not null,
    updated text not null
);

create table flow_run (
    id text primary key,
    tenant_id text not null references tenant (id) on delete cascade,
    flow_id text not null references flow (id) on delete cascade,
    agent_id text, -- who claimed it last
    name text not null,
    parameters text not null default '{}',
    context text not null default '{}',
    labels text not null default '[]', -- resolved, ordered
    label_source text not null, -- the layer that they came from
    run_config text, -- JSON, resolved
    route_id integer not null references route (id),
    idempotency_key text,
    auto_scheduled integer not null default 0,
    scheduled_start_time text not null,
    claimable_from text, -- null while nobody may claim it; kept true by `claimable.rs`
    version integer not null default 0, -- counts its states
    state text not null,
    state_id text not null,
    state_timestamp text not null,
    state_message text,
    state_start_time text, -- when a scheduled state is due
    serialized_state text not null,
    start_time text, -- of the first Running
    end_time text,
    heartbeat text,
    times_resurrected integer not null default 0, -- launched again after its infrastructure was lost
    created text not null,
    updated text not null,
    unique (flow_id, idempotency_key)
);
create index flow_run_claimable on flow_run (route_id, claimable_from, id) where claimable_from is not null;
create index flow_run_in_progress on flow_run (heartbeat) where state in ('Submitted', 'Running', 'Cancelling');
create index flow_run_by_flow on flow_run (flow_id, scheduled_start_time);
create index flow_run_by_state on flow_run (state, state_timestamp);
create index flow_run_by_created on flow_run (created);
create index flow_run_by_scheduled_start_time on flow_run (scheduled_start_time);
create index flow_run_by_start_time on flow_run (start_time);
create index flow_run_by_name on flow_run (name);

create table flow_run_state (
    id text primary key,
    flow_run_id text not null references flow_run (id) on delete cascade,
    version integer not null,
    state text not null,
    timestamp text not null,
    message text,
    start_time text,
    serialized_state text not null,
    created text not null
);
create index flow_run_state_by_flow_run on flow_run_state (flow_run_id, timestamp);

create table task_run (
    id text primary key,
    flow_run_id text not null references flow_run (id) on delete cascade,
    task_id text not null references task (id) on delete cascade,
    name text,
    map_index integer not null default -1, -- -1 if not mapped
    cache_key text, -- the task's
    run_count integer not null default 0, -- how often it was Running
    version integer not null default 0, -- counts its states
    state text not null,
    state_id text not null,
    state_timestamp text not null,
    state_message text,
    state_start_time text, -- when a scheduled state is due
    serialized_state text not null,
    start_time text,
    end_time text,
    heartbeat text,
    created text not null,
    updated text not null,
    unique (flow_run_id, task_id, map_index)
);
create index task_run_by_task on task_run (task_id, state_timestamp);
create index task_run_by_cache_key on task_run (cache_key, state_timestamp) where cache_key is not null;
create index task_run_waiting on task_run (flow_run_id, state_start_time)
    where state in ('Scheduled', 'Paused', 'Resume', 'Retrying', 'Queued');

create table task_run_state (
    id text primary key,
    task_run_id text not null references task_run (id) on delete cascade,
    version integer not null,
    state text not null,
    timestamp text not null,
    message text,
    start_time text,
    serialized_state text not null,
    created text not null
);
create index task_run_state_by_task_run on task_run_state (task_run_id, timestamp);

create table log (
    id text primary key,
    flow_run_id text not null references flow_run (id) on delete cascade,
    task_run_id text,
    timestamp text not null,
    level text not null,
    name text,
    message text,
    info text, -- JSON: whatever else the line carried
    created text not null
);
create index log_by_flow_run on log (flow_run_id, timestamp);

create table task_run_artifact (
    id text primary key,
    tenant_id text not null references tenant (id) on delete cascade,
    task_run_id text not null references task_run (id) on delete cascade,
    kind text not null,
    data text not null,
    created text not null,
    updated text not null
);
create index task_run_artifact_by_task_run on task_run_artifact (task_run_id);

create table key_value (
    id text primary key,
    tenant_id text not null references tenant (id) on delete cascade,
    key text not null,
    value text not null,
    created text not null,
    updated text not null,
    unique (tenant_id, key)
);

-- The ledger: one row per attempt to run a flow run on infrastructure. Live until `ended_at`.
create table launch (
    id text primary key,
    flow_run_id text not null references flow_run (id) on delete cascade,
    agent_id text not null,
    agent_type text not null,
    phase text not null,
    credential_sha256 text not null, -- hex; of the credential's secret
    lease_seconds integer not null,
    lease_expires_at text not null,
    handle text, -- JSON, in the target's words
    cause text, -- JSON, why it ended
    last_lines text, -- JSON list, of abnormal ends
    presented_at text, -- when the flow run's process presented its claim
    stop_at text, -- from when its agent is told to stop it
    stop_told_at text, -- when it was told last
    fenced_at text, -- from when its credential is dead although it lives
    claimed_at text not null,
    submitted_at text,
    scheduled_at text,
    pulled_at text,
    started_at text,
    ended_at text,
    created text not null,
    updated text not null
);
-- Invariant: a run never has two live launches.
create unique index launch_live on launch (flow_run_id) where ended_at is null;
create index launch_by_flow_run on launch (flow_run_id);
create index launch_to_stop on launch (agent_id, stop_at) where ended_at is null and stop_at is not null;
create index launch_leased on launch (lease_expires_at) where ended_at is null;
