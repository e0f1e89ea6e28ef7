//! Lists of runs for the test that renders every page.

use castra_core::state::StateKind;
use castra_store::view::agents::AgentView;
use castra_store::view::runs::RunListed;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Chosen, RUNS, RunsPage};
use crate::web::fields::Fields;
use crate::web::tests::{HOSTILE, Sample, sample};

/// A full page, and one that found nothing.
pub(in crate::web) fn samples() -> Vec<Sample> {
    let page = |runs| RunsPage::new(chosen(), runs, vec![an_agent()], Timestamp::UNIX_EPOCH);
    vec![sample("runs", &page(vec![a_run(); RUNS + 1])), sample("runs: none", &page(Vec::new()))]
}

fn chosen() -> Chosen {
    let fields = [
        ("name", HOSTILE),
        ("label", HOSTILE),
        ("state", "failed"),
        ("flow", "00000000000000000000000000000001"),
    ];
    Chosen::read(&Fields::of(&fields)).unwrap()
}

/// A run in a list.
pub(in crate::web) fn a_run() -> RunListed {
    RunListed {
        id: Uuid::from_u128(1),
        name: HOSTILE.to_owned(),
        state: StateKind::Failed,
        state_message: Some(HOSTILE.to_owned()),
        flow_group_id: Uuid::from_u128(2),
        flow_name: HOSTILE.to_owned(),
        flow_version: 3,
        labels: [HOSTILE].into_iter().collect(),
        agent_name: Some(HOSTILE.to_owned()),
        scheduled_start_time: Timestamp::UNIX_EPOCH,
        start_time: Some(Timestamp::UNIX_EPOCH),
        end_time: None,
    }
}

/// An agent.
pub(in crate::web) fn an_agent() -> AgentView {
    AgentView {
        id: Uuid::from_u128(4),
        name: Some(HOSTILE.to_owned()),
        agent_type: HOSTILE.to_owned(),
        labels: [HOSTILE].into_iter().collect(),
        version: Some(HOSTILE.to_owned()),
        created: Timestamp::UNIX_EPOCH,
        heard_of: Timestamp::UNIX_EPOCH,
        in_flight: 2,
    }
}
