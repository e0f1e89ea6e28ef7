//! The objects beside this file are a Kubernetes 1.20's own, taken while it ran (or did not run) jobs of one container.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::launchers::kubernetes::board::{Board, Followed, Summarised};

const LAUNCH: Uuid = Uuid::from_u128(1);

/// A job, its pod and the events about them, as JSON that can be changed.
fn captured(name: &str) -> Value {
    let text = match name {
        "exit3" => include_str!("objects/exit3.json"),
        "oom" => include_str!("objects/oom.json"),
        "nopull" => include_str!("objects/nopull.json"),
        "never" => include_str!("objects/never.json"),
        "invalid" => include_str!("objects/invalid.json"),
        "unsched" => include_str!("objects/unsched.json"),
        "badcmd" => include_str!("objects/badcmd.json"),
        "segv" => include_str!("objects/segv.json"),
        "ok" => include_str!("objects/ok.json"),
        _ => panic!("{name}"),
    };
    serde_json::from_str(text).unwrap()
}

/// What the board shows once it was told all of it.
fn told(objects: &Value) -> (Board, Followed) {
    let board = Board::new();
    let followed = board.follow(LAUNCH);
    serde_json::from_value::<Job>(objects["job"].clone()).unwrap().apply(&board);
    if objects["pod"].is_object() {
        serde_json::from_value::<Pod>(objects["pod"].clone()).unwrap().apply(&board);
    }
    for event in serde_json::from_value::<Vec<Event>>(objects["events"].clone()).unwrap() {
        event.apply(&board);
    }
    (board, followed)
}

fn seen(objects: &Value) -> Seen {
    told(objects).1.look().0
}

fn words(verdict: &Verdict) -> String {
    let phase = verdict.phase;
    match &verdict.standing {
        Standing::Alive => format!("{phase}, alive: {}", verdict.detail),
        Standing::Troubled { cause, grace } => format!("{phase}, {grace:?} trouble: {cause}"),
        Standing::Over(cause) => format!("{phase}, over: {cause}"),
    }
}

fn verdict_of(objects: &Value) -> String {
    words(&verdict(&seen(objects)))
}

/// A running pod, made of one that ended.
fn running() -> Value {
    let mut objects = captured("ok");
    objects["pod"]["status"]["phase"] = json!("Running");
    objects["pod"]["status"]["containerStatuses"][0]["state"] =
        json!({ "running": { "startedAt": "2026-11-24T16:00:25Z" } });
    objects["job"]["status"] = json!({ "active": 1, "startTime": "2026-11-24T16:00:23Z" });
    objects
}

#[test]
fn how_a_container_ended_is_told_in_causes() {
    insta::assert_snapshot!(verdict_of(&captured("ok")), @"started, over: The flow run's process exited with code 0");
    insta::assert_snapshot!(verdict_of(&captured("exit3")), @"started, over: The flow run's process failed with exit code 3");
    insta::assert_snapshot!(verdict_of(&captured("segv")), @"started, over: The flow run's process was killed by SIGSEGV, which Castra did not send");
    insta::assert_snapshot!(verdict_of(&captured("oom")), @"started, over: The flow run used more memory than its limit of 8Mi: raise the limit");
    insta::assert_snapshot!(verdict_of(&captured("badcmd")), @r#"pulled, over: The flow run could not be started: ContainerCannotRun: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "no-such-command": executable file not found in $PATH: unknown"#);
}

#[test]
fn memory_that_ran_out_beside_a_success_is_no_failure() {
    let mut objects = captured("oom");
    objects["pod"]["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] = json!(0);
    insta::assert_snapshot!(verdict_of(&objects), @"started, over: The flow run's process exited with code 0");
}

#[test]
fn what_keeps_a_pod_from_starting_is_trouble_with_a_grace_or_the_end() {
    insta::assert_snapshot!(verdict_of(&captured("unsched")), @"submitted, Unschedulable trouble: No place was found for the flow run: 0/1 nodes are available: 1 Insufficient cpu.");
    insta::assert_snapshot!(verdict_of(&captured("nopull")), @r#"scheduled, ImagePull trouble: The image `castra-test/no-such:1` could not be pulled: Failed to pull image "castra-test/no-such:1": rpc error: code = Unknown desc = Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host (see that its registry can be reached from there)"#);
    insta::assert_snapshot!(verdict_of(&captured("never")), @r#"scheduled, over: The image `castra-test/no-such:1` could not be pulled: Container image "castra-test/no-such:1" is not present with pull policy of Never (build or load it there, or change the pull policy)"#);
    insta::assert_snapshot!(verdict_of(&captured("invalid")), @r#"scheduled, over: The image `Bad//Image` could not be pulled: Failed to apply default image tag "Bad//Image": couldn't parse image reference "Bad//Image": invalid reference format: repository name must be lowercase (see that its registry can be reached from there)"#);
    let mut objects = captured("invalid");
    objects["pod"]["status"]["containerStatuses"][0]["state"]["waiting"] =
        json!({ "reason": "CreateContainerConfigError", "message": "secret \"x\" not found" });
    insta::assert_snapshot!(verdict_of(&objects), @r#"scheduled, Start trouble: The flow run could not be started: CreateContainerConfigError: secret "x" not found"#);
}

#[test]
fn a_pod_whose_surroundings_cannot_be_made_is_trouble() {
    let stuck = |reason: &str, message: &str| {
        let mut objects = captured("nopull");
        let pod = &mut objects["pod"];
        pod["status"]["containerStatuses"][0]["state"]["waiting"] = json!({ "reason": "ContainerCreating" });
        pod["spec"]["containers"][0]["resources"] = json!({ "limits": { "memory": "1Mi" } });
        let events = objects["events"].as_array_mut().unwrap();
        events.truncate(1);
        events[0]["reason"] = json!(reason);
        events[0]["message"] = json!(message);
        verdict_of(&objects)
    };
    insta::assert_snapshot!(stuck("FailedMount", "MountVolume.SetUp failed"), @"scheduled, Unschedulable trouble: The flow run could not be started: MountVolume.SetUp failed");
    let killed = "Failed to create pod sandbox: unable to start container process: container init was OOM-killed (memory limit too low?): unknown";
    insta::assert_snapshot!(stuck("FailedCreatePodSandBox", killed), @"scheduled, Start trouble: The flow run used more memory than its limit of 1Mi: raise the limit");
}

#[test]
fn an_image_that_is_being_pulled_is_named() {
    let mut objects = captured("nopull");
    objects["pod"]["status"]["containerStatuses"][0]["state"]["waiting"] =
        json!({ "reason": "ContainerCreating" });
    objects["events"].as_array_mut().unwrap().retain(|event| event["reason"] == "Pulling");
    insta::assert_snapshot!(verdict_of(&objects), @"scheduled, alive: pulling the image `castra-test/no-such:1`");
}

#[test]
fn a_running_pod_goes_on() {
    insta::assert_snapshot!(verdict_of(&running()), @"started, alive:");
}

#[test]
fn who_ended_it_from_outside_is_told() {
    let mut objects = running();
    objects["pod"]["metadata"]["deletionTimestamp"] = json!("2026-11-24T16:10:30Z");
    objects["pod"]["metadata"]["deletionGracePeriodSeconds"] = json!(30);
    insta::assert_snapshot!(verdict_of(&objects), @"started, over: The flow run was ended from outside: the pod ok-jrv9g was deleted, which Castra did not do");

    // The job controller deletes the pods of a job that is past its deadline before it says so.
    let mut late = objects.clone();
    late["job"]["spec"]["activeDeadlineSeconds"] = json!(60);
    insta::assert_snapshot!(verdict_of(&late), @"started, over: The flow run was ended from outside: the job ok was active longer than its activeDeadlineSeconds of 60, which Castra did not do");

    let mut disrupted = objects.clone();
    disrupted["pod"]["status"]["conditions"].as_array_mut().unwrap().push(json!({
        "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
    }));
    insta::assert_snapshot!(verdict_of(&disrupted), @"started, over: The flow run was evicted: Eviction API: evicting");

    let mut deleted = objects;
    deleted["job"]["metadata"]["deletionTimestamp"] = json!("2026-11-24T16:10:00Z");
    insta::assert_snapshot!(verdict_of(&deleted), @"started, over: The flow run was ended from outside: the job ok was deleted, which Castra did not do");

    let mut evicted = running();
    evicted["pod"]["status"] = json!({
        "phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: ephemeral-storage.",
    });
    insta::assert_snapshot!(verdict_of(&evicted), @"pulled, over: The flow run was evicted: The node was low on resource: ephemeral-storage.");
}

#[test]
fn a_pod_that_replaces_a_deleted_one_does_not_count() {
    let mut objects = running();
    objects["pod"]["metadata"]["deletionTimestamp"] = json!("2026-11-24T16:10:30Z");
    let (board, mut followed) = told(&objects);
    let mut replacement = running()["pod"].clone();
    replacement["metadata"]["uid"] = json!("another");
    replacement["metadata"]["name"] = json!("ok-other");
    serde_json::from_value::<Pod>(replacement).unwrap().apply(&board);
    insta::assert_snapshot!(words(&verdict(&followed.look().0)), @"started, over: The flow run was ended from outside: the pod ok-jrv9g was deleted, which Castra did not do");
}

#[test]
fn retries_that_the_template_asks_for_are_kubernetes_affair() {
    let mut objects = captured("exit3");
    objects["job"]["spec"]["backoffLimit"] = json!(2);
    objects["job"]["status"] = json!({ "active": 1 });
    insta::assert_snapshot!(verdict_of(&objects), @"started, alive:");
    objects["job"]["status"] = captured("exit3")["job"]["status"].clone();
    insta::assert_snapshot!(verdict_of(&objects), @"started, over: The flow run's process failed with exit code 3");
}

#[test]
fn a_pod_that_the_api_server_refuses_is_trouble() {
    let refused = |message: &str| {
        let mut objects = captured("exit3");
        objects["job"]["status"] = json!({});
        objects["pod"] = Value::Null;
        objects["events"] = json!([{
            "metadata": {}, "reason": "FailedCreate", "message": message,
            "involvedObject": { "kind": "Job", "uid": objects["job"]["metadata"]["uid"], "name": "exit3" },
        }]);
        verdict_of(&objects)
    };
    insta::assert_snapshot!(refused("pods \"x-\" is forbidden: exceeded quota: few"), @r#"submitted, Unschedulable trouble: No place was found for the flow run: pods "x-" is forbidden: exceeded quota: few"#);
    insta::assert_snapshot!(refused("pods \"x-\" is forbidden: error looking up service account"), @r#"submitted, Start trouble: The flow run could not be started: pods "x-" is forbidden: error looking up service account"#);
}
