//! The Kubernetes launcher with a real cluster: what is its own beyond the conformance suite, and what goes wrong there.
//! The API server is shared with others, so that it is not restarted here: a proxy in front of it is cut and opened.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use std::time::Duration;

use castra_agent::launchers::kubernetes::{KubernetesLauncher, RunningJob};
use castra_agent::launchers::{KnownLaunch, LaunchError, Launched, Launcher, Observation};
use castra_core::cause::{Cause, LaunchEnd, PullFailure};
use castra_core::claim::Claim;
use castra_core::launch::LaunchPhase;
use castra_render::kubernetes::KubernetesConfig;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::DeleteParams;
use serde_json::json;
use support::kubernetes::Kubernetes;
use support::proxy::Proxy;
use support::requests::written_down;
use support::{Starts as _, order};
use uuid::Uuid;

/// Everything a launcher says of a launch until its end.
async fn story(launcher: &KubernetesLauncher, running: &mut RunningJob) -> (Vec<Observation>, LaunchEnd) {
    let mut said = Vec::new();
    loop {
        match launcher.observe(running).await {
            Observation::Ended(end) => return (said, end),
            observation => said.push(observation),
        }
    }
}

/// How a launch ends, of which nothing runs then.
async fn end_of(kubernetes: &Kubernetes, launcher: &KubernetesLauncher, claim: Claim) -> LaunchEnd {
    let order = order(claim);
    let mut launched = launcher.start(&order).await.unwrap();
    let (_, end) = story(launcher, &mut launched.running).await;
    assert!(!kubernetes.runs(order.launch_id).await, "{end:?}");
    end
}

fn short(kubernetes: &Kubernetes) -> KubernetesConfig {
    let grace = Duration::from_secs(1);
    KubernetesConfig { image_pull_grace: grace, unschedulable_grace: grace, ..kubernetes.config() }
}

async fn started(launcher: &KubernetesLauncher, launched: &mut Launched<RunningJob>) {
    while launcher.observe(&mut launched.running).await != Observation::Reached(LaunchPhase::Started) {}
}

#[tokio::test]
async fn an_end_comes_with_its_phases_and_the_last_lines_and_without_the_credential() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let launcher = kubernetes.launcher().await;
    let order = order(kubernetes.script("echo starting; echo $CASTRA_API_KEY >&2; exit 3"));
    let mut launched = launcher.start(&order).await.unwrap();
    let (said, LaunchEnd { cause, mut last_lines }) = story(&launcher, &mut launched.running).await;
    assert_eq!(said.last(), Some(&Observation::Reached(LaunchPhase::Started)), "{said:?}");
    assert_eq!(cause, Cause::Exited { code: 3 });
    // They come from two streams, of which nobody promises the order.
    last_lines.sort();
    assert_eq!(last_lines, ["starting", "…"]);
}

#[tokio::test]
async fn memory_that_runs_out_is_told_with_the_limit() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let mut template = kubernetes.template();
    template["spec"]["template"]["spec"]["containers"][0]["resources"] =
        json!({ "limits": { "memory": "16Mi" } });
    let script = "x=aaaaaaaa; while true; do x=$x$x; done";
    let claim = kubernetes.script_with(script, json!({ "job_template": template }));
    let end = end_of(&kubernetes, &kubernetes.launcher().await, claim).await;
    assert_eq!(end.cause, Cause::OutOfMemory { limit: Some("16Mi".to_owned()) });
}

#[tokio::test]
async fn an_image_that_cannot_be_had_ends_it_after_the_grace_or_at_once() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let launcher = kubernetes.launcher_with(short(&kubernetes)).await;
    let mut kinds = Vec::new();
    // Nothing listens at port 9: the registry cannot be reached.
    for (image, policy) in [
        ("127.0.0.1:9/no/such:1", "IfNotPresent"),
        ("castra-test/no-such:1", "Never"),
        ("No//Image", "IfNotPresent"),
    ] {
        let claim = kubernetes.script_with("exit 0", json!({ "image": image, "image_pull_policy": policy }));
        match end_of(&kubernetes, &launcher, claim).await.cause {
            Cause::ImageNotPulled { image: told, failure, .. } if told == image => kinds.push(failure),
            cause => panic!("{image}: {cause:?}"),
        }
    }
    assert_eq!(kinds, [PullFailure::Other, PullFailure::NotPresent, PullFailure::Other]);
}

#[tokio::test]
async fn a_run_that_no_node_can_take_ends_with_the_schedulers_words() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let launcher = kubernetes.launcher_with(short(&kubernetes)).await;
    let claim = kubernetes.script_with("exit 0", json!({ "cpu_request": "1000" }));
    let mut launched = launcher.start(&order(claim)).await.unwrap();
    let (said, end) = story(&launcher, &mut launched.running).await;
    let Cause::Unschedulable { reason } = end.cause else { panic!("{end:?}") };
    assert!(reason.contains("Insufficient cpu"), "{reason}");
    let waited = said.iter().any(|said| matches!(said, Observation::Waits(words) if words.contains(&reason)));
    assert!(waited, "{said:?}");
}

#[tokio::test]
async fn a_container_that_cannot_start_tells_why() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let mut claim = kubernetes.script("exit 0");
    claim.flow_run.flow.storage =
        Some(json!({ "type": "Executable", "path": "/no/such/flow", "arguments": [], "flow": "f" }));
    let end = end_of(&kubernetes, &kubernetes.launcher().await, claim).await;
    let Cause::NotStarted { reason } = end.cause else { panic!("{end:?}") };
    assert!(reason.contains("/no/such/flow"), "{reason}");
}

#[tokio::test]
async fn a_pod_deleted_by_hand_is_told_and_not_replaced() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let launcher = kubernetes.launcher().await;
    let order = order(kubernetes.script("sleep 600"));
    let mut launched = launcher.start(&order).await.unwrap();
    started(&launcher, &mut launched).await;
    let pod = kubernetes.pods(order.launch_id).await.remove(0).metadata.name.unwrap();
    kubernetes.api::<Pod>().delete(&pod, &DeleteParams::default().grace_period(1)).await.unwrap();
    let (_, end) = story(&launcher, &mut launched.running).await;
    assert_eq!(end.cause, Cause::Removed { what: format!("the pod {pod} was deleted") });
    assert!(!kubernetes.runs(order.launch_id).await);
}

#[tokio::test]
async fn a_job_deleted_by_hand_is_told() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let launcher = kubernetes.launcher().await;
    let order = order(kubernetes.script("sleep 600"));
    let mut launched = launcher.start(&order).await.unwrap();
    started(&launcher, &mut launched).await;
    let job = launched.handle["job"].as_str().unwrap();
    kubernetes.api::<Job>().delete(job, &DeleteParams::background()).await.unwrap();
    let (_, end) = story(&launcher, &mut launched.running).await;
    assert_eq!(end.cause, Cause::Removed { what: format!("the job {job} was deleted") });
    assert!(!kubernetes.runs(order.launch_id).await);
}

/// The kubelet really evicts a pod that writes more than its limit. (The eviction API of Kubernetes 1.20 leaves no trace:
/// it is a pod deleted by hand.)
#[tokio::test]
async fn an_eviction_is_told_in_the_kubelets_words() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let mut template = kubernetes.template();
    let pod = &mut template["spec"]["template"]["spec"];
    pod["volumes"] = json!([{ "name": "small", "emptyDir": { "sizeLimit": "1Mi" } }]);
    pod["containers"][0]["volumeMounts"] = json!([{ "name": "small", "mountPath": "/small" }]);
    let script = "dd if=/dev/zero of=/small/much bs=1M count=20; sleep 600";
    let claim = kubernetes.script_with(script, json!({ "job_template": template }));
    let end = end_of(&kubernetes, &kubernetes.launcher().await, claim).await;
    let Cause::Evicted { reason } = end.cause else { panic!("{end:?}") };
    assert!(reason.contains("small"), "{reason}");
}

#[tokio::test]
async fn what_the_api_server_objects_to_is_refused_in_its_words() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let launcher = kubernetes.launcher().await;
    let mut template = kubernetes.template();
    template["spec"]["template"]["spec"]["restartPolicy"] = json!("Always");
    let claim = kubernetes.script_with("exit 0", json!({ "job_template": template }));
    let Err(LaunchError::Refused(reason)) = launcher.start(&order(claim)).await else { panic!() };
    assert!(reason.contains("restartPolicy"), "{reason}");

    let mut nothing = kubernetes.template();
    nothing["metadata"] = json!({ "name": "nothing" });
    nothing["spec"]["template"]["spec"]["containers"] = json!([]);
    let objections = launcher.dry_run(&nothing).await.unwrap_err();
    assert!(objections.contains("spec.template.spec.containers: Required value"), "{objections}");
    let mut fine = kubernetes.template();
    fine["metadata"] = json!({ "name": "fine" });
    fine["spec"]["template"]["spec"]["restartPolicy"] = json!("Never");
    fine["spec"]["template"]["spec"]["containers"][0]["image"] = json!("any");
    assert_eq!(launcher.dry_run(&fine).await, Ok(()));
    assert!(kubernetes.api::<Job>().list(&Default::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_namespace_that_does_not_exist_is_refused_by_name() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let namespace = format!("no-{}", Uuid::new_v4().simple());
    let config = KubernetesConfig { namespace: namespace.clone(), ..KubernetesConfig::default() };
    let (agent, anybody) = (kubernetes.folder.agent(), kubernetes.client.clone());
    let launcher = KubernetesLauncher::with_client(&agent, config, anybody).await.unwrap();
    let refused = launcher.start(&order(kubernetes.script("exit 0"))).await;
    let Err(LaunchError::Refused(reason)) = refused else { panic!() };
    assert!(reason.contains(&namespace), "{reason}");
}

#[tokio::test]
async fn an_agent_that_may_not_use_the_namespace_is_told_so() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let client = Client::try_from(kubernetes.agent(&kubernetes.config()).await).unwrap();
    let config = KubernetesConfig { namespace: "default".to_owned(), ..kubernetes.config() };
    let refused = KubernetesLauncher::with_client(&kubernetes.folder.agent(), config, client).await;
    let words = refused.unwrap_err().to_string().replace(&kubernetes.namespace, "NAMESPACE");
    insta::assert_snapshot!(words, @r#"cannot look at the jobs and pods of namespace `default`: jobs.batch is forbidden: User "system:serviceaccount:NAMESPACE:castra-agent" cannot list resource "jobs" in API group "batch" in the namespace "default"; `castra agent kubernetes install` prints the role that an agent needs"#);
}

#[tokio::test]
async fn the_credential_is_in_a_secret_that_goes_with_the_job() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let launcher = kubernetes.launcher().await;
    let order = order(kubernetes.script("exit 0"));
    let credential = order.credential.as_ref().unwrap().expose().to_owned();
    let mut launched = launcher.start(&order).await.unwrap();
    let secrets = kubernetes.secrets(order.launch_id).await;
    let data = secrets[0].data.as_ref().unwrap().values().next().unwrap();
    assert_eq!(String::from_utf8(data.0.clone()).unwrap(), credential);
    story(&launcher, &mut launched.running).await;
    let objects = json!([kubernetes.jobs(order.launch_id).await, kubernetes.pods(order.launch_id).await]);
    assert!(!objects.to_string().contains(&credential));
    launcher.remove(order.launch_id, Some(&launched.handle)).await;
    assert!(!kubernetes.remains(order.launch_id).await);
}

#[tokio::test]
async fn a_finished_job_may_be_kept_without_its_secret() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let config = KubernetesConfig { delete_finished_jobs: false, ..kubernetes.config() };
    let launcher = kubernetes.launcher_with(config).await;
    let order = order(kubernetes.script("exit 0"));
    let mut launched = launcher.start(&order).await.unwrap();
    story(&launcher, &mut launched.running).await;
    launcher.remove(order.launch_id, Some(&launched.handle)).await;
    assert_eq!(kubernetes.jobs(order.launch_id).await.len(), 1);
    assert!(kubernetes.secrets(order.launch_id).await.is_empty());
}

#[tokio::test]
async fn an_agent_that_died_after_submitting_finds_its_job_and_its_end() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let order = order(kubernetes.script("exit 3"));
    let first = kubernetes.launcher().await;
    let mut launched = first.start(&order).await.unwrap();
    story(&first, &mut launched.running).await;
    drop((first, launched));

    let launcher = kubernetes.launcher().await;
    let known = [KnownLaunch { launch_id: order.launch_id, handle: None }];
    let mut adopted = launcher.adopt(&known).await.remove(&order.launch_id).unwrap();
    assert_eq!(story(&launcher, &mut adopted.running).await.1.cause, Cause::Exited { code: 3 });
    assert_eq!(kubernetes.jobs(order.launch_id).await.len(), 1);
}

/// Its agent died between the creation of the job and that of the Secret, which nobody can make again.
#[tokio::test]
async fn a_submission_that_was_broken_off_is_undone() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let order = order(kubernetes.script("exit 0"));
    kubernetes.create_job_alone(&order).await;

    let launcher = kubernetes.launcher().await;
    let known = [KnownLaunch { launch_id: order.launch_id, handle: None }];
    assert!(launcher.adopt(&known).await.is_empty());
    assert!(!kubernetes.runs(order.launch_id).await);
    assert!(!kubernetes.remains(order.launch_id).await);
}

#[tokio::test]
async fn an_api_server_that_is_away_is_told_and_waited_for() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let (proxy, client) = Proxy::before_the_api_server(kubernetes.agent(&kubernetes.config()).await).await;
    let agent = kubernetes.folder.agent();
    let launcher = KubernetesLauncher::with_client(&agent, kubernetes.config(), client).await.unwrap();
    let claim = kubernetes.script(r#"until [ -e "$PIPE.end" ]; do sleep 1; done; exit 3"#);
    let launch_id = claim.launch_id;
    let mut launched = launcher.start(&order(claim)).await.unwrap();
    started(&launcher, &mut launched).await;

    proxy.cut();
    let Observation::Waits(words) = launcher.observe(&mut launched.running).await else { panic!() };
    assert!(words.contains("the Kubernetes API server does not answer"), "{words}");
    // It ends while nobody can see it.
    std::fs::write(kubernetes.folder.path().join("pipe.end"), "").unwrap();
    while kubernetes.runs(launch_id).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    proxy.open();
    assert_eq!(story(&launcher, &mut launched.running).await.1.cause, Cause::Exited { code: 3 });
}

#[tokio::test]
async fn a_run_costs_four_requests_and_one_more_if_it_fails() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let agent = kubernetes.folder.agent();
    let client = Client::try_from(kubernetes.agent(&kubernetes.config()).await).unwrap();
    let (client, asked) = written_down(client);
    let launcher = KubernetesLauncher::with_client(&agent, kubernetes.config(), client).await.unwrap();
    for script in ["exit 0", "exit 3"] {
        let order = order(kubernetes.script(script));
        let mut launched = launcher.start(&order).await.unwrap();
        story(&launcher, &mut launched.running).await;
        launcher.remove(order.launch_id, Some(&launched.handle)).await;
    }
    let asked = asked.lock().unwrap();
    let is_beginning = |asked: &&str| asked.starts_with("list") || asked.starts_with("watch");
    let (mut begin, of_runs): (Vec<_>, Vec<_>) = asked.iter().map(String::as_str).partition(is_beginning);
    // Two to see that the cluster can be used, then a list and a watch of each kind.
    begin.sort_unstable();
    let lists = ["list events", "list jobs.batch", "list jobs.batch", "list pods", "list pods"];
    let watches = ["watch events", "watch jobs.batch", "watch pods"];
    assert_eq!(begin, [&lists[..], &watches[..]].concat());
    let launched = ["create jobs.batch", "patch jobs.batch", "create secrets"];
    let (succeeds, fails) = (["delete jobs.batch"], ["get pods/log", "delete jobs.batch"]);
    assert_eq!(of_runs, [&launched[..], &succeeds[..], &launched[..], &fails[..]].concat());
}

#[tokio::test]
async fn a_cluster_that_cannot_be_used_says_so() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    let (proxy, client) = Proxy::before_the_api_server(kubernetes.agent(&kubernetes.config()).await).await;
    proxy.cut();
    let agent = kubernetes.folder.agent();
    let refused = KubernetesLauncher::with_client(&agent, kubernetes.config(), client).await;
    let words = refused.unwrap_err().to_string();
    assert!(words.contains("the Kubernetes API server does not answer"), "{words}");
}
