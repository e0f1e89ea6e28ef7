//! Match: a route is a distinct pair of labels and run-config type. Runs are claimed by asking each matching route for
//! its oldest run, so a claim's cost depends on the number of routes, never on the number of runs.

use castra_core::label::LabelSet;
use castra_core::matching::{Mismatch, labels_cover};
use castra_core::run_config::{AgentKind, RunConfigKind};
use serde_json::Value as Json;

use crate::database::{Row, Transaction};
use crate::error::Result;

/// The labels of a run and the type of its run config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The run's labels.
    pub labels: LabelSet,
    /// The `type` of the run's run config, empty if it has none.
    pub run_config_type: String,
}

impl Route {
    /// The route of a run with these labels and this run config.
    pub fn new(labels: LabelSet, run_config: Option<&Json>) -> Self {
        let run_config_type = run_config.and_then(|it| it.get("type")).and_then(Json::as_str);
        Self { labels, run_config_type: run_config_type.unwrap_or_default().to_owned() }
    }

    /// Reads the columns `labels, run_config_type`, the first of which is `column`.
    pub(crate) fn read(row: &Row<'_>, column: usize) -> Result<Self> {
        Ok(Self { labels: row.get(column)?, run_config_type: row.get(column + 1)? })
    }

    /// The route's number, the same for ever.
    pub(crate) fn intern(&self, tx: &mut Transaction<'_>) -> Result<i64> {
        let key = [(&self.labels).into(), (&self.run_config_type).into()];
        let find = "select id from route where labels = ?1 and run_config_type = ?2";
        if let Some(id) = tx.query_optional(find, &key, |row| row.get(0))? {
            return Ok(id);
        }
        let insert = "insert into route (labels, run_config_type) values (?1, ?2) returning id";
        tx.query_one(insert, &key, |row| row.get(0))
    }
}

/// What an agent offers: its labels, and the kind of run config it can launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The agent's labels.
    pub labels: LabelSet,
    /// Its type, e.g. `LocalAgent`. A type that Castra does not know takes every run config, as in Prefect 1.
    pub agent_type: String,
}

impl Offer {
    /// Whether the agent takes runs of this route.
    ///
    /// # Errors
    /// Why not.
    pub fn covers(&self, route: &Route) -> Result<(), Mismatch> {
        labels_cover(&self.labels, &route.labels)?;
        let Some(agent) = AgentKind::from_agent_type(&self.agent_type) else { return Ok(()) };
        let takes = match route.run_config_type.as_str() {
            "" => agent.takes(None),
            name => RunConfigKind::from_name(name).is_some_and(|kind| agent.takes(Some(kind))),
        };
        match takes {
            true => Ok(()),
            false => Err(Mismatch::RunConfig {
                run_config: route.run_config_type.clone(),
                agent: self.agent_type.clone(),
            }),
        }
    }
}
