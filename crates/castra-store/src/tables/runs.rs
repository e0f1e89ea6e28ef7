//! What became of flows: their runs, the runs of their tasks, the states of both, logs and artifacts.

use super::{Table, boolean, int, json, many, nullable, one, text, timestamp, uuid};

pub(super) static FLOW_RUN: Table = Table {
    name: "flow_run",
    about: "One run of a flow.",
    columns: &[
        uuid("id"),
        uuid("tenant_id"),
        uuid("flow_id"),
        nullable(uuid("agent_id")),
        text("name"),
        json("parameters"),
        json("context"),
        json("labels"),
        text("label_source"),
        nullable(json("run_config")),
        nullable(text("run_config_source")),
        nullable(text("idempotency_key")),
        boolean("auto_scheduled"),
        timestamp("scheduled_start_time"),
        nullable(timestamp("claimable_from")),
        int("version"),
        text("state"),
        uuid("state_id"),
        timestamp("state_timestamp"),
        nullable(text("state_message")),
        nullable(timestamp("state_start_time")),
        json("serialized_state"),
        nullable(timestamp("start_time")),
        nullable(timestamp("end_time")),
        nullable(timestamp("heartbeat")),
        int("times_resurrected"),
        int("times_not_launched"),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[
        one("tenant", "tenant_id", "tenant"),
        one("flow", "flow_id", "flow"),
        one("agent", "agent_id", "agent"),
        many("task_runs", "task_run", "flow_run_id"),
        many("states", "flow_run_state", "flow_run_id"),
        many("logs", "log", "flow_run_id"),
        many("launches", "launch", "flow_run_id"),
    ],
};

pub(super) static FLOW_RUN_STATE: Table = Table {
    name: "flow_run_state",
    about: "A state that a flow run was in.",
    columns: &[
        uuid("id"),
        uuid("flow_run_id"),
        int("version"),
        text("state"),
        timestamp("timestamp"),
        nullable(text("message")),
        nullable(timestamp("start_time")),
        json("serialized_state"),
        timestamp("created"),
    ],
    relations: &[one("flow_run", "flow_run_id", "flow_run")],
};

pub(super) static TASK_RUN: Table = Table {
    name: "task_run",
    about: "One run of a task, or of one of its mapped children, within a flow run.",
    columns: &[
        uuid("id"),
        uuid("flow_run_id"),
        uuid("task_id"),
        nullable(text("name")),
        int("map_index"),
        nullable(text("cache_key")),
        int("run_count"),
        int("version"),
        text("state"),
        uuid("state_id"),
        timestamp("state_timestamp"),
        nullable(text("state_message")),
        nullable(timestamp("state_start_time")),
        json("serialized_state"),
        nullable(timestamp("start_time")),
        nullable(timestamp("end_time")),
        nullable(timestamp("heartbeat")),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[
        one("flow_run", "flow_run_id", "flow_run"),
        one("task", "task_id", "task"),
        many("states", "task_run_state", "task_run_id"),
        many("logs", "log", "task_run_id"),
        many("artifacts", "task_run_artifact", "task_run_id"),
    ],
};

pub(super) static TASK_RUN_STATE: Table = Table {
    name: "task_run_state",
    about: "A state that a task run was in.",
    columns: &[
        uuid("id"),
        uuid("task_run_id"),
        int("version"),
        text("state"),
        timestamp("timestamp"),
        nullable(text("message")),
        nullable(timestamp("start_time")),
        json("serialized_state"),
        timestamp("created"),
    ],
    relations: &[one("task_run", "task_run_id", "task_run")],
};

pub(super) static LOG: Table = Table {
    name: "log",
    about: "A line that a run logged.",
    columns: &[
        uuid("id"),
        uuid("flow_run_id"),
        nullable(uuid("task_run_id")),
        timestamp("timestamp"),
        text("level"),
        nullable(text("name")),
        nullable(text("message")),
        nullable(json("info")),
        timestamp("created"),
    ],
    relations: &[one("flow_run", "flow_run_id", "flow_run"), one("task_run", "task_run_id", "task_run")],
};

pub(super) static TASK_RUN_ARTIFACT: Table = Table {
    name: "task_run_artifact",
    about: "A link or a text that a task run shows.",
    columns: &[
        uuid("id"),
        uuid("tenant_id"),
        uuid("task_run_id"),
        text("kind"),
        json("data"),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[one("task_run", "task_run_id", "task_run")],
};
