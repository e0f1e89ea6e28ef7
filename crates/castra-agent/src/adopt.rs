//! Adopt: an agent that starts picks up what its earlier life left behind. The journal knows what it had launched, the
//! ledger what the server still holds open, the target what is really there.

use std::collections::BTreeMap;

use castra_client::OpenLaunch;
use castra_core::cause::{Cause, LaunchEnd};
use castra_core::launch::LaunchPhase;
use uuid::Uuid;

use crate::journal::Entry;
use crate::launchers::{KnownLaunch, Launched};

/// What is known of one earlier launch.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    entry: Option<Entry>,
    phase: Option<LaunchPhase>,
}

/// What is done about it.
#[derive(Debug)]
pub(crate) enum Adoption<Running> {
    /// It runs: watch it.
    Watch(Launched<Running>),
    /// It is over: report that.
    Report(LaunchEnd),
    /// It is over and the server knows: keep nothing of it.
    Close,
}

/// Everything that journal and ledger know.
pub(crate) fn earlier(journal: Vec<(Uuid, Entry)>, ledger: &[OpenLaunch]) -> BTreeMap<Uuid, Earlier> {
    let mut launches = BTreeMap::<Uuid, Earlier>::new();
    for (launch_id, entry) in journal {
        launches.entry(launch_id).or_default().entry = Some(entry);
    }
    for open in ledger {
        launches.entry(open.id).or_default().phase = Some(open.phase);
    }
    launches
}

impl Earlier {
    /// What to look for on the target; nothing if its end was seen.
    pub(crate) fn to_look_for(&self, launch_id: Uuid) -> Option<KnownLaunch> {
        let handle = self.entry.as_ref().and_then(|entry| entry.handle.clone());
        self.end().is_none().then_some(KnownLaunch { launch_id, handle })
    }

    /// What is done, given what was found on the target.
    pub(crate) fn adoption<Running>(&self, found: Option<Launched<Running>>) -> Adoption<Running> {
        match (found, self.end()) {
            (Some(launched), _) => Adoption::Watch(launched),
            (None, _) if self.phase.is_none() => Adoption::Close,
            (None, Some(end)) => Adoption::Report(end.clone()),
            (None, None) => Adoption::Report(self.missing().into()),
        }
    }

    fn end(&self) -> Option<&LaunchEnd> {
        self.entry.as_ref()?.end.as_ref()
    }

    fn missing(&self) -> Cause {
        let had_handle = self.entry.as_ref().is_some_and(|entry| entry.handle.is_some());
        match had_handle || self.phase > Some(LaunchPhase::Claimed) {
            true => Cause::Vanished { reason: "it ended while its agent was not running".to_owned() },
            false => {
                Cause::NotLaunched { reason: "its agent was restarted before it could launch it".to_owned() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: Uuid = Uuid::from_u128(1);

    fn noted(handle: Option<serde_json::Value>, end: Option<Cause>) -> Vec<(Uuid, Entry)> {
        vec![(ID, Entry { handle, end: end.map(LaunchEnd::from) })]
    }

    fn open(phase: LaunchPhase) -> Vec<OpenLaunch> {
        vec![OpenLaunch { id: ID, phase }]
    }

    fn words(journal: Vec<(Uuid, Entry)>, ledger: &[OpenLaunch]) -> String {
        match earlier(journal, ledger)[&ID].adoption::<()>(None) {
            Adoption::Watch(_) => "watched".to_owned(),
            Adoption::Report(end) => end.cause.to_string(),
            Adoption::Close => "closed".to_owned(),
        }
    }

    #[test]
    fn what_is_not_there_any_more_is_told_as_well_as_it_is_known() {
        let handle = || Some(json!({ "pid": 1 }));
        let exited = || Some(Cause::Exited { code: 3 });
        insta::assert_snapshot!(words(vec![], &open(LaunchPhase::Claimed)), @"The run was not launched: its agent was restarted before it could launch it");
        insta::assert_snapshot!(words(noted(None, None), &open(LaunchPhase::Claimed)), @"The run was not launched: its agent was restarted before it could launch it");
        insta::assert_snapshot!(words(noted(handle(), None), &open(LaunchPhase::Claimed)), @"The flow run's process is gone: it ended while its agent was not running");
        insta::assert_snapshot!(words(vec![], &open(LaunchPhase::Started)), @"The flow run's process is gone: it ended while its agent was not running");
        insta::assert_snapshot!(words(noted(handle(), exited()), &open(LaunchPhase::Started)), @"The flow run's process failed with exit code 3");
        insta::assert_snapshot!(words(noted(handle(), exited()), &[]), @"closed");
    }

    #[test]
    fn an_end_that_was_seen_is_not_looked_for() {
        let launches = earlier(noted(None, Some(Cause::Exited { code: 0 })), &open(LaunchPhase::Started));
        assert_eq!(launches[&ID].to_look_for(ID), None);
    }
}
