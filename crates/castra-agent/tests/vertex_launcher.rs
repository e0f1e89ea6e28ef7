//! The Vertex launcher with a JobService that stands for Google's: what is its own beyond the conformance suite, and what goes
//! wrong there.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use castra_agent::launchers::vertex::{RunningJob, VertexLauncher};
use castra_agent::launchers::{KnownLaunch, LaunchError, Launched, Launcher, Observation};
use castra_core::cause::{Cause, LaunchEnd};
use castra_core::claim::Claim;
use castra_core::launch::LaunchPhase;
use castra_render::vertex::VertexConfig;
use google_cloud_auth::credentials::{Credentials, mds, user_account};
use serde_json::{Value, json};
use support::vertex::Vertex;
use support::{Starts as _, order};

/// Everything a launcher says of a launch until its end.
async fn story(launcher: &VertexLauncher, running: &mut RunningJob) -> (Vec<Observation>, LaunchEnd) {
    let mut said = Vec::new();
    loop {
        match launcher.observe(running).await {
            Observation::Ended(end) => return (said, end),
            observation => said.push(observation),
        }
    }
}

/// How a launch ends, of which nothing runs then.
async fn end_of(vertex: &Vertex, launcher: &VertexLauncher, claim: Claim) -> LaunchEnd {
    let order = order(claim);
    let mut launched = launcher.start(&order).await.unwrap();
    let (_, end) = story(launcher, &mut launched.running).await;
    assert!(!vertex.runs(order.launch_id).await, "{end:?}");
    end
}

async fn refused(launcher: &VertexLauncher, claim: Claim) -> LaunchError {
    launcher.start(&order(claim)).await.map(|_| ()).unwrap_err()
}

async fn started(launcher: &VertexLauncher, launched: &mut Launched<RunningJob>) {
    while launcher.observe(&mut launched.running).await != Observation::Reached(LaunchPhase::Started) {}
}

fn known(claim: &Claim) -> [KnownLaunch; 1] {
    [KnownLaunch { launch_id: claim.launch_id, handle: None }]
}

fn waits_for(said: &[Observation], words: &str) -> bool {
    said.iter().any(|said| matches!(said, Observation::Waits(detail) if detail.contains(words)))
}

#[tokio::test]
async fn an_end_comes_with_its_phases_and_the_last_lines_and_without_the_credential() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let claim = vertex.script("echo starting; echo $CASTRA_API_KEY >&2; sleep 1; exit 3");
    let mut launched = launcher.start(&order(claim)).await.unwrap();
    let (said, end) = story(&launcher, &mut launched.running).await;
    assert!(said.contains(&Observation::Reached(LaunchPhase::Started)), "{said:?}");
    let last_lines = vec!["starting".to_owned(), "…".to_owned()];
    assert_eq!(end, LaunchEnd { cause: Cause::Exited { code: 3 }, last_lines });
}

#[tokio::test]
async fn an_agent_that_may_not_read_logs_tells_the_end_without_them() {
    let Some(vertex) = Vertex::find().await else { return };
    vertex.tell("missing_permissions", json!(["logging.logEntries.list"])).await;
    let end = end_of(&vertex, &vertex.launcher().await, vertex.script("echo starting; exit 3")).await;
    assert_eq!(end, Cause::Exited { code: 3 }.into());
}

#[tokio::test]
async fn a_crash_is_not_started_again_behind_the_servers_back() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let crash = "kill -SEGV $$";
    let end = end_of(&vertex, &launcher, vertex.script(crash)).await;
    assert_eq!(end.cause, Cause::Signaled { signal: "SIGSEGV".to_owned() });
    let asked_for = json!({ "scheduling": { "disable_retries": false } });
    end_of(&vertex, &launcher, vertex.script_with(crash, asked_for)).await;
    let starts: Vec<_> = vertex.jobs().await.iter().map(|job| job["starts"].clone()).collect();
    assert_eq!(starts, [1, 4]);
}

#[tokio::test]
async fn what_the_run_config_says_reaches_google_as_it_is() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let more = json!({
        "service_account": "runs@my-project.iam.gserviceaccount.com",
        "network": "projects/1/global/networks/n",
        "scheduling": { "timeout": "3600s", "strategy": "FLEX_START", "maxWaitDuration": "60s" },
        "worker_pool_specs": [
            {
                "machine_spec": { "machine_type": "g2-standard-4", "accelerator_type": "NVIDIA_L4", "accelerator_count": 1 },
                "replica_count": 1,
                "diskSpec": { "bootDiskSizeGb": 200 },
            },
            { "machine_spec": { "machine_type": "e2-highmem-16" }, "replica_count": 3, "container_spec": { "image": "mine" } },
        ],
    });
    assert_eq!(
        end_of(&vertex, &launcher, vertex.script_with("exit 0", more)).await.cause,
        Cause::Exited { code: 0 }
    );
    let mut spec = vertex.jobs().await.remove(0)["jobSpec"].take();
    let flow = spec["workerPoolSpecs"][0].as_object_mut().unwrap().remove("containerSpec").unwrap();
    assert_eq!((&flow["imageUri"], &flow["command"][0]), (&json!("any"), &json!("/bin/sh")));
    insta::assert_json_snapshot!(spec, @r#"
    {
      "workerPoolSpecs": [
        {
          "machineSpec": {
            "machineType": "g2-standard-4",
            "acceleratorType": "NVIDIA_L4",
            "acceleratorCount": 1
          },
          "replicaCount": "1",
          "diskSpec": {
            "bootDiskSizeGb": 200
          }
        },
        {
          "machineSpec": {
            "machineType": "e2-highmem-16"
          },
          "replicaCount": "3",
          "containerSpec": {
            "imageUri": "mine"
          }
        }
      ],
      "scheduling": {
        "timeout": "3600s",
        "strategy": "FLEX_START",
        "disableRetries": true,
        "maxWaitDuration": "60s"
      },
      "serviceAccount": "runs@my-project.iam.gserviceaccount.com",
      "network": "projects/1/global/networks/n"
    }
    "#);
}

#[tokio::test]
async fn what_googles_parser_does_not_take_is_refused_in_its_words() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    for (more, word) in [
        (json!({ "scheduling": { "time_out": "3600s" } }), "time_out"),
        (json!({ "scheduling": { "timeout": 3600 } }), "timeout"),
        (json!({ "worker_pool_specs": [{ "machine_spec": { "cpu": 4 } }] }), "cpu"),
    ] {
        let LaunchError::Refused(reason) = refused(&launcher, vertex.script_with("exit 0", more)).await
        else {
            panic!()
        };
        assert!(
            reason.contains("Google answers with status 400: Invalid JSON") && reason.contains(word),
            "{reason}"
        );
    }
    assert_eq!(vertex.jobs().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_further_pool_without_a_container_is_refused_before_google_is_asked() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let pools = json!([{ "replica_count": 1 }, { "machine_spec": { "machine_type": "e2-standard-4" }, "replica_count": 1 }]);
    let claim = vertex.script_with("exit 0", json!({ "worker_pool_specs": pools }));
    let LaunchError::Refused(reason) = refused(&launcher, claim).await else { panic!() };
    insta::assert_snapshot!(reason, @"its worker_pool_specs[1]: this worker pool has no container: give it a `container_spec` with an `image_uri`, or a `python_package_spec`; only the first pool gets the flow's container");
    assert!(!vertex.calls().await.contains(&"CreateCustomJob".to_owned()));
}

#[tokio::test]
async fn a_job_that_waits_says_what_for() {
    let Some(vertex) = Vertex::find().await else { return };
    vertex.fates(json!([{ "hold": "JOB_STATE_QUEUED" }, { "hold": "JOB_STATE_PENDING" }])).await;
    let launcher = vertex.launcher().await;
    for words in ["queued by Vertex AI", "getting its machines ready"] {
        let mut launched = launcher.start(&order(vertex.script("exit 0"))).await.unwrap();
        let Observation::Waits(mut said) = launcher.observe(&mut launched.running).await else { panic!() };
        while !said.contains(words) {
            let Observation::Waits(next) = launcher.observe(&mut launched.running).await else { panic!() };
            said = next;
        }
        vertex.tell("release", json!(null)).await;
        let (_, end) = story(&launcher, &mut launched.running).await;
        assert_eq!(end.cause, Cause::Exited { code: 0 });
    }
}

#[tokio::test]
async fn a_job_that_fails_in_provisioning_tells_why_and_has_not_run() {
    let Some(vertex) = Vertex::find().await else { return };
    let stockout = "Resources are insufficient in region: us-central1. Try a different region or use a different accelerator.";
    let image = "Failed to pull image \"any\": denied: Permission \"artifactregistry.repositories.downloadArtifacts\" denied";
    let account = "The service account runs@my-project.iam.gserviceaccount.com does not exist.";
    vertex
        .fates(json!([{ "fails": [8, stockout] }, { "fails": [7, image] }, { "fails": [9, account] }]))
        .await;
    let launcher = vertex.launcher().await;
    let mut causes = Vec::new();
    for _ in 0..3 {
        let end = end_of(&vertex, &launcher, vertex.script("echo ran; exit 0")).await;
        assert!(end.last_lines.is_empty());
        causes.push(end.cause.to_string());
    }
    assert!(vertex.jobs().await.iter().all(|job| job["starts"] == 0));
    insta::assert_snapshot!(causes.join("\n"), @r#"
    The run was not launched: Vertex AI had no place for it: Resources are insufficient in region: us-central1. Try a different region or use a different accelerator.
    The image `any` could not be pulled: Failed to pull image "any": denied: Permission "artifactregistry.repositories.downloadArtifacts" denied (give the target credentials for the registry)
    The flow run could not be started: The service account runs@my-project.iam.gserviceaccount.com does not exist.
    "#);
}

#[tokio::test]
async fn memory_that_runs_out_is_told() {
    let Some(vertex) = Vertex::find().await else { return };
    vertex.fates(json!([{ "OOM": true }])).await;
    let end = end_of(&vertex, &vertex.launcher().await, vertex.script("kill -KILL $$")).await;
    assert_eq!(end.cause, Cause::OutOfMemory { limit: None });
}

#[tokio::test]
async fn a_command_that_cannot_start_tells_why() {
    let Some(vertex) = Vertex::find().await else { return };
    let mut claim = vertex.script("exit 0");
    claim.flow_run.flow.storage =
        Some(json!({ "type": "Executable", "path": "/no/such/flow", "arguments": [], "flow": "f" }));
    let Cause::NotStarted { reason } = end_of(&vertex, &vertex.launcher().await, claim).await.cause else {
        panic!()
    };
    assert!(reason.contains("/no/such/flow"), "{reason}");
}

#[tokio::test]
async fn a_run_that_takes_too_long_ends_with_its_timeout() {
    let Some(vertex) = Vertex::find().await else { return };
    let claim = vertex.script_with("sleep 600", json!({ "scheduling": { "timeout": "1s" } }));
    let Cause::Removed { what } = end_of(&vertex, &vertex.launcher().await, claim).await.cause else {
        panic!()
    };
    assert!(what.ends_with("ran longer than the timeout of 1s in its scheduling"), "{what}");
}

#[tokio::test]
async fn a_job_cancelled_by_hand_is_told() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let order = order(vertex.script("sleep 600"));
    let mut launched = launcher.start(&order).await.unwrap();
    started(&launcher, &mut launched).await;
    vertex.cancel_by_hand(&launched.handle).await;
    let (_, end) = story(&launcher, &mut launched.running).await;
    let id = launched.handle["job"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(end.cause, Cause::Removed { what: format!("the custom job {id} was cancelled") });
    assert!(!vertex.runs(order.launch_id).await);
}

#[tokio::test]
async fn a_job_that_was_stopped_before_it_ran_never_runs() {
    let Some(vertex) = Vertex::find().await else { return };
    vertex.fates(json!([{ "hold": "JOB_STATE_QUEUED" }])).await;
    let launcher = vertex.launcher().await;
    let mut launched = launcher.start(&order(vertex.script("exit 0"))).await.unwrap();
    let end = launcher.stop(&mut launched.running).await;
    assert_eq!(end.cause, Cause::Stopped { signal: "CancelCustomJob".to_owned() });
    assert_eq!(vertex.jobs().await[0]["starts"], 0);
}

#[tokio::test]
async fn a_job_whose_answer_was_lost_is_found_by_its_label() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    vertex.faults(json!([{ "method": "CreateCustomJob", "times": 1, "loses": "answer" }])).await;
    let end = end_of(&vertex, &launcher, vertex.script("exit 3")).await;
    assert_eq!(end.cause, Cause::Exited { code: 3 });
    assert_eq!(vertex.jobs().await.len(), 1);
}

#[tokio::test]
async fn a_request_that_does_not_get_through_launches_nothing_and_may_be_made_again() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let quota = "The following quota metrics exceed quota limits: aiplatform.googleapis.com/custom_model_training_cpus";
    let mut reasons = Vec::new();
    for fault in [
        json!({ "loses": "request" }),
        json!({ "status": "RESOURCE_EXHAUSTED", "message": quota }),
        json!({ "status": "UNAVAILABLE", "message": "The service is currently unavailable." }),
        json!({ "status": "UNAUTHENTICATED", "message": "Request had invalid authentication credentials." }),
    ] {
        let mut fault = fault;
        fault
            .as_object_mut()
            .unwrap()
            .extend([("method".to_owned(), "CreateCustomJob".into()), ("times".to_owned(), 1.into())]);
        vertex.faults(json!([fault])).await;
        let LaunchError::NotLaunched(reason) = refused(&launcher, vertex.script("exit 0")).await else {
            panic!()
        };
        reasons.push(reason);
    }
    assert_eq!(vertex.jobs().await, Vec::<Value>::new());
    insta::assert_snapshot!(reasons.join("\n"), @"
    Google does not answer: 127.0.0.1: connection closed before message completed
    Google answers with status 429: The following quota metrics exceed quota limits: aiplatform.googleapis.com/custom_model_training_cpus
    Google answers with status 503: The service is currently unavailable.
    Google answers with status 401: Request had invalid authentication credentials.
    ");
}

#[tokio::test]
async fn an_account_that_the_agent_may_not_act_as_is_refused_by_name() {
    let Some(vertex) = Vertex::find().await else { return };
    vertex.tell("missing_permissions", json!(["iam.serviceAccounts.actAs"])).await;
    let config = VertexConfig { service_account: Some("runs@my-project.iam".to_owned()), ..vertex.config() };
    let launcher = vertex.launcher_with(config).await.unwrap();
    let LaunchError::Refused(reason) = refused(&launcher, vertex.script("exit 0")).await else { panic!() };
    insta::assert_snapshot!(reason, @"Google answers with status 400: You do not have permission to act as service_account: runs@my-project.iam. (or it may not exist).");
}

#[tokio::test]
async fn a_google_that_is_away_is_told_and_waited_for() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let claim = vertex.script(r#"until [ -e "$PIPE.end" ]; do sleep 0.1; done; exit 3"#);
    let launch_id = claim.launch_id;
    let mut launched = launcher.start(&order(claim)).await.unwrap();
    started(&launcher, &mut launched).await;
    for (fault, words) in [
        (json!({ "times": 3, "loses": "request" }), "Google does not answer"),
        (
            json!({ "times": 2, "status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded for requests." }),
            "Quota exceeded",
        ),
        (
            json!({ "times": 2, "status": "UNAUTHENTICATED", "message": "The token has expired." }),
            "The token has expired.",
        ),
    ] {
        vertex.faults(json!([fault])).await;
        while !matches!(launcher.observe(&mut launched.running).await, Observation::Waits(said) if said.contains(words))
        {
        }
        assert_eq!(launcher.observe(&mut launched.running).await, Observation::Waits(String::new()));
    }
    // It ends while nobody can see it.
    vertex.faults(json!([{ "times": 2, "loses": "request" }])).await;
    std::fs::write(vertex.folder.path().join("pipe.end"), "").unwrap();
    while vertex.runs(launch_id).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(story(&launcher, &mut launched.running).await.1.cause, Cause::Exited { code: 3 });
}

#[tokio::test]
async fn a_stop_gets_through_a_google_that_is_away() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let order = order(vertex.script("sleep 600"));
    let mut launched = launcher.start(&order).await.unwrap();
    started(&launcher, &mut launched).await;
    vertex.faults(json!([{ "times": 2, "loses": "request" }, { "times": 1, "method": "CancelCustomJob", "loses": "answer" }])).await;
    let end = launcher.stop(&mut launched.running).await;
    assert_eq!(end.cause, Cause::Stopped { signal: "CancelCustomJob".to_owned() });
    assert!(!vertex.runs(order.launch_id).await);
}

/// The credentials of a person who has logged in.
fn person(vertex: &Vertex, refresh_token: &str) -> Credentials {
    let document = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": refresh_token,
        "token_uri": format!("{}/token", vertex.endpoint),
    });
    user_account::Builder::new(document).build().unwrap()
}

#[tokio::test]
async fn people_and_machines_launch_as_service_accounts_do() {
    let Some(vertex) = Vertex::find().await else { return };
    let machine = mds::Builder::default().with_endpoint(&vertex.endpoint).build().unwrap();
    for credentials in [person(&vertex, "valid"), machine] {
        let agent = vertex.folder.agent();
        let launcher = VertexLauncher::with_credentials(&agent, vertex.config(), credentials).await.unwrap();
        assert_eq!(
            end_of(&vertex, &launcher, vertex.script("exit 0")).await.cause,
            Cause::Exited { code: 0 }
        );
    }
}

#[tokio::test]
async fn credentials_that_have_expired_are_told_before_anything_is_launched() {
    let Some(vertex) = Vertex::find().await else { return };
    let (agent, credentials) = (vertex.folder.agent(), person(&vertex, "expired"));
    let launcher = VertexLauncher::with_credentials(&agent, vertex.config(), credentials).await;
    let words = launcher.unwrap_err().to_string();
    assert!(words.contains("Token has been expired or revoked") && words.contains("gcloud auth"), "{words}");
}

#[tokio::test]
async fn a_wrong_project_and_a_wrong_region_are_told_by_name() {
    let Some(vertex) = Vertex::find().await else { return };
    let mut words = Vec::new();
    for config in [
        VertexConfig { project: Some("your-project".to_owned()), ..vertex.config() },
        VertexConfig { region_name: "us-centrall".to_owned(), ..vertex.config() },
        VertexConfig { region_name: "no.invalid/us".to_owned(), endpoint: None, ..vertex.config() },
    ] {
        words.push(vertex.launcher_with(config).await.unwrap_err().to_string());
    }
    let words = words.join("\n").replace(&vertex.endpoint, "<vertex>");
    insta::assert_snapshot!(words, @"
    cannot look at the custom jobs of projects/your-project/locations/us-central1: Google answers with status 403: Permission 'aiplatform.customJobs.list' denied on resource '//aiplatform.googleapis.com/projects/your-project/locations/us-central1' (or it may not exist). See that the project and the region are right, that the Vertex AI API is enabled there, and that the agent has the roles which docs/vertex.md names
    cannot look at the custom jobs of projects/my-project/locations/us-centrall: Google answers with status 404: Location 'us-centrall' is not found, or Vertex AI does not serve it. See that the project and the region are right, that the Vertex AI API is enabled there, and that the agent has the roles which docs/vertex.md names
    cannot look at the custom jobs of projects/my-project/locations/no.invalid/us: Google does not answer: no.invalid: failed to lookup address information: Name or service not known. See that the project and the region are right, that the Vertex AI API is enabled there, and that the agent has the roles which docs/vertex.md names
    ");
}

#[tokio::test]
async fn an_agent_that_died_after_creating_finds_its_job_and_its_end() {
    let Some(vertex) = Vertex::find().await else { return };
    for ends_meanwhile in [true, false] {
        let claim = vertex.script("sleep 1; exit 3");
        let first = vertex.launcher().await;
        let mut launched = first.start(&order(claim.clone())).await.unwrap();
        if ends_meanwhile {
            story(&first, &mut launched.running).await;
        }
        drop((launched, first));

        let launcher = vertex.launcher().await;
        let mut adopted = launcher.adopt(&known(&claim)).await.remove(&claim.launch_id).unwrap();
        assert_eq!(story(&launcher, &mut adopted.running).await.1.cause, Cause::Exited { code: 3 });
    }
    assert_eq!(vertex.jobs().await.len(), 2);
}

#[tokio::test]
async fn a_job_that_nobody_follows_is_cancelled_when_its_launch_is_closed() {
    let Some(vertex) = Vertex::find().await else { return };
    let claim = vertex.script("sleep 600");
    drop(vertex.launcher().await.start(&order(claim.clone())).await.unwrap());
    vertex.launcher().await.remove(claim.launch_id, None).await;
    while vertex.runs(claim.launch_id).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(vertex.job_of(claim.launch_id).await.unwrap()["state"], "JOB_STATE_CANCELLED");
}

#[tokio::test]
async fn a_finished_job_stays_to_be_looked_at_unless_the_agent_deletes_it() {
    let Some(vertex) = Vertex::find().await else { return };
    for deletes in [false, true] {
        let config = VertexConfig { delete_finished_jobs: deletes, ..vertex.config() };
        let launcher = vertex.launcher_with(config).await.unwrap();
        let order = order(vertex.script("exit 0"));
        let mut launched = launcher.start(&order).await.unwrap();
        story(&launcher, &mut launched.running).await;
        launcher.remove(order.launch_id, Some(&launched.handle)).await;
        assert_eq!(vertex.job_of(order.launch_id).await.is_none(), deletes);
    }
}

#[tokio::test]
async fn all_launches_are_looked_at_together() {
    let Some(vertex) = Vertex::find().await else { return };
    vertex.fates((0..110).map(|_| json!({ "hold": "JOB_STATE_PENDING" })).collect()).await;
    let launcher = vertex.launcher().await;
    let mut launches = Vec::new();
    for _ in 0..110 {
        launches.push(launcher.start(&order(vertex.script("exit 3"))).await.unwrap());
    }
    vertex.tell("release", json!(null)).await;
    for launched in &mut launches {
        assert_eq!(story(&launcher, &mut launched.running).await.1.cause, Cause::Exited { code: 3 });
    }
    let calls = vertex.calls().await;
    let count = |method: &str| calls.iter().filter(|call| *call == method).count();
    assert_eq!(count("CreateCustomJob"), 110);
    // Two pages for all of them, and after each that has ended, once.
    println!("{} lists and {} gets for 110 jobs", count("ListCustomJobs"), count("GetCustomJob"));
    assert!(count("ListCustomJobs") < 110 && count("GetCustomJob") < 140);
}

/// What a run costs, and which permissions that takes: those of the page about Vertex, and no others.
#[tokio::test]
async fn the_page_about_vertex_names_the_permissions_that_are_used() {
    let Some(vertex) = Vertex::find().await else { return };
    let account = "runs@my-project.iam.gserviceaccount.com".to_owned();
    let config =
        VertexConfig { delete_finished_jobs: true, service_account: Some(account), ..vertex.config() };
    let launcher = vertex.launcher_with(config).await.unwrap();
    end_of(&vertex, &launcher, vertex.script("exit 3")).await;
    let order = order(vertex.script("sleep 600"));
    let mut launched = launcher.start(&order).await.unwrap();
    launcher.stop(&mut launched.running).await;
    launcher.remove(order.launch_id, Some(&launched.handle)).await;

    let calls = vertex.told("calls").await;
    let used: BTreeSet<String> = calls
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["permission"].as_str().unwrap().to_owned())
        .collect();
    let page = include_str!("../../../docs/vertex.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let told: BTreeSet<String> =
        rows.map(|(permission, _)| permission.to_owned()).filter(|name| name.contains('.')).collect();
    assert_eq!(used, told);
}

#[tokio::test]
async fn a_run_that_succeeds_costs_one_request_to_create_it_and_a_share_of_the_looks() {
    let Some(vertex) = Vertex::find().await else { return };
    let launcher = vertex.launcher().await;
    let before = vertex.calls().await.len();
    let order = order(vertex.script("exit 0"));
    let mut launched = launcher.start(&order).await.unwrap();
    story(&launcher, &mut launched.running).await;
    launcher.remove(order.launch_id, Some(&launched.handle)).await;
    let calls = vertex.calls().await.split_off(before);
    println!("requests of a run that succeeds: {calls:?}");
    let others: Vec<_> = calls.iter().filter(|call| *call != "ListCustomJobs").collect();
    assert_eq!(others, ["CreateCustomJob", "GetCustomJob"], "{calls:?}");
    assert!(calls.len() <= 6, "{calls:?}");
}

#[tokio::test]
async fn news_of_a_job_are_in_the_order_of_its_life() {
    let Some(vertex) = Vertex::find().await else { return };
    vertex.fates(json!([{ "hold": "JOB_STATE_PENDING" }])).await;
    let launcher = vertex.launcher().await;
    let mut launched = launcher.start(&order(vertex.script("sleep 2"))).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    vertex.tell("release", json!(null)).await;
    let (said, _) = story(&launcher, &mut launched.running).await;
    assert!(waits_for(&said, "getting its machines ready"), "{said:?}");
    let last = &said[said.len() - 2..];
    assert_eq!(last, [Observation::Reached(LaunchPhase::Started), Observation::Waits(String::new())]);
}
