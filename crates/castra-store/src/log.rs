//! Lines of the logs of runs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::log_block::{BlockLine, add_lines};
use crate::{Change, Result, Transaction, time_text};

/// The namespace of the ids of log lines.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f5b_1c52_5d0e_4b5f_9a3e_2f6d_71c4_a0b7);

/// A line to be kept.
#[derive(Clone, Debug)]
pub struct NewLog {
    /// The run it belongs to.
    pub flow_run_id: Uuid,
    /// The task run it belongs to, if any.
    pub task_run_id: Option<Uuid>,
    /// When it was written; now if that is not known.
    pub timestamp: Option<Timestamp>,
    /// Who wrote it.
    pub name: Option<String>,
    /// `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.
    pub level: String,
    /// The text.
    pub message: String,
    /// More, for programs.
    pub info: Option<Value>,
}

/// Keeps lines. Those of runs that are not known are dropped; a line that says when it was written is kept once, however
/// often it is sent.
///
/// # Errors
/// Of the database.
pub fn write_logs(tx: &mut Transaction<'_>, logs: &[NewLog]) -> Result<()> {
    let mut kept: BTreeMap<Uuid, Vec<BlockLine<'_>>> = BTreeMap::new();
    for log in logs {
        let line = BlockLine {
            timestamp: log.timestamp.unwrap_or(tx.now()),
            level: &log.level,
            message: &log.message,
        };
        if write_log(tx, log, line.timestamp)? {
            kept.entry(log.flow_run_id).or_default().push(line);
        }
    }
    for (flow_run_id, lines) in kept {
        add_lines(tx, flow_run_id, &lines)?;
        tx.announce(Change::Logged { flow_run_id });
    }
    Ok(())
}

/// Writes a line, unless it is known already or its run is not.
fn write_log(tx: &mut Transaction<'_>, log: &NewLog, timestamp: Timestamp) -> Result<bool> {
    let id = id_of(tx, log);
    let parameters = &[
        id.into(),
        tx.now().into(),
        log.flow_run_id.into(),
        log.task_run_id.into(),
        timestamp.into(),
        log.name.as_deref().into(),
        (&log.level).into(),
        (&log.message).into(),
        log.info.as_ref().into(),
    ];
    let kept = tx.execute(
        "insert into log (id, created, flow_run_id, task_run_id, timestamp, name, level, message, info)
         select ?1, ?2, flow_run.id, (select id from task_run where id = ?4), ?5, ?6, ?7, ?8, ?9
         from flow_run where flow_run.id = ?3
         on conflict (id) do nothing",
        parameters,
    )?;
    Ok(kept == 1)
}

/// A line that carries its instant is known again by what it says.
fn id_of(tx: &mut Transaction<'_>, log: &NewLog) -> Uuid {
    let Some(timestamp) = log.timestamp else { return tx.new_id() };
    let task_run_id = log.task_run_id.unwrap_or_default();
    let words =
        [time_text(timestamp), log.level.clone(), log.name.clone().unwrap_or_default(), log.message.clone()];
    let said = [log.flow_run_id.as_bytes(), task_run_id.as_bytes(), words.join("\n").as_bytes()].concat();
    Uuid::new_v5(&NAMESPACE, &said)
}
