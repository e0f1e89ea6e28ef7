//! Whatever agents, processes, people and loops do, in whatever order: no run ever has two live launches, no run that is
//! over keeps a live one unnoticed, and ended runs stay ended.

use std::collections::HashMap;

use castra_core::cause::Cause;
use castra_core::claim::Claim;
use castra_core::launch::LaunchPhase;
use castra_core::state::{State, StateKind};
use castra_store::cancel::cancel_flow_run;
use castra_store::expired::end_expired_launches;
use castra_store::heartbeat::flow_run_heartbeat;
use castra_store::lazarus::raise_lost_runs;
use castra_store::testing::TestStore;
use castra_store::zombies::end_zombies;
use proptest::prelude::*;
use uuid::Uuid;

const RUNS: usize = 3;

/// Something that somebody does. Numbers pick among the runs, or the claims made so far.
#[derive(Clone, Debug)]
enum Action {
    Claim { agent: usize },
    Report { claim: usize, phase: LaunchPhase },
    End { claim: usize, cause: Cause },
    ProcessSets { claim: usize, state: StateKind },
    PersonSets { run: usize, state: StateKind },
    Cancel { run: usize },
    Beat { run: usize },
    Wait { seconds: i64 },
    Loops,
}

fn any_action() -> impl Strategy<Value = Action> {
    use Action::*;
    let claim = 0..20_usize;
    let cause = prop_oneof![
        Just(Cause::Exited { code: 0 }),
        Just(Cause::Exited { code: 1 }),
        Just(Cause::NotLaunched { reason: "restart".to_owned() }),
        Just(Cause::Vanished { reason: "gone".to_owned() }),
    ];
    let phase = proptest::sample::select(&LaunchPhase::ALL[..5]);
    let by_process = proptest::sample::select(vec![
        StateKind::Running,
        StateKind::Running,
        StateKind::Success,
        StateKind::Failed,
        StateKind::Cancelled,
    ]);
    let by_person =
        proptest::sample::select(vec![StateKind::Scheduled, StateKind::Failed, StateKind::Submitted]);
    prop_oneof![
        4 => (0..2_usize).prop_map(|agent| Claim { agent }),
        2 => (claim.clone(), phase).prop_map(|(claim, phase)| Report { claim, phase }),
        2 => (claim.clone(), cause).prop_map(|(claim, cause)| End { claim, cause }),
        4 => (claim, by_process).prop_map(|(claim, state)| ProcessSets { claim, state }),
        1 => (0..RUNS, by_person).prop_map(|(run, state)| PersonSets { run, state }),
        1 => (0..RUNS).prop_map(|run| Cancel { run }),
        1 => (0..RUNS).prop_map(|run| Beat { run }),
        2 => (1..700_i64).prop_map(|seconds| Wait { seconds }),
        3 => Just(Loops),
    ]
}

struct World {
    test: TestStore,
    agents: [Uuid; 2],
    runs: Vec<Uuid>,
    claims: Vec<(Uuid, Claim)>,
    /// The state of each run after the last action.
    seen: HashMap<Uuid, StateKind>,
}

impl World {
    async fn new() -> Self {
        let test = TestStore::new();
        let flow = test.a_flow(&["dev"]).await;
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(test.a_run(flow).await);
        }
        let agents = [test.an_agent(&["dev"]).await, test.an_agent(&["dev"]).await];
        Self { test, agents, runs, claims: Vec::new(), seen: HashMap::new() }
    }

    /// Does it. Refusals are part of the game.
    async fn act(&mut self, action: &Action) {
        let test = &self.test;
        match *action {
            Action::Claim { agent } => {
                let agent = self.agents[agent];
                let claims = test.claim(agent, 1).await.reply.claims;
                self.claims.extend(claims.into_iter().map(|claim| (agent, claim)));
            }
            Action::Report { claim, phase } => {
                let Some((agent, claim)) = self.claims.get(claim) else { return };
                test.report(*agent, claim.launch_id, Some(phase)).await;
            }
            Action::End { claim, ref cause } => {
                let Some((agent, claim)) = self.claims.get(claim) else { return };
                test.report_end(*agent, claim.launch_id, cause.clone()).await;
            }
            Action::ProcessSets { claim, state } => {
                let Some((_, claim)) = self.claims.get(claim) else { return };
                let (run, credential) = (claim.flow_run.id, claim.credential.parse().unwrap());
                let process = test
                    .store()
                    .write(move |tx| castra_store::credential::authenticate(tx, &credential))
                    .await;
                if let Ok(process) = process {
                    let _ = test.set_state(run, State::new(state, ""), Some(process)).await;
                }
            }
            Action::PersonSets { run, state } => {
                let _ = test.set_state(self.runs[run], State::new(state, ""), None).await;
            }
            Action::Cancel { run } => {
                let run = self.runs[run];
                test.write(move |tx| cancel_flow_run(tx, run)).await;
            }
            Action::Beat { run } => {
                let run = self.runs[run];
                test.write(move |tx| flow_run_heartbeat(tx, run)).await;
            }
            Action::Wait { seconds } => test.wait_seconds(seconds),
            Action::Loops => self.loops().await,
        }
    }

    async fn loops(&self) {
        self.test
            .write(|tx| {
                end_expired_launches(tx)?;
                end_zombies(tx)?;
                raise_lost_runs(tx)
            })
            .await;
    }

    async fn check(&mut self, action: &Action) {
        let restarts = matches!(action, Action::PersonSets { state: StateKind::Scheduled, .. });
        for run in self.runs.clone() {
            let state = self.test.state_of(run).await;
            let before = self.seen.insert(run, state);
            if let Some(before) = before.filter(|before| before.is_finished() && !restarts) {
                assert_eq!(state, before, "an ended run moved by {action:?}");
            }
        }
        assert_eq!(self.count("two live launches", TWO_LIVE).await, 0);
        assert_eq!(
            self.count("a run that is over or being cancelled has a launch nobody stops", UNSTOPPED).await,
            0
        );
        assert_eq!(self.count("a claimable run has a live launch", CLAIMABLE_AND_LIVE).await, 0);
        assert_eq!(self.count("a waiting run is lost", LOST).await, 0);
    }

    async fn count(&self, what: &str, sql: &'static str) -> i64 {
        let count = self.test.value(sql, &[]).await;
        if count != 0 {
            eprintln!("{what}");
        }
        count
    }

    /// Everybody goes silent: agents ask for nothing, processes are dead. The loops must bring every run to rest.
    async fn silence(&mut self) {
        for _ in 0..12 {
            self.test.wait_seconds(700);
            self.loops().await;
        }
        assert_eq!(
            self.count("a launch lives for ever", "select count(*) from launch where ended_at is null").await,
            0
        );
        let stuck = "select count(*) from flow_run where state in ('Submitted', 'Running', 'Cancelling')";
        assert_eq!(self.count("a run is in progress by name only", stuck).await, 0);
    }
}

const TWO_LIVE: &str = "select count(*) from (
    select flow_run_id from launch where ended_at is null group by flow_run_id having count(*) > 1)";
const UNSTOPPED: &str = "select count(*) from launch l join flow_run r on r.id = l.flow_run_id
    where l.ended_at is null and l.stop_at is null
        and (r.end_time is not null or r.state = 'Cancelling')";
const CLAIMABLE_AND_LIVE: &str = "select count(*) from launch l join flow_run r on r.id = l.flow_run_id
    where l.ended_at is null and r.claimable_from is not null";
const LOST: &str = "select count(*) from flow_run r where r.state = 'Scheduled' and r.claimable_from is null
    and not exists (select 1 from launch where flow_run_id = r.id and ended_at is null)";

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn hold_whatever_happens(actions in proptest::collection::vec(any_action(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for action in &actions {
                world.act(action).await;
                world.check(action).await;
            }
            world.silence().await;
        });
    }
}
