//! The local launcher with real processes: what is its own beyond the conformance suite.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use castra_agent::launchers::{KnownLaunch, Launcher, Observation};
use castra_core::cause::{Cause, LaunchEnd};
use castra_core::claim::Claim;
use serde_json::{Value, json};
use support::{Folder, Starts as _, claim, order, process_runs, script};

async fn end_of(folder: &Folder, claim: Claim) -> LaunchEnd {
    let launcher = folder.local_launcher();
    let mut launched = launcher.start(&order(claim)).await.unwrap();
    match launcher.observe(&mut launched.running).await {
        Observation::Ended(end) => end,
        news => panic!("{news:?}"),
    }
}

async fn refusal(folder: &Folder, storage: Value, run_config: Value) -> String {
    let refused = folder.local_launcher().start(&order(claim(storage, run_config))).await;
    let words = refused.map(|_| ()).unwrap_err().to_string();
    words.replace(folder.path().to_str().unwrap(), "FOLDER")
}

fn executable(path: impl Into<Value>) -> Value {
    json!({ "type": "Executable", "path": path.into(), "flow": "f" })
}

#[tokio::test]
async fn the_process_gets_its_environment_directory_and_arguments() {
    let folder = Folder::new();
    let mut claim =
        script(&folder, r#"echo "$GREETING $CASTRA_FLOW_RUN_ID $CASTRA_API $(pwd) $*" > "$PIPE""#);
    let flow_run_id = claim.flow_run.id;
    claim.flow_run.run_config = Some(json!({
        "type": "LocalRun", "labels": [], "working_dir": "/usr", "env": { "GREETING": "hi", "PIPE": folder.pipe() },
    }));
    let (told, end) = tokio::join!(folder.told(), end_of(&folder, claim));
    assert_eq!(told, format!("hi {flow_run_id} http://castra.test /usr execute flow-run"));
    assert_eq!(end, Cause::Exited { code: 0 }.into());
}

#[tokio::test]
async fn an_abnormal_end_comes_with_the_last_lines_and_without_the_credential() {
    let folder = Folder::new();
    let end = end_of(&folder, script(&folder, "echo starting; echo $CASTRA_API_KEY >&2; exit 3")).await;
    assert_eq!(
        end,
        LaunchEnd {
            cause: Cause::Exited { code: 3 },
            last_lines: vec!["starting".to_owned(), "…".to_owned()],
        }
    );
}

#[tokio::test]
async fn what_a_flow_leaves_running_in_its_group_is_ended_with_it() {
    let folder = Folder::new();
    let claim = script(&folder, r#"sleep 600 & echo $! > "$PIPE""#);
    let (child, end) = tokio::join!(folder.told(), end_of(&folder, claim));
    assert_eq!(end.cause, Cause::Exited { code: 0 });
    assert!(!process_runs(&child), "{child} still runs");
}

#[tokio::test]
async fn what_cannot_be_started_says_why_and_what_to_do() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("plain"), "#!/bin/sh\n").unwrap();
    std::fs::write(path("script"), "#!/no/such/interpreter\n").unwrap();
    std::fs::write(path("garbage"), "\x7fGARBAGE").unwrap();
    for program in ["script", "garbage"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(path(program), mode).unwrap();
    }
    let file = |name: &str| executable(path(name).to_str().unwrap());
    let run = |fields: Value| {
        let mut run = json!({ "type": "LocalRun", "labels": [] });
        run.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        run
    };
    let nowhere = run(json!({ "working_dir": path("nowhere") }));
    let no_directory = run(json!({ "working_dir": path("plain") }));
    let bad_name = run(json!({ "env": { "A=B": "secret" } }));
    let docker = json!({ "type": "Docker", "registry_url": "r", "image_name": "i", "image_tag": "t" });

    insta::assert_snapshot!(refusal(&folder, executable("/bin/true"), nowhere).await, @"its working_dir `FOLDER/nowhere` does not exist; create it on the agent's machine or change the run config");
    insta::assert_snapshot!(refusal(&folder, executable("/bin/true"), no_directory).await, @"its working_dir `FOLDER/plain` is not a directory; change the run config");
    insta::assert_snapshot!(refusal(&folder, file("missing"), Value::Null).await, @"`FOLDER/missing` does not exist on the agent's machine; put it there or register the flow again");
    insta::assert_snapshot!(refusal(&folder, file("plain"), Value::Null).await, @"`FOLDER/plain` is not executable; `chmod +x` makes it so");
    insta::assert_snapshot!(refusal(&folder, file("script"), Value::Null).await, @"the interpreter that `FOLDER/script` names in its first line does not exist on the agent's machine");
    insta::assert_snapshot!(refusal(&folder, file("garbage"), Value::Null).await, @"`FOLDER/garbage` is no program for the agent's machine: was it built for another one?");
    insta::assert_snapshot!(refusal(&folder, executable("no-such-program"), Value::Null).await, @"`no-such-program` is not on the agent's PATH; install it or give the agent its full path");
    insta::assert_snapshot!(refusal(&folder, executable("/bin/true"), bad_name).await, @r#"the env of its run config: "A=B" cannot name an environment variable: a name is not empty and holds neither `=` nor NUL"#);
    insta::assert_snapshot!(refusal(&folder, docker, Value::Null).await, @"its flow is in Docker storage, which a local process cannot start from: register it with another storage, or give it a DockerRun and a Docker agent");
    insta::assert_snapshot!(refusal(&folder, executable("/bin/true"), json!({ "type": "DockerRun" , "labels": []})).await, @"the local agent takes LocalRun or UniversalRun, not DockerRun");
}

#[tokio::test]
async fn a_pid_that_belongs_to_another_process_now_is_not_adopted() {
    let folder = Folder::new();
    let launcher = folder.local_launcher();
    let order = order(script(&folder, "exit 0"));
    let own = json!({ "pid": std::process::id(), "start_time": 1 });
    let known = [KnownLaunch { launch_id: order.launch_id, handle: Some(own) }];
    assert!(launcher.adopt(&known).await.is_empty());
}

#[tokio::test]
async fn a_process_outlives_its_agent_and_may_go_on_printing() {
    let folder = Folder::new();
    let order = order(script(&folder, r#"echo up > "$PIPE"; read go < "$PIPE"; echo printed; echo more"#));
    drop(folder.local_launcher().start(&order).await.unwrap());
    folder.told().await;

    let launcher = folder.local_launcher();
    let known = [KnownLaunch { launch_id: order.launch_id, handle: None }];
    let mut adopted = launcher.adopt(&known).await.remove(&order.launch_id).unwrap();
    tokio::fs::write(folder.pipe(), "go\n").await.unwrap();

    let Observation::Ended(end) = launcher.observe(&mut adopted.running).await else { panic!("not ended") };
    insta::assert_snapshot!(end.cause, @"The flow run's process is gone: it ended after the agent that had started it, so its exit code is not known");
    assert_eq!(end.last_lines, ["printed", "more"]);
}

#[tokio::test]
async fn what_a_flow_has_left_running_is_ended_though_it_ended_while_no_agent_looked() {
    let folder = Folder::new();
    let order = order(script(&folder, r#"sleep 600 & echo $! > "$PIPE""#));
    let (launched, child) =
        tokio::join!(async { folder.local_launcher().start(&order).await.unwrap() }, folder.told());
    let handle = Some(launched.handle);
    let leader = handle.as_ref().unwrap()["pid"].to_string();
    drop(launched.running);
    while process_runs(&leader) {
        tokio::task::yield_now().await;
    }

    let launcher = folder.local_launcher();
    let known = [KnownLaunch { launch_id: order.launch_id, handle }];
    let mut adopted = launcher.adopt(&known).await.remove(&order.launch_id).unwrap();
    let Observation::Ended(end) = launcher.observe(&mut adopted.running).await else { panic!("not ended") };
    insta::assert_snapshot!(end.cause, @"The flow run's process is gone: it ended after the agent that had started it, so its exit code is not known");
    assert!(!process_runs(&child), "{child} still runs");
}
