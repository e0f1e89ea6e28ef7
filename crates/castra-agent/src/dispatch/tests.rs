//! The dispatcher's decisions, event by event; and a server in a property that answers in any order.

use castra_core::claim::{ClaimedFlow, ClaimedFlowRun};
use proptest::prelude::*;
use serde_json::Map;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn claim(launch_id: Uuid) -> Claim {
    let flow = ClaimedFlow {
        id: id(0),
        name: String::new(),
        version: 1,
        storage: None,
        core_version: None,
        environment: None,
    };
    let flow_run =
        ClaimedFlowRun { id: id(0), name: None, version: 1, parameters: Map::new(), run_config: None, flow };
    Claim { launch_id, credential: String::new(), lease_expires_at: NOW, flow_run }
}

fn claimed(launches: impl IntoIterator<Item = u128>) -> Event {
    Event::Claimed(ClaimReply { claims: launches.into_iter().map(|n| claim(id(n))).collect(), stops: vec![] })
}

fn stops(launches: &[u128]) -> Event {
    Event::Claimed(ClaimReply { claims: vec![], stops: launches.iter().map(|&n| id(n)).collect() })
}

fn launched(number: u128) -> Event {
    Event::Launched { launch_id: id(number), handle: Value::from(1), phase: LaunchPhase::Started }
}

fn ended(number: u128) -> Event {
    Event::Ended(id(number), Cause::Exited { code: 0 }.into())
}

fn replied(number: u128, standing: LaunchStanding) -> Event {
    Event::Reported(vec![LaunchReply { launch_id: id(number), standing, lease_expires_at: None }])
}

/// What is to be done after each event, in short.
fn told(dispatcher: &mut Dispatcher, event: Event) -> Vec<String> {
    dispatcher.handle(event, NOW).iter().map(short).collect()
}

fn short(action: &Action) -> String {
    match action {
        Action::Claim { limit } => format!("claim {limit}"),
        Action::Launch(claim) => format!("launch {}", claim.launch_id.as_u128()),
        Action::Stop(launch_id) => format!("stop {}", launch_id.as_u128()),
        Action::Close(launch_id) => format!("close {}", launch_id.as_u128()),
        Action::Report(batch) => {
            let reports = batch.iter().map(|report| {
                let news = report.end.as_ref().map(|end| end.cause.to_string());
                let news = news.or_else(|| report.phase.map(|phase| phase.to_string()));
                format!("{} {}", report.launch_id.as_u128(), news.unwrap_or_else(|| "held".to_owned()))
            });
            format!("report {}", reports.collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn a_run_goes_through() {
    let mut dispatcher = Dispatcher::new(Some(1));
    assert_eq!(told(&mut dispatcher, Event::RenewalDue), ["claim 1"]);
    assert_eq!(told(&mut dispatcher, claimed([1])), ["launch 1"]);
    assert_eq!(told(&mut dispatcher, launched(1)), ["report 1 started"]);
    assert_eq!(told(&mut dispatcher, replied(1, LaunchStanding::Held)), [""; 0]);
    assert_eq!(told(&mut dispatcher, Event::RenewalDue), ["report 1 held"]);
    // The end waits for the answer to the report under way; the place is free at once.
    assert_eq!(told(&mut dispatcher, ended(1)), ["claim 1"]);
    assert_eq!(
        told(&mut dispatcher, replied(1, LaunchStanding::Held)),
        ["report 1 The flow run's process exited with code 0"]
    );
    assert_eq!(told(&mut dispatcher, replied(1, LaunchStanding::Closed)), ["close 1"]);
    assert!(dispatcher.is_settled());
}

#[test]
fn what_was_rendered_goes_with_whatever_is_told_next_and_only_once() {
    let rendered = |dispatcher: &mut Dispatcher, event: Event| -> Vec<Option<Value>> {
        let actions = dispatcher.handle(event, NOW).into_iter();
        let reports = actions.filter_map(|action| match action {
            Action::Report(batch) => Some(batch),
            _ => None,
        });
        reports.flatten().map(|report| report.rendered).collect()
    };
    let mut dispatcher = Dispatcher::new(Some(2));
    told(&mut dispatcher, claimed([1, 2]));
    assert_eq!(told(&mut dispatcher, Event::Rendered(id(1), "job 1".into())), [""; 0]);
    assert_eq!(told(&mut dispatcher, Event::Rendered(id(2), "job 2".into())), [""; 0]);
    assert_eq!(rendered(&mut dispatcher, launched(1)), [Some("job 1".into())]);
    told(&mut dispatcher, replied(1, LaunchStanding::Held));
    assert_eq!(rendered(&mut dispatcher, Event::Reached(id(1), LaunchPhase::Started)), [None]);
    told(&mut dispatcher, replied(1, LaunchStanding::Held));
    assert_eq!(rendered(&mut dispatcher, ended(2)), [Some("job 2".into())]);
}

#[test]
fn a_stop_is_passed_on_once_however_often_it_is_asked_for() {
    let mut dispatcher = Dispatcher::new(Some(9));
    told(&mut dispatcher, claimed([1]));
    assert_eq!(told(&mut dispatcher, stops(&[1])), ["stop 1", "claim 8"]);
    assert_eq!(told(&mut dispatcher, stops(&[1])), ["claim 8"]);
    told(&mut dispatcher, launched(1));
    assert_eq!(told(&mut dispatcher, replied(1, LaunchStanding::Stop)), [""; 0]);
}

#[test]
fn a_launch_that_the_ledger_gave_up_is_stopped_and_not_spoken_of() {
    let mut dispatcher = Dispatcher::new(Some(9));
    told(&mut dispatcher, claimed([1]));
    told(&mut dispatcher, launched(1));
    assert_eq!(told(&mut dispatcher, replied(1, LaunchStanding::Closed)), ["stop 1"]);
    assert_eq!(told(&mut dispatcher, Event::RenewalDue), [""; 0]);
    assert_eq!(told(&mut dispatcher, ended(1)), ["close 1"]);
}

#[test]
fn a_claim_that_comes_while_the_agent_ends_is_given_back() {
    let mut dispatcher = Dispatcher::new(None);
    told(&mut dispatcher, Event::RenewalDue);
    assert_eq!(told(&mut dispatcher, Event::ShutDown), [""; 0]);
    assert_eq!(
        told(&mut dispatcher, claimed([1])),
        ["report 1 The run was not launched: the agent was being shut down"]
    );
    assert!(!dispatcher.is_settled());
}

#[test]
fn what_the_agent_does_not_have_is_told() {
    let mut dispatcher = Dispatcher::new(None);
    assert_eq!(
        told(&mut dispatcher, stops(&[1])),
        [
            "report 1 The flow run's process is gone: the agent was told to stop it and does not have it",
            "claim 64"
        ]
    );
    told(&mut dispatcher, replied(1, LaunchStanding::Closed));
    told(&mut dispatcher, claimed([2]));
    let open = [2, 3].map(|number| OpenLaunch { id: id(number), phase: LaunchPhase::Claimed });
    assert_eq!(
        told(&mut dispatcher, Event::Ledger(open.to_vec())),
        ["report 3 The run was not launched: the claim was lost on its way to the agent"]
    );
}

/// One step of the world around the dispatcher; the number picks a launch.
#[derive(Clone, Debug)]
enum Step {
    Claim(u128),
    Launched(u128),
    Ended(u128),
    Answer(LaunchStanding),
    RenewalDue,
}

fn any_step() -> impl Strategy<Value = Step> {
    use LaunchStanding::*;
    prop_oneof![
        (0..6u128).prop_map(Step::Claim),
        (0..6u128).prop_map(Step::Launched),
        (0..6u128).prop_map(Step::Ended),
        prop_oneof![Just(Held), Just(Stop), Just(Closed), Just(Unknown)].prop_map(Step::Answer),
        Just(Step::RenewalDue),
    ]
}

/// The world's side of the dispatcher: what was asked of it and what it has under way.
#[derive(Default)]
struct World {
    launched: HashSet<Uuid>,
    reporting: Option<Vec<LaunchReport>>,
    ends_told: HashSet<Uuid>,
}

impl World {
    fn perform(&mut self, actions: Vec<Action>) -> Result<(), TestCaseError> {
        for action in actions {
            match action {
                Action::Launch(claim) => {
                    prop_assert!(self.launched.insert(claim.launch_id), "launched twice");
                }
                Action::Report(batch) => {
                    prop_assert!(!batch.is_empty());
                    prop_assert!(self.reporting.replace(batch).is_none(), "two batches under way");
                }
                Action::Stop(launch_id) => prop_assert!(self.launched.contains(&launch_id)),
                Action::Claim { .. } | Action::Close(_) => {}
            }
        }
        Ok(())
    }

    fn answer(&mut self, standing: LaunchStanding) -> Option<Event> {
        let batch = self.reporting.take()?;
        let reply = |report: &LaunchReport| LaunchReply {
            launch_id: report.launch_id,
            standing,
            lease_expires_at: None,
        };
        self.ends_told
            .extend(batch.iter().filter(|report| report.end.is_some()).map(|report| report.launch_id));
        Some(Event::Reported(batch.iter().map(reply).collect()))
    }
}

proptest! {
    /// Whatever happens in whatever order: nothing is launched twice, one batch is under way at a time, and every end that
    /// the server still waits for is told in the end.
    #[test]
    fn nothing_is_launched_twice_and_no_end_is_lost(steps in prop::collection::vec(any_step(), 0..60)) {
        let (mut dispatcher, mut world) = (Dispatcher::new(None), World::default());
        let (mut up, mut over, mut given_up) = (HashSet::new(), HashSet::new(), false);
        for step in steps {
            let event = match step {
                // A claim opens a new launch; the same one may arrive twice.
                Step::Claim(n) if !over.contains(&n) => Some(claimed([n])),
                Step::Launched(n) if world.launched.contains(&id(n)) && up.insert(n) => Some(launched(n)),
                Step::Ended(n) if world.launched.contains(&id(n)) && over.insert(n) => Some(ended(n)),
                Step::Answer(standing) => {
                    given_up |= matches!(standing, LaunchStanding::Closed | LaunchStanding::Unknown);
                    world.answer(standing)
                }
                Step::RenewalDue => Some(Event::RenewalDue),
                _ => None,
            };
            if let Some(event) = event {
                let actions = dispatcher.handle(event, NOW);
                world.perform(actions)?;
            }
        }
        while let Some(event) = world.answer(LaunchStanding::Held) {
            let actions = dispatcher.handle(event, NOW);
            world.perform(actions)?;
        }
        let told: HashSet<Uuid> = over.iter().map(|&n| id(n)).collect();
        prop_assert!(given_up || world.ends_told == told, "{:?} {:?}", world.ends_told, told);
        prop_assert!(dispatcher.reports.is_empty());
    }
}
