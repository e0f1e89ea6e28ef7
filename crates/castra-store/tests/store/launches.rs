//! The ledger: reports, stops, fencing, what follows an end, expired leases, zombies and Lazarus.

use castra_core::cause::Cause;
use castra_core::claim::Claim;
use castra_core::finish::{MAX_TRIES_AGAIN, delay_before_trying_again};
use castra_core::launch::{LaunchPhase, LaunchReport, LaunchStanding};
use castra_core::run_report::StartFlowRun;
use castra_core::state::{State, StateKind};
use castra_store::cancel::cancel_flow_run;
use castra_store::expired::{end_expired_launches, renew_leases};
use castra_store::heartbeat::flow_run_heartbeat;
use castra_store::launch::report_launches;
use castra_store::lazarus::raise_lost_runs;
use castra_store::resume::resume_task_run;
use castra_store::run_report::start_flow_run;
use castra_store::task_run::{GetOrCreateTaskRun, get_or_create_task_run};
use castra_store::task_run_state::{SetTaskRunState, set_task_run_state};
use castra_store::testing::TestStore;
use castra_store::view;
use castra_store::why::why;
use castra_store::zombies::end_zombies;
use serde_json::json;
use uuid::Uuid;

fn running() -> State {
    State::new(StateKind::Running, "")
}

fn killed() -> Cause {
    Cause::Signaled { signal: "SIGKILL".to_owned() }
}

/// A run that an agent has claimed.
struct Claimed {
    test: TestStore,
    agent: Uuid,
    run: Uuid,
    claim: Claim,
}

impl Claimed {
    async fn new() -> Self {
        let test = TestStore::new();
        let flow = test.a_flow(&[]).await;
        let run = test.a_run(flow).await;
        let agent = test.an_agent(&[]).await;
        let claim = test.claim_one(agent).await;
        Self { test, agent, run, claim }
    }

    async fn started() -> Self {
        let this = Self::new().await;
        let process = this.test.process(&this.claim).await;
        this.test.set_state(this.run, running(), Some(process)).await.unwrap();
        this
    }

    fn renewal(&self) -> LaunchReport {
        LaunchReport::renewal(self.claim.launch_id, self.test.now())
    }

    async fn report(&self, phase: Option<LaunchPhase>) -> LaunchStanding {
        self.test.report(self.agent, self.claim.launch_id, phase).await
    }

    async fn end(&self, cause: Cause) -> LaunchStanding {
        self.test.report_end(self.agent, self.claim.launch_id, cause).await
    }

    async fn expire(&self) -> usize {
        self.test.write(end_expired_launches).await.len()
    }
}

async fn a_running_task(test: &TestStore, flow_run_id: Uuid, slug: &str) {
    let task_id = test.value("select id from task where slug = ?1", &[slug.into()]).await;
    test.write(move |tx| {
        let request = GetOrCreateTaskRun { flow_run_id, task_id, map_index: -1 };
        let task_run_id = get_or_create_task_run(tx, request)?.id;
        let request = SetTaskRunState { task_run_id, state: running(), version: None, process: None };
        set_task_run_state(tx, &request)
    })
    .await;
}

/// The states of the task runs, in the order of their tasks.
async fn task_states(test: &TestStore) -> String {
    let sql =
        "select group_concat(r.state, ' ' order by t.slug) from task_run r join task t on t.id = r.task_id";
    test.value(sql, &[]).await
}

/// A run's state and its message.
async fn now(test: &TestStore, run: Uuid) -> String {
    format!("{}: {}", test.state_of(run).await, test.message_of(run).await)
}

#[tokio::test]
async fn phases_only_go_forward_and_reports_may_be_repeated() {
    let this = Claimed::new().await;
    for phase in [LaunchPhase::Submitted, LaunchPhase::Started, LaunchPhase::Submitted, LaunchPhase::Started]
    {
        assert_eq!(this.report(Some(phase)).await, LaunchStanding::Held);
        this.test.wait_seconds(1);
    }
    let timeline: String = this
        .test
        .value("select phase || substr(submitted_at, 18, 2) || substr(started_at, 18, 2) from launch", &[])
        .await;
    assert_eq!(timeline, "started0001");
    assert_eq!(this.end(killed()).await, LaunchStanding::Closed);
    assert_eq!(this.end(killed()).await, LaunchStanding::Closed);
    assert_eq!(this.report(None).await, LaunchStanding::Closed);
    let states: i64 = this.test.value("select version from flow_run", &[]).await;
    assert_eq!(states, 3);
}

#[tokio::test]
async fn another_agents_launch_is_unknown() {
    let this = Claimed::new().await;
    let other = this.test.an_agent(&[]).await;
    assert_eq!(this.test.report(other, this.claim.launch_id, None).await, LaunchStanding::Unknown);
}

#[tokio::test]
async fn a_process_that_dies_fails_its_run_and_the_tasks_that_ran_in_it() {
    let this = Claimed::started().await;
    a_running_task(&this.test, this.run, "load").await;
    this.end(killed()).await;
    insta::assert_snapshot!(now(&this.test, this.run).await, @"Failed: The flow run's process was killed by SIGKILL, which Castra did not send.");
    assert_eq!(task_states(&this.test).await, "Failed");
}

#[tokio::test]
async fn a_credential_dies_with_its_launch() {
    let this = Claimed::new().await;
    let process = this.test.process(&this.claim).await;
    let other = this.test.a_run(this.test.value("select id from flow", &[]).await).await;
    let error = this.test.set_state(other, running(), Some(process)).await.unwrap_err().to_string();
    assert!(error.starts_with("State update failed: the credential belongs to flow run"), "{error}");
    this.end(Cause::Exited { code: 0 }).await;
    let credential = this.claim.credential.parse().unwrap();
    let error = this.test.refused(move |tx| castra_store::credential::authenticate(tx, &credential)).await;
    assert_eq!(error, format!("State update failed: launch {} has ended", this.claim.launch_id));
}

#[tokio::test]
async fn a_cancelled_run_is_stopped_and_told_again_until_it_is_gone() {
    let this = Claimed::started().await;
    let run = this.run;
    this.test.write(move |tx| cancel_flow_run(tx, run)).await;
    let stops = async || this.test.claim(this.agent, 1).await.reply.stops;
    assert_eq!(stops().await, [this.claim.launch_id]);
    assert_eq!(this.report(None).await, LaunchStanding::Stop);
    assert!(stops().await.is_empty());
    this.test.wait_seconds(10);
    assert_eq!(stops().await, [this.claim.launch_id]);
    this.end(Cause::Stopped { signal: "SIGTERM".to_owned() }).await;
    insta::assert_snapshot!(now(&this.test, this.run).await, @"Cancelled: The flow run's process was stopped with SIGTERM.");
    this.test.wait_seconds(10);
    assert!(stops().await.is_empty());
}

#[tokio::test]
async fn a_process_that_reported_its_end_may_exit_by_itself() {
    let this = Claimed::started().await;
    let process = this.test.process(&this.claim).await;
    this.test.set_state(this.run, State::new(StateKind::Success, ""), Some(process)).await.unwrap();
    assert_eq!(this.report(None).await, LaunchStanding::Held);
    this.test.wait_seconds(15);
    assert_eq!(this.report(None).await, LaunchStanding::Stop);
    this.end(killed()).await;
    assert_eq!(this.test.state_of(this.run).await, StateKind::Success);
}

#[tokio::test]
async fn a_run_that_is_restarted_waits_for_the_end_of_its_live_launch() {
    let this = Claimed::started().await;
    let process = this.test.process(&this.claim).await;
    this.test.set_state(this.run, State::new(StateKind::Failed, ""), Some(process)).await.unwrap();
    this.test.set_state(this.run, State::new(StateKind::Scheduled, ""), None).await.unwrap();
    let credential = this.claim.credential.parse().unwrap();
    let error = this.test.refused(move |tx| castra_store::credential::authenticate(tx, &credential)).await;
    assert!(error.ends_with("is no longer the run's current one"), "{error}");
    assert!(this.test.claim(this.agent, 1).await.reply.claims.is_empty());
    assert_eq!(this.report(None).await, LaunchStanding::Stop);
    this.end(killed()).await;
    assert_eq!(this.test.claim_one(this.agent).await.flow_run.id, this.run);
}

#[tokio::test]
async fn a_claim_that_was_never_launched_is_tried_again_later_and_later() {
    let mut this = Claimed::new().await;
    for times in 0..MAX_TRIES_AGAIN {
        assert_eq!(this.expire().await, 0);
        this.test.wait_seconds(61);
        assert_eq!(this.expire().await, 1);
        assert_eq!(this.test.state_of(this.run).await, StateKind::Scheduled);
        assert_eq!(this.report(None).await, LaunchStanding::Closed);
        let delay = delay_before_trying_again(times).as_secs();
        if delay > 0 {
            this.test.wait_seconds(delay - 1);
            assert!(this.test.claim(this.agent, 1).await.reply.claims.is_empty(), "{times}");
            this.test.wait_seconds(1);
        }
        this.claim = this.test.claim_one(this.agent).await;
    }
    this.test.wait_seconds(61);
    this.expire().await;
    insta::assert_snapshot!(now(&this.test, this.run).await, @"Failed: The run was not launched: its agent was not heard of within the lease.");
}

#[tokio::test]
async fn what_was_not_launched_and_what_was_lost_are_counted_apart() {
    let mut this = Claimed::new().await;
    let counts = async |test: &TestStore| -> String {
        test.value("select times_not_launched || ' ' || times_resurrected from flow_run", &[]).await
    };
    this.end(Cause::NotLaunched { reason: "the engine does not answer".to_owned() }).await;
    assert_eq!(counts(&this.test).await, "1 0");
    this.claim = this.test.claim_one(this.agent).await;
    this.end(Cause::Evicted { reason: "the node was full".to_owned() }).await;
    assert_eq!(counts(&this.test).await, "0 1");
    insta::assert_snapshot!(now(&this.test, this.run).await, @"Scheduled: Rescheduled by Castra. The flow run was evicted: the node was full.");
}

#[tokio::test]
async fn what_was_sent_is_kept_also_with_the_end() {
    let spec = json!({ "command": ["sh"] });
    let rendered = async |this: &Claimed, report: LaunchReport| {
        let (agent, launch) = (this.agent, this.claim.launch_id);
        this.test.write(move |tx| report_launches(tx, agent, &[report])).await;
        this.test.write(move |tx| view::launches::rendered(tx, launch)).await
    };
    let this = Claimed::new().await;
    assert_eq!(rendered(&this, this.renewal()).await, None);
    let told = LaunchReport { rendered: Some(spec.clone()), ..this.renewal() };
    assert_eq!(rendered(&this, told).await, Some(spec.clone()));
    assert_eq!(rendered(&this, this.renewal()).await, Some(spec.clone()));

    let other = Claimed::new().await;
    let refused = Cause::Refused { reason: "there is no such image".to_owned() };
    let end = LaunchReport { rendered: Some(spec.clone()), end: Some(refused.into()), ..other.renewal() };
    assert_eq!(rendered(&other, end).await, Some(spec));
}

#[tokio::test]
async fn what_holds_a_launch_up_is_told_until_it_starts() {
    let this = Claimed::new().await;
    let detail = async || -> Option<String> { this.test.value("select detail from launch", &[]).await };
    let say = async |phase: Option<LaunchPhase>, detail: &str| {
        let detail = Some(detail.to_owned());
        let report = LaunchReport { phase, detail, ..this.renewal() };
        let agent = this.agent;
        this.test.write(move |tx| report_launches(tx, agent, &[report])).await;
    };
    let run = this.run;
    let waiting_for = async || this.test.write(move |tx| why(tx, run)).await.waiting_for;
    assert_eq!(waiting_for().await, None);
    for _ in 0..2 {
        say(Some(LaunchPhase::Submitted), "0/1 nodes are available: 1 Insufficient cpu").await;
        this.report(None).await;
        assert_eq!(
            waiting_for().await.as_deref(),
            Some("agent agent has submitted it: 0/1 nodes are available: 1 Insufficient cpu")
        );
    }
    say(None, "").await;
    assert_eq!((detail().await, waiting_for().await), (None, None));
    say(Some(LaunchPhase::Scheduled), "pulling the image").await;
    assert_eq!(detail().await.as_deref(), Some("pulling the image"));
    this.report(Some(LaunchPhase::Started)).await;
    assert_eq!(detail().await, None);
    say(None, "pulling the image").await;
    assert_eq!(detail().await, None, "what comes late");
}

#[tokio::test]
async fn the_end_of_a_launch_takes_away_what_held_it_up() {
    let this = Claimed::new().await;
    let sql = "update launch set detail = 'pulling the image' returning id";
    this.test.write(move |tx| tx.query_one(sql, &[], |row| row.get::<Uuid>(0))).await;
    this.end(killed()).await;
    let detail: Option<String> = this.test.value("select detail from launch", &[]).await;
    assert_eq!(detail, None);
}

#[tokio::test]
async fn a_process_whose_heart_beats_is_left_alone_when_its_agent_is_silent() {
    let this = Claimed::started().await;
    a_running_task(&this.test, this.run, "extract").await;
    a_running_task(&this.test, this.run, "load").await;
    let run = this.run;
    for _ in 0..20 {
        this.test.wait_seconds(30);
        this.test.write(move |tx| flow_run_heartbeat(tx, run)).await;
        assert_eq!(this.expire().await, 0);
    }
    this.test.wait_seconds(121);
    assert_eq!(this.expire().await, 1);
    assert_eq!(this.test.state_of(run).await, StateKind::Scheduled);
    assert_eq!(task_states(&this.test).await, "Failed Retrying");
}

#[tokio::test]
async fn agents_get_the_chance_to_report_after_the_server_was_away() {
    let this = Claimed::new().await;
    this.test.wait_seconds(3600);
    this.test.write(renew_leases).await;
    assert_eq!(this.expire().await, 0);
    assert_eq!(this.report(Some(LaunchPhase::Started)).await, LaunchStanding::Held);
}

#[tokio::test]
async fn a_retry_that_outlives_the_process_is_claimed_when_it_is_due() {
    let this = Claimed::started().await;
    a_running_task(&this.test, this.run, "load").await;
    let start = "2026-01-01T01:00:00Z";
    let task_run_id = this.test.value("select id from task_run", &[]).await;
    let state = State::new(StateKind::Retrying, "").with("start_time", start);
    let request = SetTaskRunState { task_run_id, state, version: None, process: None };
    this.test.write(move |tx| set_task_run_state(tx, &request)).await;
    assert_eq!(this.test.claim(this.agent, 1).await.next_from, None);
    this.end(Cause::Exited { code: 0 }).await;
    assert_eq!(this.test.claim(this.agent, 1).await.next_from, Some(start.parse().unwrap()));
    this.test.wait_seconds(3600);
    let again = this.test.claim_one(this.agent).await;
    assert_eq!(again.flow_run.id, this.run);
    assert_eq!(this.test.state_of(this.run).await, StateKind::Running);
}

/// A run whose only task run is paused, and whose process has ended.
async fn paused(start_time: Option<&str>) -> (Claimed, Uuid) {
    let this = Claimed::started().await;
    a_running_task(&this.test, this.run, "load").await;
    let task_run_id: Uuid = this.test.value("select id from task_run", &[]).await;
    let state = State::new(StateKind::Paused, "publish?");
    let state = match start_time {
        Some(start_time) => state.with("start_time", start_time),
        None => state,
    };
    let request = SetTaskRunState { task_run_id, state, version: None, process: None };
    this.test.write(move |tx| set_task_run_state(tx, &request)).await;
    this.end(Cause::Exited { code: 0 }).await;
    (this, task_run_id)
}

/// What it waits for, and whether agents may claim it once that is there.
async fn waiting_for(this: &Claimed) -> (Option<String>, bool) {
    let run = this.run;
    let why = this.test.write(move |tx| why(tx, run)).await;
    (why.waiting_for, why.is_claimable)
}

#[tokio::test]
async fn a_run_whose_process_ended_goes_on_when_somebody_resumes_its_paused_task_run() {
    let (this, task_run) = paused(None).await;
    let run = this.run;
    assert_eq!(this.test.state_of(run).await, StateKind::Running);
    assert_eq!(this.test.claim(this.agent, 1).await.next_from, None);
    insta::assert_debug_snapshot!(waiting_for(&this).await, @r#"
    (
        Some(
            "somebody to resume its task `load`",
        ),
        false,
    )
    "#);

    this.test.wait_seconds(3 * 24 * 3600);
    assert_eq!(this.test.write(raise_lost_runs).await, Vec::<Uuid>::new());
    this.test.write(move |tx| resume_task_run(tx, run, task_run)).await;
    let again = this.test.claim_one(this.agent).await;
    assert_eq!((again.flow_run.id, this.test.state_of(run).await), (run, StateKind::Running));
    let process = this.test.process(&again).await;
    let request = StartFlowRun { flow_run_id: run };
    let started = this.test.write(move |tx| start_flow_run(tx, process, &request)).await;
    assert_eq!(started.task_runs[0].state.kind(), StateKind::Resume);
}

#[tokio::test]
async fn a_paused_task_run_goes_on_at_its_time() {
    let (this, _) = paused(Some("2026-01-01T06:00:00Z")).await;
    let next = this.test.claim(this.agent, 1).await.next_from;
    assert_eq!(next, Some("2026-01-01T06:00:00Z".parse().unwrap()));
    insta::assert_debug_snapshot!(waiting_for(&this).await, @r#"
    (
        Some(
            "somebody to resume its task `load`, or 2026-01-01T06:00:00Z, when it goes on by itself",
        ),
        true,
    )
    "#);
    this.test.wait_seconds(6 * 3600);
    assert_eq!(this.test.claim_one(this.agent).await.flow_run.id, this.run);
}

#[tokio::test]
async fn a_pause_of_ten_years_is_one_without_end() {
    let (this, _) = paused(Some("2036-01-01T00:00:00Z")).await;
    assert_eq!(this.test.claim(this.agent, 1).await.next_from, None);
}

#[tokio::test]
async fn only_what_is_paused_is_resumed() {
    let (this, task_run) = paused(None).await;
    let run = this.run;
    let resume = move |tx: &mut castra_store::Transaction<'_>| resume_task_run(tx, run, task_run);
    this.test.write(resume).await;
    insta::assert_snapshot!(this.test.refused(resume).await, @"the task run is Resume and not Paused");
    this.test.set_state(run, State::new(StateKind::Failed, ""), None).await.unwrap();
    insta::assert_snapshot!(this.test.refused(resume).await, @"the run is Failed: create a new run of the flow");
    let elsewhere = this.test.refused(move |tx| resume_task_run(tx, Uuid::nil(), task_run)).await;
    assert!(elsewhere.contains(&task_run.to_string()), "{elsewhere}");
}

/// A run that an agent of Prefect's has launched: Running, and not in the ledger.
async fn launched_by_prefect() -> (TestStore, Uuid) {
    let test = TestStore::new();
    let flow = test.a_flow(&[]).await;
    let run = test.a_run(flow).await;
    test.set_state(run, State::new(StateKind::Submitted, ""), None).await.unwrap();
    test.set_state(run, running(), None).await.unwrap();
    (test, run)
}

#[tokio::test]
async fn zombies_and_lazarus_end_what_nobody_watches() {
    let (test, run) = launched_by_prefect().await;
    a_running_task(&test, run, "extract").await;
    test.wait_seconds(600);
    assert_eq!(test.write(end_zombies).await, 0);
    test.wait_seconds(1);
    assert!(test.write(raise_lost_runs).await.is_empty());
    assert_eq!(test.write(end_zombies).await, 1);
    assert_eq!(task_states(&test).await, "Failed");
    assert_eq!(test.write(raise_lost_runs).await, [run]);
    insta::assert_snapshot!(now(&test, run).await, @"Scheduled: Rescheduled by Castra. The flow run's process was not heard of for 10 minutes.");
}

#[tokio::test]
async fn a_run_with_a_live_launch_is_left_to_its_agent() {
    let this = Claimed::started().await;
    a_running_task(&this.test, this.run, "extract").await;
    this.test.wait_seconds(3600);
    assert_eq!(this.test.write(end_zombies).await, 0);
    assert!(this.test.write(raise_lost_runs).await.is_empty());
}
