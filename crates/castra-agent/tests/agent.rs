//! The whole agent: real processes, real HTTP, and a server in memory that keeps the contract.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use castra_agent::launchers::memory::{MemoryLauncher, Target};
use castra_agent::{Agent, AgentConfig, AgentError, Farewell};
use castra_client::Client;
use castra_core::cause::Cause;
use castra_core::claim::Claim;
use castra_core::launch::LaunchPhase;
use serde_json::{Value, json};
use support::server::{Failure, Known, Server};
use support::{Folder, claim, process_runs, script};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// An agent at work in a task of its own.
struct AtWork {
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<Result<Farewell, AgentError>>,
}

impl AtWork {
    fn start(server: &Server, folder: &Folder) -> Self {
        Self::start_with(server, folder, |config| config)
    }

    fn start_with(server: &Server, folder: &Folder, adapt: impl FnOnce(AgentConfig) -> AgentConfig) -> Self {
        let client = Client::new(&server.url, None).unwrap();
        Self::spawn(Agent::new(client, folder.local_launcher(), adapt(folder.agent())))
    }

    fn memory(server: &Server, target: &Target, config: AgentConfig) -> Self {
        let client = Client::new(&server.url, None).unwrap();
        Self::spawn(Agent::new(client, MemoryLauncher::new(target.clone()), config))
    }

    fn spawn<L: castra_agent::launchers::Launcher>(agent: Agent<L>) -> Self {
        let (shutdown, wanted) = oneshot::channel();
        let run = agent.run(async {
            let _ = wanted.await;
        });
        Self { shutdown, task: tokio::spawn(run) }
    }

    async fn shut_down(self) -> Farewell {
        self.shutdown.send(()).unwrap();
        self.task.await.unwrap().unwrap()
    }

    /// Ends the agent as `kill -9` does: nothing is said, nothing is cleared up.
    async fn kill(self) {
        self.task.abort();
        self.task.await.unwrap_err();
    }
}

fn exits(folder: &Folder, code: i32) -> Claim {
    script(folder, &format!("exit {code}"))
}

/// A run that says that it is up and goes on.
fn goes_on(folder: &Folder) -> Claim {
    script(folder, r#"echo $$ > "$PIPE"; exec sleep 600"#)
}

fn files_left(folder: &Folder) -> usize {
    ["launches", "output"]
        .map(|name| std::fs::read_dir(folder.path().join("state").join(name)).unwrap().count())
        .iter()
        .sum()
}

#[tokio::test]
async fn a_run_goes_from_claim_to_end_and_leaves_nothing_behind() {
    let (server, folder) = (Server::start().await, Folder::new());
    let agent = AtWork::start(&server, &folder);

    let entry = server.ended(server.offer(exits(&folder, 3))).await;

    assert_eq!(entry.phase, LaunchPhase::Ended);
    assert_eq!(entry.cause(), Some(&Cause::Exited { code: 3 }));
    assert!(entry.handle.unwrap()["pid"].is_number());
    assert_eq!(agent.shut_down().await, Farewell { left_running: 0 });
    assert_eq!(files_left(&folder), 0);
}

#[tokio::test]
async fn a_run_that_cannot_be_launched_is_told_in_words() {
    let (server, folder) = (Server::start().await, Folder::new());
    let _agent = AtWork::start(&server, &folder);
    let missing = json!({ "type": "Executable", "path": "/no/such/flow", "flow": "f" });

    let entry = server.ended(server.offer(claim(missing, Value::Null))).await;

    insta::assert_snapshot!(entry.cause().unwrap(), @"The run cannot be launched: `/no/such/flow` does not exist on the agent's machine; put it there or register the flow again");
}

#[tokio::test]
async fn many_runs_go_through() {
    let (server, folder) = (Server::start().await, Folder::new());
    let launches: Vec<_> = (0..100).map(|_| server.offer(exits(&folder, 0))).collect();
    let _agent =
        AtWork::start_with(&server, &folder, |config| AgentConfig { max_running: Some(8), ..config });

    for launch_id in launches {
        assert_eq!(server.ended(launch_id).await.cause(), Some(&Cause::Exited { code: 0 }));
    }
}

#[tokio::test]
async fn no_more_runs_are_claimed_than_may_run_at_once() {
    let (server, folder, target) = (Server::start().await, Folder::new(), Target::default());
    for _ in 0..5 {
        server.offer(claim(Value::Null, Value::Null));
    }
    let config = AgentConfig { max_running: Some(2), ..folder.agent() };
    let _agent = AtWork::memory(&server, &target, config);

    for claimed in 2..=5 {
        server.until(|known| known.launched() == claimed).await;
        assert_eq!((server.look(|known| known.ledger.len()), target.running().len()), (claimed, 2));
        let first = target.running()[0];
        target.end(first, Cause::Exited { code: 0 });
        server.ended(first).await;
    }
}

#[tokio::test]
async fn a_run_is_stopped_when_the_server_wants_that() {
    let (server, folder) = (Server::start().await, Folder::new());
    let _agent = AtWork::start(&server, &folder);
    let launch_id = server.offer(goes_on(&folder));
    let pid = folder.told().await;

    server.stop(launch_id);

    let entry = server.ended(launch_id).await;
    assert_eq!(entry.cause(), Some(&Cause::Stopped { signal: "SIGTERM".to_owned() }));
    assert!(!process_runs(&pid));
}

#[tokio::test]
async fn a_full_agent_hears_of_stops_too() {
    let (server, folder) = (Server::start().await, Folder::new());
    let _agent =
        AtWork::start_with(&server, &folder, |config| AgentConfig { max_running: Some(1), ..config });
    let launch_id = server.offer(goes_on(&folder));
    folder.told().await;

    server.stop(launch_id);

    assert_eq!(server.ended(launch_id).await.cause(), Some(&Cause::Stopped { signal: "SIGTERM".to_owned() }));
}

#[tokio::test]
async fn a_run_that_the_ledger_gave_up_is_stopped() {
    let (server, folder) = (Server::start().await, Folder::new());
    let _agent = AtWork::start_with(&server, &folder, |config| AgentConfig { lease_seconds: 1, ..config });
    let launch_id = server.offer(script(
        &folder,
        r#"trap 'echo stopped > "$PIPE"; exit' TERM; echo up > "$PIPE"; sleep 600 & wait"#,
    ));
    folder.told().await;

    server.disown(launch_id);

    assert_eq!(folder.told().await, "stopped");
}

#[tokio::test]
async fn leases_are_renewed_while_a_run_goes_on() {
    let (server, folder) = (Server::start().await, Folder::new());
    let _agent = AtWork::start_with(&server, &folder, |config| AgentConfig { lease_seconds: 1, ..config });
    let launch_id = server.offer(goes_on(&folder));
    folder.told().await;

    server.until(|known| known.ledger[&launch_id].renewals >= 3).await;
    server.stop(launch_id);
    server.ended(launch_id).await;
}

#[tokio::test]
async fn what_happens_while_the_server_is_away_is_told_when_it_is_back() {
    let (server, folder) = (Server::start().await, Folder::new());
    let _agent = AtWork::start(&server, &folder);
    let launch_id = server.offer(script(&folder, r#"echo up > "$PIPE"; read go < "$PIPE"; exit 3"#));
    folder.told().await;
    server.until(|known| known.launched() == 1).await;

    server.set_down(true);
    tokio::fs::write(folder.pipe(), "go\n").await.unwrap();
    server.until(Known::has_refused_an_end).await;
    server.set_down(false);

    assert_eq!(server.ended(launch_id).await.cause(), Some(&Cause::Exited { code: 3 }));
    let after = server.offer(exits(&folder, 0));
    assert_eq!(server.ended(after).await.cause(), Some(&Cause::Exited { code: 0 }));
}

#[tokio::test]
async fn a_claim_that_was_lost_on_its_way_is_given_back() {
    let (server, folder) = (Server::start().await, Folder::new());
    server.fail_next_claim(Failure::Lost);
    let launch_id = server.offer(exits(&folder, 0));
    let _agent = AtWork::start(&server, &folder);

    insta::assert_snapshot!(server.ended(launch_id).await.cause().unwrap(), @"The run was not launched: the claim was lost on its way to the agent");
}

#[tokio::test]
async fn a_claim_that_was_under_way_when_the_agent_ended_is_given_back() {
    let (server, folder) = (Server::start().await, Folder::new());
    server.fail_next_claim(Failure::Silent);
    let launch_id = server.offer(exits(&folder, 0));
    let agent = AtWork::start(&server, &folder);
    server.until(|known| known.ledger.contains_key(&launch_id)).await;

    agent.shut_down().await;

    let cause = server.look(|known| known.ledger[&launch_id].cause().cloned()).unwrap();
    insta::assert_snapshot!(cause, @"The run was not launched: the claim was lost on its way to the agent");
}

#[tokio::test]
async fn an_agent_that_ends_leaves_its_runs_running_and_adopts_them_when_it_is_back() {
    let (server, folder) = (Server::start().await, Folder::new());
    let agent = AtWork::start(&server, &folder);
    let launch_id = server.offer(goes_on(&folder));
    let pid = folder.told().await;

    assert_eq!(agent.shut_down().await, Farewell { left_running: 1 });
    assert!(process_runs(&pid));
    let _agent = AtWork::start(&server, &folder);
    server.stop(launch_id);

    let entry = server.ended(launch_id).await;
    assert_eq!(entry.cause(), Some(&Cause::Stopped { signal: "SIGTERM".to_owned() }));
    assert!(!process_runs(&pid));
    let agents = server.look(|known| known.agents.clone());
    assert_eq!((agents.len(), agents[0]), (2, agents[1]), "it keeps its identity");
}

#[tokio::test]
async fn an_agent_that_was_killed_tells_what_it_missed() {
    let (server, folder) = (Server::start().await, Folder::new());
    let agent = AtWork::start(&server, &folder);
    let launch_id =
        server.offer(script(&folder, r#"echo up > "$PIPE"; read go < "$PIPE"; echo $$ > "$PIPE""#));
    folder.told().await;

    agent.kill().await;
    tokio::fs::write(folder.pipe(), "go\n").await.unwrap();
    let _agent = AtWork::start(&server, &folder);
    let (_, entry) = tokio::join!(folder.told(), server.ended(launch_id));

    insta::assert_snapshot!(entry.cause().unwrap(), @"The flow run's process is gone: it ended while its agent was not running");
}

#[tokio::test]
async fn an_end_that_the_server_was_not_told_is_told_after_a_restart() {
    let (server, folder) = (Server::start().await, Folder::new());
    let agent = AtWork::start(&server, &folder);
    let launch_id = server.offer(script(&folder, r#"echo up > "$PIPE"; read go < "$PIPE"; exit 3"#));
    folder.told().await;
    server.until(|known| known.launched() == 1).await;

    server.set_down(true);
    tokio::fs::write(folder.pipe(), "go\n").await.unwrap();
    server.until(Known::has_refused_an_end).await;
    assert_eq!(agent.shut_down().await, Farewell { left_running: 0 });
    server.set_down(false);
    let _agent = AtWork::start(&server, &folder);

    assert_eq!(server.ended(launch_id).await.cause(), Some(&Cause::Exited { code: 3 }));
}

#[tokio::test]
async fn what_the_ledger_holds_open_and_nobody_has_is_told() {
    let (server, folder) = (Server::start().await, Folder::new());
    let (claimed, started) = (Uuid::from_u128(1), Uuid::from_u128(2));
    server.remember(claimed, LaunchPhase::Claimed);
    server.remember(started, LaunchPhase::Started);
    let _agent = AtWork::start(&server, &folder);

    insta::assert_snapshot!(server.ended(claimed).await.cause().unwrap(), @"The run was not launched: its agent was restarted before it could launch it");
    insta::assert_snapshot!(server.ended(started).await.cause().unwrap(), @"The flow run's process is gone: it ended while its agent was not running");
}

#[tokio::test]
async fn an_agent_waits_for_a_server_that_is_not_there_yet() {
    let (server, folder) = (Server::start().await, Folder::new());
    server.set_down(true);
    let _agent = AtWork::start(&server, &folder);
    let launch_id = server.offer(exits(&folder, 0));
    server.until(|known| known.refused > 1).await;
    server.set_down(false);
    assert_eq!(server.ended(launch_id).await.cause(), Some(&Cause::Exited { code: 0 }));
}

#[tokio::test]
async fn two_agents_cannot_share_a_state_directory() {
    let (server, folder) = (Server::start().await, Folder::new());
    let _first = AtWork::start(&server, &folder);
    server.until(|known| known.agents.len() == 1).await;
    let error = AtWork::start(&server, &folder).task.await.unwrap().unwrap_err().to_string();
    insta::assert_snapshot!(error.replace(folder.path().to_str().unwrap(), "FOLDER"), @"another agent runs on FOLDER/state: stop it, or give this one a state directory of its own");
}

#[tokio::test]
async fn another_target_needs_another_launcher_and_nothing_else() {
    let (server, folder, target) = (Server::start().await, Folder::new(), Target::default());
    let _agent = AtWork::memory(&server, &target, folder.agent());
    let launch_id = server.offer(claim(Value::Null, Value::Null));
    server.until(|known| known.ledger.get(&launch_id).is_some_and(|entry| entry.handle.is_some())).await;

    target.end(launch_id, Cause::Signaled { signal: "SIGKILL".to_owned() });

    let cause = Cause::Signaled { signal: "SIGKILL".to_owned() };
    assert_eq!(server.ended(launch_id).await.cause(), Some(&cause));
}

#[tokio::test]
async fn an_agent_without_a_lasting_disk_is_who_it_is_told_to_be() {
    let server = Server::start().await;
    let id = Uuid::from_u128(7);
    for _ in 0..2 {
        let folder = Folder::new();
        let agent = AtWork::start_with(&server, &folder, |config| AgentConfig { id: Some(id), ..config });
        server.ended(server.offer(exits(&folder, 0))).await;
        agent.shut_down().await;
    }
    assert_eq!(server.look(|known| known.agents.clone()), [id, id]);
}

#[tokio::test]
async fn what_the_disk_says_an_agent_is_stands() {
    let (server, folder) = (Server::start().await, Folder::new());
    for id in [7, 8] {
        let id = Some(Uuid::from_u128(id));
        let agent = AtWork::start_with(&server, &folder, |config| AgentConfig { id, ..config });
        server.ended(server.offer(exits(&folder, 0))).await;
        agent.shut_down().await;
    }
    assert_eq!(server.look(|known| known.agents.clone()), [Uuid::from_u128(7); 2]);
}
