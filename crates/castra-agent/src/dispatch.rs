//! The dispatcher's decisions: it owns what is known of every launch, takes events one after the other and answers with
//! what is to be done. Pure; `agent.rs` feeds it and does what it says.

use std::collections::{HashMap, HashSet, VecDeque};

use castra_client::OpenLaunch;
use castra_core::cause::{Cause, LaunchEnd};
use castra_core::claim::{Claim, ClaimReply};
use castra_core::launch::{LaunchPhase, LaunchReply, LaunchReport, LaunchStanding};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// How many launches may be under way at once; more are claimed as these are done.
const MAX_LAUNCHING: usize = 64;
/// How many reports go into one request.
const MAX_REPORTS: usize = 500;

/// Something has happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A claim was answered.
    Claimed(ClaimReply),
    /// What the ledger holds open under the agent's name, after the answer to a claim may have been lost.
    Ledger(Vec<OpenLaunch>),
    /// This is about to be sent to launch it; secrets are masked.
    Rendered(Uuid, Value),
    /// A launch exists on its target.
    Launched {
        /// Which.
        launch_id: Uuid,
        /// What identifies it there.
        handle: Value,
        /// How far it has come.
        phase: LaunchPhase,
    },
    /// A launch has come further.
    Reached(Uuid, LaunchPhase),
    /// A launch is busy with something or held up by it, in words.
    Waits(Uuid, String),
    /// A launch is over, and nothing of it runs.
    Ended(Uuid, LaunchEnd),
    /// The reports that were under way have arrived.
    Reported(Vec<LaunchReply>),
    /// Leases are to be renewed.
    RenewalDue,
    /// The agent is to end: claim nothing more.
    ShutDown,
}

/// Something is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Ask for up to `limit` runs.
    Claim {
        /// How many.
        limit: u32,
    },
    /// Launch this.
    Launch(Box<Claim>),
    /// Stop this launch.
    Stop(Uuid),
    /// Send these reports, as often as it takes.
    Report(Vec<LaunchReport>),
    /// The end of this launch is known to the server: keep nothing of it, neither here nor on the target.
    Close(Uuid),
}

/// Where a launch stands, seen from the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Launching,
    Running,
    Ended,
}

#[derive(Debug)]
struct Held {
    stage: Stage,
    /// It was told to stop.
    stopping: bool,
    /// The ledger holds it no more as this agent's: it is stopped, and nothing is reported.
    disowned: bool,
    /// What it was rendered to, until that is told: with whatever is told of it next.
    rendered: Option<Value>,
}

/// What the agent knows and has under way.
#[derive(Debug, Default)]
pub(crate) struct Dispatcher {
    /// `None`: as many as come.
    max_running: Option<u32>,
    launches: HashMap<Uuid, Held>,
    /// Reports in the order of their events; the first `reporting` of them are under way.
    reports: VecDeque<LaunchReport>,
    reporting: usize,
    claiming: bool,
    shutting_down: bool,
}

impl Dispatcher {
    /// A dispatcher that keeps at most `max_running` runs running.
    pub(crate) fn new(max_running: Option<u32>) -> Self {
        Self { max_running, ..Self::default() }
    }

    /// Takes up a launch that an earlier life of the agent left behind; what became of it follows as events.
    pub(crate) fn adopt(&mut self, launch_id: Uuid) {
        self.hold(launch_id, Stage::Running);
    }

    /// How many launches run.
    pub(crate) fn running(&self) -> usize {
        self.launches.values().filter(|held| held.stage != Stage::Ended).count()
    }

    /// True if nothing more is claimed at the moment, because enough runs.
    pub(crate) fn is_full(&self) -> bool {
        !self.claiming
    }

    /// True once nothing is under way that must not be cut off: no launch, no report.
    pub(crate) fn is_settled(&self) -> bool {
        self.reports.is_empty() && !self.launches.values().any(|held| held.stage == Stage::Launching)
    }

    /// Takes an event that happened at `now` and says what is to be done.
    pub(crate) fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Claimed(reply) => self.claimed(reply, now, &mut actions),
            Event::Ledger(open) => self.reconcile(&open, now),
            Event::Rendered(launch_id, rendered) => self.rendered(launch_id, rendered),
            Event::Launched { launch_id, handle, phase } => self.launched(launch_id, (handle, phase), now),
            Event::Reached(launch_id, phase) => {
                self.report(
                    launch_id,
                    LaunchReport { phase: Some(phase), ..LaunchReport::renewal(launch_id, now) },
                );
            }
            Event::Waits(launch_id, detail) => {
                self.report(
                    launch_id,
                    LaunchReport { detail: Some(detail), ..LaunchReport::renewal(launch_id, now) },
                );
            }
            Event::Ended(launch_id, end) => self.ended(launch_id, end, now, &mut actions),
            Event::Reported(replies) => self.reported(&replies, &mut actions),
            Event::RenewalDue => self.renew(now),
            Event::ShutDown => self.shutting_down = true,
        }
        actions.extend(self.next_report());
        actions.extend(self.next_claim());
        actions
    }

    fn claimed(&mut self, reply: ClaimReply, now: Timestamp, actions: &mut Vec<Action>) {
        self.claiming = false;
        for claim in reply.claims {
            let launch_id = claim.launch_id;
            if self.shutting_down {
                self.not_held(launch_id, not_launched("the agent was being shut down"), now);
            } else if self.launches.contains_key(&launch_id) {
                tracing::warn!(%launch_id, "a launch was claimed twice; it is launched once");
            } else {
                self.hold(launch_id, Stage::Launching);
                actions.push(Action::Launch(Box::new(claim)));
            }
        }
        for launch_id in reply.stops {
            match self.launches.contains_key(&launch_id) {
                true => self.stop(launch_id, actions),
                false => self.not_held(launch_id, vanished(), now),
            }
        }
    }

    /// Whatever the ledger holds open and the agent does not know never arrived here.
    fn reconcile(&mut self, open: &[OpenLaunch], now: Timestamp) {
        for launch in open {
            if !self.launches.contains_key(&launch.id) {
                self.not_held(launch.id, not_launched("the claim was lost on its way to the agent"), now);
            }
        }
    }

    fn rendered(&mut self, launch_id: Uuid, rendered: Value) {
        if let Some(held) = self.launches.get_mut(&launch_id) {
            held.rendered = Some(rendered);
        }
    }

    fn launched(&mut self, launch_id: Uuid, (handle, phase): (Value, LaunchPhase), now: Timestamp) {
        if let Some(held) = self.launches.get_mut(&launch_id) {
            held.stage = Stage::Running;
        }
        let report = LaunchReport {
            phase: Some(phase),
            handle: Some(handle),
            ..LaunchReport::renewal(launch_id, now)
        };
        self.report(launch_id, report);
    }

    fn ended(&mut self, launch_id: Uuid, end: LaunchEnd, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.launches.get_mut(&launch_id) else { return };
        if held.disowned {
            self.close(launch_id, actions);
            return;
        }
        held.stage = Stage::Ended;
        let rendered = held.rendered.take();
        self.reports.push_back(LaunchReport { rendered, ..end_report(launch_id, end, now) });
    }

    /// Takes the answers to the reports under way: what has ended is closed, what the server wants stopped is.
    fn reported(&mut self, replies: &[LaunchReply], actions: &mut Vec<Action>) {
        for report in self.reports.drain(..self.reporting).collect::<Vec<_>>() {
            if report.end.is_some() {
                self.close(report.launch_id, actions);
            }
        }
        self.reporting = 0;
        for reply in replies {
            match reply.standing {
                LaunchStanding::Held => {}
                LaunchStanding::Stop => self.stop(reply.launch_id, actions),
                LaunchStanding::Closed | LaunchStanding::Unknown => {
                    self.stop(reply.launch_id, actions);
                    self.disown(reply.launch_id, actions);
                }
            }
        }
    }

    /// Every launch of which nothing else is about to be said says that it is still held.
    fn renew(&mut self, now: Timestamp) {
        let queued: HashSet<Uuid> = self.reports.iter().map(|report| report.launch_id).collect();
        let silent = self
            .launches
            .iter()
            .filter(|(id, held)| held.stage != Stage::Ended && !held.disowned && !queued.contains(id));
        self.reports.extend(silent.map(|(&launch_id, _)| LaunchReport::renewal(launch_id, now)));
    }

    fn stop(&mut self, launch_id: Uuid, actions: &mut Vec<Action>) {
        if let Some(held) = self.launches.get_mut(&launch_id)
            && held.stage != Stage::Ended
            && !held.stopping
        {
            held.stopping = true;
            actions.push(Action::Stop(launch_id));
        }
    }

    fn disown(&mut self, launch_id: Uuid, actions: &mut Vec<Action>) {
        let Some(held) = self.launches.get_mut(&launch_id) else { return };
        held.disowned = true;
        if held.stage == Stage::Ended {
            self.close(launch_id, actions);
        }
        self.reports.retain(|report| report.launch_id != launch_id);
    }

    fn close(&mut self, launch_id: Uuid, actions: &mut Vec<Action>) {
        self.launches.remove(&launch_id);
        actions.push(Action::Close(launch_id));
    }

    /// Says of a launch that the agent does not have how that is.
    fn not_held(&mut self, launch_id: Uuid, cause: Cause, now: Timestamp) {
        self.reports.push_back(end_report(launch_id, cause.into(), now));
    }

    fn hold(&mut self, launch_id: Uuid, stage: Stage) {
        self.launches.insert(launch_id, Held { stage, stopping: false, disowned: false, rendered: None });
    }

    fn report(&mut self, launch_id: Uuid, report: LaunchReport) {
        if let Some(held) = self.launches.get_mut(&launch_id).filter(|held| !held.disowned) {
            self.reports.push_back(LaunchReport { rendered: held.rendered.take(), ..report });
        }
    }

    /// One request at a time: what happens meanwhile goes into the next one.
    fn next_report(&mut self) -> Option<Action> {
        if self.reporting > 0 || self.reports.is_empty() {
            return None;
        }
        self.reporting = self.reports.len().min(MAX_REPORTS);
        Some(Action::Report(self.reports.iter().take(self.reporting).cloned().collect()))
    }

    fn next_claim(&mut self) -> Option<Action> {
        if self.claiming || self.shutting_down {
            return None;
        }
        let launching = self.launches.values().filter(|held| held.stage == Stage::Launching).count();
        let free = self.max_running.map_or(usize::MAX, |max| (max as usize).saturating_sub(self.running()));
        let limit = free.min(MAX_LAUNCHING.saturating_sub(launching));
        self.claiming = limit > 0;
        // At most MAX_LAUNCHING.
        self.claiming.then_some(Action::Claim { limit: limit as u32 })
    }
}

fn end_report(launch_id: Uuid, end: LaunchEnd, now: Timestamp) -> LaunchReport {
    LaunchReport { phase: Some(LaunchPhase::Ended), end: Some(end), ..LaunchReport::renewal(launch_id, now) }
}

fn not_launched(reason: &str) -> Cause {
    Cause::NotLaunched { reason: reason.to_owned() }
}

fn vanished() -> Cause {
    Cause::Vanished { reason: "the agent was told to stop it and does not have it".to_owned() }
}

#[cfg(test)]
mod tests;
