//! Launch: what agents report about their launches, and where each stands. Reports are idempotent: phases only go
//! forward, an end counts once, everything else renews the lease.

use castra_core::cause::{Cause, LaunchEnd};
use castra_core::launch::{LaunchPhase, LaunchReply, LaunchReport, LaunchStanding};
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Change, Transaction};
use crate::error::Result;
use crate::finish::end_launch;
use crate::time::seconds_after;

struct Launch {
    id: Uuid,
    flow_run_id: Uuid,
    phase: LaunchPhase,
    lease_seconds: i64,
    stop_at: Option<Timestamp>,
}

/// Takes an agent's reports, in order, and answers where each launch stands.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database. A launch that is unknown is no error but a standing.
pub fn report_launches(
    tx: &mut Transaction<'_>,
    agent_id: Uuid,
    reports: &[LaunchReport],
) -> Result<Vec<LaunchReply>> {
    reports.iter().map(|report| report_launch(tx, agent_id, report)).collect()
}

fn report_launch(tx: &mut Transaction<'_>, agent_id: Uuid, report: &LaunchReport) -> Result<LaunchReply> {
    let launch_id = report.launch_id;
    let without_lease = |standing| Ok(LaunchReply { launch_id, standing, lease_expires_at: None });
    let Some(launch) = find(tx, agent_id, launch_id)? else {
        return without_lease(LaunchStanding::Unknown);
    };
    if launch.phase == LaunchPhase::Ended {
        return without_lease(LaunchStanding::Closed);
    }
    keep_rendered(tx, &launch, report)?;
    if let Some(end) = end_of(report) {
        let at = report.occurred_at.min(tx.now());
        end_launch(tx, (launch.id, launch.flow_run_id), &end, at)?;
        return without_lease(LaunchStanding::Closed);
    }
    go_on(tx, &launch, report)
}

fn find(tx: &mut Transaction<'_>, agent_id: Uuid, id: Uuid) -> Result<Option<Launch>> {
    tx.query_optional(
        "select flow_run_id, phase, lease_seconds, stop_at from launch where id = ?1 and agent_id = ?2",
        &[id.into(), agent_id.into()],
        |row| {
            Ok(Launch {
                id,
                flow_run_id: row.get(0)?,
                phase: row.get(1)?,
                lease_seconds: row.get(2)?,
                stop_at: row.get(3)?,
            })
        },
    )
}

/// The end that a report tells. An end without a cause is still an end.
fn end_of(report: &LaunchReport) -> Option<LaunchEnd> {
    let unexplained = || Cause::Vanished { reason: "the agent reported the end without a cause".to_owned() };
    match (&report.end, report.phase) {
        (Some(end), _) => Some(end.clone()),
        (None, Some(LaunchPhase::Ended)) => Some(unexplained().into()),
        _ => None,
    }
}

fn go_on(tx: &mut Transaction<'_>, launch: &Launch, report: &LaunchReport) -> Result<LaunchReply> {
    let now = tx.now();
    let lease_expires_at = seconds_after(now, launch.lease_seconds);
    tx.execute(
        "update launch set lease_expires_at = ?2, handle = coalesce(?3, handle), updated = ?4 where id = ?1",
        &[launch.id.into(), lease_expires_at.into(), report.handle.clone().into(), now.into()],
    )?;
    let is_told = set_detail(tx, launch, report)?;
    let phase = report.phase.filter(|phase| *phase > launch.phase);
    if let Some(phase) = phase {
        enter_phase(tx, launch.id, phase, report.occurred_at)?;
    }
    if is_told || phase.is_some() {
        tx.announce(Change::Progress { flow_run_id: launch.flow_run_id });
    }
    let standing = match launch.stop_at {
        Some(at) if at <= now => LaunchStanding::Stop,
        _ => LaunchStanding::Held,
    };
    Ok(LaunchReply { launch_id: launch.id, standing, lease_expires_at: Some(lease_expires_at) })
}

/// Keeps what the launch was rendered to.
fn keep_rendered(tx: &mut Transaction<'_>, launch: &Launch, report: &LaunchReport) -> Result<()> {
    if let Some(rendered) = &report.rendered {
        let of = [launch.id.into(), rendered.clone().into()];
        tx.execute("update launch set rendered = ?2 where id = ?1", &of)?;
    }
    Ok(())
}

/// Keeps what holds the launch up, in words, and answers whether that is news. One that has started is held up by nothing, whatever arrives late.
fn set_detail(tx: &mut Transaction<'_>, launch: &Launch, report: &LaunchReport) -> Result<bool> {
    let has_started = report.phase.max(Some(launch.phase)) >= Some(LaunchPhase::Started);
    let detail = if has_started { Some("") } else { report.detail.as_deref() };
    let Some(detail) = detail else { return Ok(false) };
    let said = Some(detail).filter(|detail| !detail.is_empty());
    let changed = tx.execute(
        "update launch set detail = ?2 where id = ?1 and detail is not ?2",
        &[launch.id.into(), said.into()],
    )?;
    Ok(changed == 1)
}

fn enter_phase(tx: &mut Transaction<'_>, id: Uuid, phase: LaunchPhase, at: Timestamp) -> Result<()> {
    let sql = match phase {
        LaunchPhase::Submitted => "update launch set phase = ?2, submitted_at = ?3 where id = ?1",
        LaunchPhase::Scheduled => "update launch set phase = ?2, scheduled_at = ?3 where id = ?1",
        LaunchPhase::Pulled => "update launch set phase = ?2, pulled_at = ?3 where id = ?1",
        LaunchPhase::Started => "update launch set phase = ?2, started_at = ?3 where id = ?1",
        // Set when the launch is opened, and when it is closed.
        LaunchPhase::Claimed | LaunchPhase::Ended => return Ok(()),
    };
    tx.execute(sql, &[id.into(), phase.into(), at.into()])?;
    Ok(())
}
