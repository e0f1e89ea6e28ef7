//! What is registered: tenants, projects, flow groups, flows with their tasks and edges; and the key-value pairs that flows
//! share.

use super::{Table, boolean, float, int, json, many, nullable, one, text, timestamp, uuid};

pub(super) static TENANT: Table = Table {
    name: "tenant",
    about: "Whoever owns projects and agents; Castra makes one at its first start.",
    columns: &[uuid("id"), text("name"), text("slug"), timestamp("created"), timestamp("updated")],
    relations: &[
        many("projects", "project", "tenant_id"),
        many("flow_groups", "flow_group", "tenant_id"),
        many("flows", "flow", "tenant_id"),
        many("flow_runs", "flow_run", "tenant_id"),
        many("agents", "agent", "tenant_id"),
    ],
};

pub(super) static PROJECT: Table = Table {
    name: "project",
    about: "A named collection of flows.",
    columns: &[
        uuid("id"),
        uuid("tenant_id"),
        text("name"),
        nullable(text("description")),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[one("tenant", "tenant_id", "tenant"), many("flows", "flow", "project_id")],
};

pub(super) static FLOW_GROUP: Table = Table {
    name: "flow_group",
    about: "All versions of a flow. Its labels, run config and schedule, where set, replace the flow's.",
    columns: &[
        uuid("id"),
        uuid("tenant_id"),
        text("name"),
        nullable(text("description")),
        nullable(json("labels")),
        nullable(json("run_config")),
        nullable(json("schedule")),
        json("default_parameters"),
        json("settings"),
        nullable(text("registration_key")),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[one("tenant", "tenant_id", "tenant"), many("flows", "flow", "flow_group_id")],
};

pub(super) static FLOW: Table = Table {
    name: "flow",
    about: "One registered version of a flow.",
    columns: &[
        uuid("id"),
        uuid("tenant_id"),
        uuid("project_id"),
        uuid("flow_group_id"),
        text("version_group_id"),
        int("version"),
        text("name"),
        nullable(text("description")),
        nullable(text("core_version")),
        json("serialized_flow"),
        json("parameters"),
        nullable(json("storage")),
        nullable(json("environment")),
        nullable(json("run_config")),
        nullable(json("schedule")),
        boolean("is_schedule_active"),
        boolean("archived"),
        json("settings"),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[
        one("tenant", "tenant_id", "tenant"),
        one("project", "project_id", "project"),
        one("flow_group", "flow_group_id", "flow_group"),
        many("tasks", "task", "flow_id"),
        many("edges", "edge", "flow_id"),
        many("flow_runs", "flow_run", "flow_id"),
    ],
};

pub(super) static TASK: Table = Table {
    name: "task",
    about: "A step of a flow.",
    columns: &[
        uuid("id"),
        uuid("flow_id"),
        text("slug"),
        nullable(text("name")),
        nullable(text("description")),
        nullable(text("type")),
        int("max_retries"),
        nullable(float("retry_delay")),
        nullable(float("timeout")),
        nullable(text("trigger")),
        json("tags"),
        nullable(text("cache_key")),
        boolean("mapped"),
        boolean("is_reference_task"),
        boolean("is_root_task"),
        boolean("is_terminal_task"),
        boolean("auto_generated"),
        boolean("skip_on_upstream_skip"),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[
        one("flow", "flow_id", "flow"),
        many("upstream_edges", "edge", "downstream_task_id"),
        many("downstream_edges", "edge", "upstream_task_id"),
        many("task_runs", "task_run", "task_id"),
    ],
};

pub(super) static EDGE: Table = Table {
    name: "edge",
    about: "What one task hands to another, or that it comes before it.",
    columns: &[
        uuid("id"),
        uuid("flow_id"),
        uuid("upstream_task_id"),
        uuid("downstream_task_id"),
        text("key"),
        boolean("mapped"),
        boolean("flattened"),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[
        one("flow", "flow_id", "flow"),
        one("upstream_task", "upstream_task_id", "task"),
        one("downstream_task", "downstream_task_id", "task"),
    ],
};

pub(super) static KEY_VALUE: Table = Table {
    name: "key_value",
    about: "A value that flows keep under a key.",
    columns: &[
        uuid("id"),
        uuid("tenant_id"),
        text("key"),
        json("value"),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[one("tenant", "tenant_id", "tenant")],
};
