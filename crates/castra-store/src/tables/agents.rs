//! Who launches runs: agents and their settings; and the ledger of launches.

use super::{Table, int, json, many, nullable, one, text, timestamp, uuid};

pub(super) static AGENT: Table = Table {
    name: "agent",
    about: "A process near the infrastructure that claims runs and launches them.",
    columns: &[
        uuid("id"),
        uuid("tenant_id"),
        nullable(uuid("agent_config_id")),
        nullable(text("name")),
        text("type"),
        json("labels"),
        nullable(text("core_version")),
        nullable(timestamp("last_queried")),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[
        one("tenant", "tenant_id", "tenant"),
        one("agent_config", "agent_config_id", "agent_config"),
        many("flow_runs", "flow_run", "agent_id"),
        many("launches", "launch", "agent_id"),
    ],
};

pub(super) static AGENT_CONFIG: Table = Table {
    name: "agent_config",
    about: "Settings that an agent started with an agent config id reads.",
    columns: &[
        uuid("id"),
        uuid("tenant_id"),
        nullable(text("name")),
        json("settings"),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[one("tenant", "tenant_id", "tenant"), many("agents", "agent", "agent_config_id")],
};

pub(super) static LAUNCH: Table = Table {
    name: "launch",
    about: "One attempt to run a flow run on infrastructure.",
    columns: &[
        uuid("id"),
        uuid("flow_run_id"),
        uuid("agent_id"),
        text("agent_type"),
        text("phase"),
        int("lease_seconds"),
        timestamp("lease_expires_at"),
        nullable(json("handle")),
        nullable(json("rendered")),
        nullable(text("detail")),
        nullable(json("cause")),
        nullable(json("last_lines")),
        nullable(timestamp("stop_at")),
        nullable(timestamp("stop_told_at")),
        nullable(timestamp("fenced_at")),
        nullable(timestamp("presented_at")),
        timestamp("claimed_at"),
        nullable(timestamp("submitted_at")),
        nullable(timestamp("scheduled_at")),
        nullable(timestamp("pulled_at")),
        nullable(timestamp("started_at")),
        nullable(timestamp("ended_at")),
        timestamp("created"),
        timestamp("updated"),
    ],
    relations: &[one("flow_run", "flow_run_id", "flow_run"), one("agent", "agent_id", "agent")],
};
