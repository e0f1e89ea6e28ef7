//! The ECS launcher with what stands for AWS: what is its own beyond the conformance suite, and what goes wrong there.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use castra_agent::launchers::ecs::{EcsLauncher, RunningTask};
use castra_agent::launchers::{KnownLaunch, LaunchError, Launched, Launcher, Observation};
use castra_core::cause::{Cause, LaunchEnd, PullFailure};
use castra_core::claim::Claim;
use castra_core::launch::LaunchPhase;
use castra_render::Order;
use castra_render::ecs::EcsConfig;
use serde_json::{Value, json};
use support::ecs::{Ecs, REGION};
use support::{Starts as _, order};

/// Everything a launcher says of a launch until its end.
async fn story(launcher: &EcsLauncher, running: &mut RunningTask) -> (Vec<Observation>, LaunchEnd) {
    let mut said = Vec::new();
    loop {
        match launcher.observe(running).await {
            Observation::Ended(end) => return (said, end),
            observation => said.push(observation),
        }
    }
}

/// How a launch ends, of which nothing runs then.
async fn end_of(ecs: &Ecs, launcher: &EcsLauncher, claim: Claim) -> LaunchEnd {
    let order = order(claim);
    let mut launched = launcher.start(&order).await.unwrap();
    let (_, end) = story(launcher, &mut launched.running).await;
    assert!(!ecs.runs(order.launch_id).await, "{end:?}");
    end
}

async fn started(launcher: &EcsLauncher, launched: &mut Launched<RunningTask>) {
    while launcher.observe(&mut launched.running).await != Observation::Reached(LaunchPhase::Started) {}
}

/// Why a launch was not made.
async fn not_launched(launcher: &EcsLauncher, order: &Order) -> LaunchError {
    launcher.start(order).await.map(|_| ()).unwrap_err()
}

fn known(order: &Order, handle: Option<&Value>) -> [KnownLaunch; 1] {
    [KnownLaunch { launch_id: order.launch_id, handle: handle.cloned() }]
}

#[tokio::test]
async fn an_end_comes_with_its_phases_and_the_last_lines_and_without_the_credential() {
    let Some(ecs) = Ecs::start() else { return };
    ecs.control("world", json!({ "pace": 0.4 })).await;
    let launcher = ecs.launcher().await;
    let order = order(ecs.script("echo starting; echo $CASTRA_API_KEY; exit 3"));
    let mut launched = launcher.start(&order).await.unwrap();
    let (said, end) = story(&launcher, &mut launched.running).await;
    let phases = [LaunchPhase::Scheduled, LaunchPhase::Pulled, LaunchPhase::Started];
    for phase in phases {
        assert!(said.contains(&Observation::Reached(phase)), "{phase} is not in {said:?}");
    }
    assert!(said.contains(&Observation::Waits("pulling the image `example/flow:1`".to_owned())), "{said:?}");
    let last_lines = vec!["starting".to_owned(), "…".to_owned()];
    assert_eq!(end, LaunchEnd { cause: Cause::Exited { code: 3 }, last_lines });
}

#[tokio::test]
async fn fields_that_nobody_here_knows_reach_aws() {
    let Some(ecs) = Ecs::start() else { return };
    ecs.control("world", json!({ "newer_fields": ["ofTomorrow"] })).await;
    let kwargs = json!({ "ofTomorrow": { "deep": [1.0, null, "ü"] }, "propagateTags": "TASK_DEFINITION" });
    let claim = ecs.script_with("exit 0", json!({ "run_task_kwargs": kwargs }));
    assert_eq!(end_of(&ecs, &ecs.launcher().await, claim).await.cause, Cause::Exited { code: 0 });
    let given = ecs.given("RunTask").await;
    assert_eq!(given[0]["ofTomorrow"], kwargs["ofTomorrow"]);
    assert_eq!(given[0]["propagateTags"], "TASK_DEFINITION");
}

#[tokio::test]
async fn a_run_costs_one_request_beside_the_polls_once_its_definition_is_known() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    for _ in 0..3 {
        end_of(&ecs, &launcher, ecs.script("exit 0")).await;
    }
    end_of(&ecs, &launcher, ecs.script("exit 3")).await;
    let begin = ["ListTasks", "DescribeVpcs", "DescribeSubnets"];
    let first = ["DescribeTaskDefinition", "RegisterTaskDefinition", "RunTask"];
    let asked = ecs.asked().await;
    assert_eq!(asked[..6], [&begin[..], &first[..]].concat());
    // Scripts are commands of RunTask, so that one definition serves all of them; an abnormal end is read in the logs.
    let rest: Vec<_> = asked[6..].iter().map(String::as_str).collect();
    assert_eq!(rest[..3], ["RunTask", "RunTask", "RunTask"]);
    assert_eq!(rest[3], "DescribeTaskDefinition");
    assert!(rest[4..].iter().all(|action| *action == "GetLogEvents"), "{rest:?}");
}

#[tokio::test]
async fn a_definition_is_found_again_after_a_restart_and_made_again_if_it_is_gone() {
    let Some(ecs) = Ecs::start() else { return };
    end_of(&ecs, &ecs.launcher().await, ecs.script("exit 0")).await;
    let launcher = ecs.launcher().await;
    end_of(&ecs, &launcher, ecs.script("exit 0")).await;
    assert_eq!(ecs.given("RegisterTaskDefinition").await.len(), 1);

    let definitions = ecs.control("definitions", json!({})).await;
    ecs.control("deregister", json!({ "definition": definitions[0] })).await;
    end_of(&ecs, &launcher, ecs.script("exit 0")).await;
    assert_eq!(ecs.given("RegisterTaskDefinition").await.len(), 2);
}

#[tokio::test]
async fn what_is_registered_is_what_was_rendered_but_for_the_family() {
    let Some(ecs) = Ecs::start() else { return };
    let order = order(ecs.script("exit 0"));
    let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-1"] } });
    let config = EcsConfig {
        run_task_kwargs: serde_json::from_value(json!({ "networkConfiguration": network })).unwrap(),
        ..ecs.config()
    };
    let flow_runs = ecs.folder.agent().flow_runs;
    let found = castra_render::ecs::EcsFound::default();
    let spec = castra_render::ecs::render(&order, &flow_runs, &config, &found).unwrap();
    let launcher = ecs.launcher_with(config).await;
    let mut launched = launcher.start(&order).await.unwrap();
    story(&launcher, &mut launched.running).await;

    let mut registered = ecs.given("RegisterTaskDefinition").await.remove(0);
    let rendered = spec.register_task_definition.unwrap();
    assert!(registered["family"].as_str().unwrap().starts_with("prefect-"));
    registered["family"] = rendered["family"].clone();
    assert_eq!(registered, Value::Object(rendered));
    let mut ran = ecs.given("RunTask").await.remove(0);
    ran.as_object_mut().unwrap().remove("taskDefinition");
    assert_eq!(ran, Value::Object(spec.run_task));
}

#[tokio::test]
async fn a_task_definition_is_read_from_s3_or_named() {
    let Some(ecs) = Ecs::start() else { return };
    ecs.moto.put("/bucket", "").await;
    ecs.moto.put("/bucket/path/to/definition.yaml", "{networkMode: awsvpc, cpu: 512, memory: 1024}").await;
    let launcher = ecs.launcher().await;
    let path = json!({ "task_definition_path": "s3://bucket/path/to/definition.yaml" });
    assert_eq!(
        end_of(&ecs, &launcher, ecs.script_with("exit 0", path)).await.cause,
        Cause::Exited { code: 0 }
    );
    let registered = ecs.given("RegisterTaskDefinition").await;
    assert_eq!((&registered[0]["cpu"], &registered[0]["memory"]), (&json!("512"), &json!("1024")));

    let arn = ecs.control("definitions", json!({})).await[0].clone();
    let named = json!({ "task_definition_arn": arn, "image": null });
    assert_eq!(
        end_of(&ecs, &launcher, ecs.script_with("exit 3", named)).await.cause,
        Cause::Exited { code: 3 }
    );
    assert_eq!(ecs.given("RegisterTaskDefinition").await.len(), 1);

    let missing = json!({ "task_definition_path": "s3://bucket/none.yaml" });
    let error = not_launched(&launcher, &order(ecs.script_with("exit 0", missing))).await;
    assert!(
        matches!(&error, LaunchError::Refused(words) if words.contains("s3://bucket/none.yaml")),
        "{error:?}"
    );
    let unknown = json!({ "task_definition_arn": "none:1", "image": null });
    let error = not_launched(&launcher, &order(ecs.script_with("exit 0", unknown))).await;
    insta::assert_snapshot!(error, @"the task definition `none:1`: ECS: ClientException: Unable to describe task definition");
}

#[tokio::test]
async fn the_credential_may_be_a_parameter_that_goes_with_the_launch() {
    let Some(ecs) = Ecs::start() else { return };
    let config = EcsConfig { credential_parameters: Some("/castra/credentials".to_owned()), ..ecs.config() };
    let launcher = ecs.launcher_with(config).await;
    let order = order(ecs.script(r#"echo "${CASTRA_API_KEY#castra_}" > "$PIPE""#));
    let credential = order.credential.as_ref().unwrap().expose().to_owned();
    let mut launched = launcher.start(&order).await.unwrap();
    assert_eq!(format!("castra_{}", ecs.folder.told().await), credential, "the flow run has it");
    story(&launcher, &mut launched.running).await;
    let requests = json!([ecs.given("RunTask").await, ecs.given("RegisterTaskDefinition").await]).to_string();
    assert!(!requests.contains(&credential));
    assert!(ecs.remains(order.launch_id).await);
    // As after a restart of an agent that has not written down the handle.
    launcher.remove(order.launch_id, None).await;
    assert!(!ecs.remains(order.launch_id).await);
    let launch = ["PutParameter", "RegisterTaskDefinition", "RunTask"];
    let removal = ["DeleteParameter", "DescribeTaskDefinition", "DeregisterTaskDefinition"];
    assert_eq!(ecs.asked().await[3..], [launch, removal].concat(), "beside the network, which is shared");

    let named = json!({ "task_definition_arn": "etl:3", "image": null });
    let error = not_launched(&launcher, &support::order(ecs.script_with("exit 0", named))).await;
    assert!(matches!(error, LaunchError::Refused(_)), "{error:?}");
}

#[tokio::test]
async fn memory_that_runs_out_is_told_with_the_limit() {
    let Some(ecs) = Ecs::start() else { return };
    ecs.control("world", json!({ "is_out_of_memory": true })).await;
    let end = end_of(&ecs, &ecs.launcher().await, ecs.script("kill -KILL $$")).await;
    assert_eq!(end.cause, Cause::OutOfMemory { limit: Some("512 MiB".to_owned()) });
}

#[tokio::test]
async fn an_image_that_cannot_be_had_is_told_with_the_kind_of_failure() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let says = [
        (
            PullFailure::NotFound,
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/example/flow:1: docker.io/example/flow:1: not found",
        ),
        (
            PullFailure::Unauthorized,
            "CannotPullContainerError: Error response from daemon: Head \"https://registry.example/v2/flow/manifests/1\": no basic auth credentials",
        ),
        (
            PullFailure::RateLimited,
            "CannotPullContainerError: inspect image has been retried 5 time(s): httpReadSeeker: failed open: unexpected status code: 429 Too Many Requests",
        ),
    ];
    for (failure, reason) in says {
        ecs.control("world", json!({ "pull_failures": { "example/flow:1": reason } })).await;
        let end = end_of(&ecs, &launcher, ecs.script("exit 0")).await;
        let image = "example/flow:1".to_owned();
        assert_eq!(end.cause, Cause::ImageNotPulled { image, failure, reason: reason.to_owned() });
    }
}

#[tokio::test]
async fn what_does_not_start_tells_why() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let mut claim = ecs.script("exit 0");
    claim.flow_run.flow.storage =
        Some(json!({ "type": "Executable", "path": "/no/such/flow", "arguments": [], "flow": "f" }));
    let Cause::NotStarted { reason } = end_of(&ecs, &launcher, claim).await.cause else { panic!() };
    assert!(reason.contains("/no/such/flow"), "{reason}");

    let reason = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed";
    ecs.control("world", json!({ "start_failure": reason })).await;
    let end = end_of(&ecs, &launcher, ecs.script("exit 0")).await;
    assert_eq!(end.cause, Cause::NotStarted { reason: reason.to_owned() });

    let passing = "Timeout waiting for network interface provisioning to complete.";
    ecs.control("world", json!({ "start_failure": passing })).await;
    let end = end_of(&ecs, &launcher, ecs.script("exit 0")).await;
    assert!(matches!(end.cause, Cause::NotLaunched { .. }), "{end:?}");
}

#[tokio::test]
async fn a_task_stopped_by_hand_or_by_aws_is_told() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let mut causes = Vec::new();
    for (code, reason) in
        [("UserInitiated", "Task stopped by user"), ("SpotInterruption", "Your Spot Task was interrupted.")]
    {
        let order = order(ecs.script("sleep 600"));
        let mut launched = launcher.start(&order).await.unwrap();
        started(&launcher, &mut launched).await;
        let task = &launched.handle["task"];
        ecs.control("stop", json!({ "task": task, "code": code, "reason": reason })).await;
        causes.push(story(&launcher, &mut launched.running).await.1.cause.to_string());
        assert!(!ecs.runs(order.launch_id).await);
    }
    insta::assert_snapshot!(causes.join("\n"), @"
    The flow run was ended from outside: the task 00000000000000000000000000000001 was stopped: Task stopped by user, which Castra did not do
    The flow run was evicted: Your Spot Task was interrupted
    ");
}

#[tokio::test]
async fn a_task_that_the_flow_leaves_behind_is_stopped() {
    let Some(ecs) = Ecs::start() else { return };
    let definition = json!({ "networkMode": "awsvpc", "cpu": "256", "memory": "512", "containerDefinitions": [
        { "name": "flow", "essential": false },
        { "name": "proxy", "image": "proxy:1", "command": ["/bin/sleep", "600"], "stopTimeout": 2 },
    ] });
    let claim = ecs.script_with("exit 3", json!({ "task_definition": definition }));
    let end = end_of(&ecs, &ecs.launcher().await, claim).await;
    assert_eq!(end.cause, Cause::Exited { code: 3 });
}

#[tokio::test]
async fn more_than_one_task_is_refused() {
    let Some(ecs) = Ecs::start() else { return };
    let claim = ecs.script_with("exit 0", json!({ "run_task_kwargs": { "count": 2 } }));
    insta::assert_snapshot!(not_launched(&ecs.launcher().await, &order(claim)).await, @"run_task_kwargs asks for 2 tasks (`count`), which would each run the flow run: leave it out");
    assert!(ecs.given("RunTask").await.is_empty());
}

#[tokio::test]
async fn what_aws_objects_to_is_refused_in_its_words() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let objection = async |more: Value| {
        not_launched(&launcher, &order(ecs.script_with("exit 0", more))).await.to_string()
    };
    insta::assert_snapshot!(objection(json!({ "run_task_kwargs": { "cluster": "none" } })).await, @"the cluster `none` in region us-east-1: ECS: ClusterNotFoundException: Cluster not found: create it, or name another with --cluster or in run_task_kwargs, or start the agent for the region that it is in with --region-name");
    let wrong = json!({ "run_task_kwargs": { "overrides": { "containerOverrides": [{ "name": "none" }] } } });
    insta::assert_snapshot!(objection(wrong).await, @"the cluster `default` in region us-east-1: ECS: InvalidParameterException: Override for container named none is not a container in the TaskDefinition");
    let mistyped = json!({ "task_definition": { "cpu": "256", "memory": "512", "volumes": "none" } });
    insta::assert_snapshot!(objection(mistyped).await, @"registering its task definition: ECS: ValidationException: Invalid type for parameter volumes, value: none, type: <class 'str'>, valid types: <class 'list'>, <class 'tuple'>");
    ecs.fault(json!({ "action": "RunTask", "code": "AccessDeniedException", "message": "User: arn:aws:iam::1:user/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/y" })).await;
    insta::assert_snapshot!(objection(json!({})).await, @"the cluster `default` in region us-east-1: ECS: AccessDeniedException: User: arn:aws:iam::1:user/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/y: let the agent's role do that, see docs/ecs.md");
}

#[tokio::test]
async fn without_a_default_vpc_the_run_says_what_to_set() {
    let Some(ecs) = Ecs::start() else { return };
    ecs.control("no-default-vpc", json!({})).await;
    let launcher = ecs.launcher().await;
    insta::assert_snapshot!(not_launched(&launcher, &order(ecs.script("exit 0"))).await, @"on Fargate a task needs a network configuration, and none was inferred from the default VPC: set `networkConfiguration` in the file of --run-task-kwargs or in the run config's `run_task_kwargs`");
    let own = json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-own"] } } });
    let claim = ecs.script_with("exit 0", json!({ "run_task_kwargs": own }));
    assert_eq!(end_of(&ecs, &launcher, claim).await.cause, Cause::Exited { code: 0 });
}

#[tokio::test]
async fn an_agent_that_aws_does_not_let_in_does_not_start() {
    let Some(ecs) = Ecs::start() else { return };
    let error = async |sdk: &aws_types::SdkConfig, cluster: Option<&str>| {
        let config = EcsConfig { cluster: cluster.map(str::to_owned), ..ecs.config() };
        ecs.connect(config, sdk).await.unwrap_err().to_string()
    };
    let endpoint = ecs.moto.endpoint.as_str();
    insta::assert_snapshot!(error(&ecs.sdk_with("expired", REGION, endpoint), None).await, @"cannot look at the tasks of the cluster `default` in region us-east-1: ECS: ExpiredTokenException: The security token included in the request is expired: AWS does not take the agent's credentials; renew or correct them");
    insta::assert_snapshot!(error(&ecs.sdk_with("unknown", REGION, endpoint), None).await, @"cannot look at the tasks of the cluster `default` in region us-east-1: ECS: UnrecognizedClientException: The security token included in the request is invalid: AWS does not take the agent's credentials; renew or correct them");
    insta::assert_snapshot!(error(&ecs.sdk_with("key", "eu-west-1", endpoint), Some("prod")).await, @"cannot look at the tasks of the cluster `prod` in region eu-west-1: ECS: ClusterNotFoundException: Cluster not found: create it, or name another with --cluster or in run_task_kwargs, or start the agent for the region that it is in with --region-name");
    insta::assert_snapshot!(error(&ecs.sdk_with("key", REGION, "http://127.0.0.1:9"), None).await, @"cannot look at the tasks of the cluster `default` in region us-east-1: ECS does not answer: Connection refused (os error 111)");
    let no_region = aws_types::SdkConfig::builder().build();
    insta::assert_snapshot!(error(&no_region, None).await, @"no AWS region is configured: say it with --region-name or AWS_DEFAULT_REGION, or in the profile (~/.aws/config)");
    let no_credentials = aws_types::SdkConfig::builder().region(aws_config::Region::new(REGION)).build();
    insta::assert_snapshot!(error(&no_credentials, None).await, @"cannot look at the tasks of the cluster `default` in region us-east-1: the agent has no AWS credentials: nothing provides any. Give it some in one of the usual ways: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE), or a role of the machine or task that it runs on");
}

#[tokio::test]
async fn credentials_that_expire_while_it_runs_are_waited_for() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let mut launched = launcher.start(&order(ecs.script("sleep 600"))).await.unwrap();
    started(&launcher, &mut launched).await;
    let expired = |times: u32| json!({ "action": "*", "times": times, "code": "ExpiredTokenException", "message": "The security token included in the request is expired" });
    ecs.fault(expired(1000)).await;
    let Observation::Waits(words) = launcher.observe(&mut launched.running).await else { panic!() };
    insta::assert_snapshot!(words, @"ECS: ExpiredTokenException: The security token included in the request is expired: AWS does not take the agent's credentials; renew or correct them");
    let error = not_launched(&launcher, &order(ecs.script("exit 0"))).await;
    assert!(matches!(&error, LaunchError::NotLaunched(words) if words.contains("expired")), "{error:?}");
    ecs.fault(json!({})).await;
    assert_eq!(launcher.observe(&mut launched.running).await, Observation::Waits(String::new()));
    launcher.stop(&mut launched.running).await;
}

#[tokio::test]
async fn throttling_is_waited_out_also_where_it_hides() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let throttled = [
        (
            "RegisterTaskDefinition",
            "ClientException",
            "Too many concurrent attempts to create a new revision of the specified family.",
        ),
        ("RunTask", "ThrottlingException", "Rate exceeded"),
        ("DescribeTasks", "ClientException", "Unable to assume the service linked role: Rate exceeded"),
    ];
    for (action, code, message) in throttled {
        ecs.fault(json!({ "action": action, "times": 2, "code": code, "message": message })).await;
        let end = end_of(&ecs, &launcher, ecs.script("exit 0")).await;
        assert_eq!(end.cause, Cause::Exited { code: 0 }, "{action}");
    }
}

#[tokio::test]
async fn where_there_is_no_room_nothing_is_launched_for_now() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let mut told = Vec::new();
    for reason in [
        "RESOURCE:MEMORY",
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        "ATTRIBUTE",
    ] {
        ecs.fault(json!({ "action": "RunTask", "failures": [{ "arn": "arn:aws:ecs:us-east-1:1:container-instance/i", "reason": reason }] })).await;
        told.push(format!("{:?}", not_launched(&launcher, &order(ecs.script("exit 0"))).await));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    NotLaunched("ECS has no place for its task now: RESOURCE:MEMORY (no container instance has as much memory free)")
    NotLaunched("ECS has no place for its task now: Capacity is unavailable at this time. Please try again later or in a different availability zone")
    Refused("ECS does not start its task: ATTRIBUTE (no container instance has an attribute that its task definition needs: see its logging driver, roles and volumes)")
    "#);
}

#[tokio::test]
async fn an_answer_that_is_lost_starts_no_second_task() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    ecs.fault(json!({ "action": "RunTask", "times": 2, "lost": true })).await;
    let order = order(ecs.script("exit 3"));
    let mut launched = launcher.start(&order).await.unwrap();
    assert_eq!(story(&launcher, &mut launched.running).await.1.cause, Cause::Exited { code: 3 });
    assert_eq!(ecs.given("RunTask").await.len(), 3);
    assert_eq!(ecs.tasks(order.launch_id).await.len(), 1);
}

/// As long as there may be a task, nobody says that there is none, whatever AWS answers meanwhile.
#[tokio::test]
async fn a_launch_whose_answer_was_lost_waits_until_it_is_known() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    ecs.fault(json!({ "action": "RunTask", "lost": true })).await;
    let order = order(ecs.script("exit 0"));
    let launching = launcher.start(&order);
    let ecs = &ecs;
    let meddling = async {
        while ecs.given("RunTask").await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        ecs.fault(
            json!({ "action": "RunTask", "times": 3, "code": "AccessDeniedException", "message": "no" }),
        )
        .await;
    };
    let (launched, ()) = tokio::join!(launching, meddling);
    story(&launcher, &mut launched.unwrap().running).await;
    assert_eq!(ecs.tasks(order.launch_id).await.len(), 1);
}

#[tokio::test]
async fn an_aws_that_is_away_is_told_and_waited_for() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let order = order(ecs.script(r#"until [ -e "$PIPE.end" ]; do sleep 0.1; done; exit 3"#));
    let mut launched = launcher.start(&order).await.unwrap();
    started(&launcher, &mut launched).await;
    ecs.fault(json!({ "action": "*", "times": 1000, "refused": true })).await;
    let Observation::Waits(words) = launcher.observe(&mut launched.running).await else { panic!() };
    assert!(words.starts_with("ECS does not answer: "), "{words}");
    // It ends while nobody can see it.
    std::fs::write(ecs.folder.path().join("pipe.end"), "").unwrap();
    while ecs.runs(order.launch_id).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ecs.fault(json!({})).await;
    assert_eq!(story(&launcher, &mut launched.running).await.1.cause, Cause::Exited { code: 3 });
}

#[tokio::test]
async fn a_stop_is_carried_out_when_aws_is_back() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let order = order(ecs.script("sleep 600"));
    let mut launched = launcher.start(&order).await.unwrap();
    started(&launcher, &mut launched).await;
    ecs.fault(json!({ "action": "StopTask", "times": 3, "refused": true })).await;
    let end = launcher.stop(&mut launched.running).await;
    assert_eq!(end.cause, Cause::Stopped { signal: "SIGTERM".to_owned() });
    assert!(!ecs.runs(order.launch_id).await);
    let reasons: BTreeSet<_> =
        ecs.given("StopTask").await.iter().map(|it| it["reason"].to_string()).collect();
    assert_eq!(reasons.into_iter().collect::<Vec<_>>(), [r#""Stopped by Castra""#]);
}

/// Its agent dies between RunTask and writing down the handle.
#[tokio::test]
async fn an_agent_that_died_after_running_the_task_finds_it_and_its_end() {
    let Some(ecs) = Ecs::start() else { return };
    ecs.control("clusters", json!({ "name": "other" })).await;
    for kwargs in [json!({}), json!({ "startedBy": "me" }), json!({ "cluster": "other" })] {
        let order = order(ecs.script_with("exit 3", json!({ "run_task_kwargs": kwargs })));
        let first = ecs.launcher().await;
        let mut launched = first.start(&order).await.unwrap();
        story(&first, &mut launched.running).await;
        drop((first, launched));

        let launcher = ecs.launcher().await;
        let mut adopted = launcher.adopt(&known(&order, None)).await.remove(&order.launch_id).unwrap();
        assert_eq!(
            story(&launcher, &mut adopted.running).await.1.cause,
            Cause::Exited { code: 3 },
            "{kwargs}"
        );
        assert_eq!(ecs.tasks(order.launch_id).await.len(), 1);
    }
}

#[tokio::test]
async fn a_stop_that_an_earlier_agent_asked_for_is_castras_own() {
    let Some(ecs) = Ecs::start() else { return };
    let order = order(ecs.script("sleep 600"));
    let first = ecs.launcher().await;
    let mut launched = first.start(&order).await.unwrap();
    started(&first, &mut launched).await;
    let handle = launched.handle.clone();
    first.stop(&mut launched.running).await;
    drop((first, launched));

    let launcher = ecs.launcher().await;
    let mut adopted = launcher.adopt(&known(&order, Some(&handle))).await.remove(&order.launch_id).unwrap();
    let end = story(&launcher, &mut adopted.running).await.1;
    assert_eq!(end.cause, Cause::Stopped { signal: "SIGTERM".to_owned() });
}

#[tokio::test]
async fn many_tasks_are_looked_at_together() {
    let Some(ecs) = Ecs::start() else { return };
    let launcher = ecs.launcher().await;
    let mut all = Vec::new();
    for _ in 0..120 {
        all.push(launcher.start(&order(ecs.script("sleep 600"))).await.unwrap());
    }
    loop {
        let looks = ecs.given("DescribeTasks").await;
        let sizes: BTreeSet<_> = looks.iter().map(|look| look["tasks"].as_array().unwrap().len()).collect();
        assert!(sizes.last() <= Some(&100), "{sizes:?}");
        if sizes.contains(&100) && sizes.contains(&20) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn launches_are_not_looked_at_one_by_one() {
    let Some(ecs) = Ecs::start() else { return };
    let config = EcsConfig { poll_interval: Duration::from_secs(3600), ..ecs.config() };
    let launcher = ecs.launcher_with(config).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(launcher.start(&order(ecs.script("sleep 600"))).await.unwrap());
    }
    assert!(
        ecs.given("DescribeTasks").await.len() <= 1,
        "only the first one wakes a poller that has nothing to do"
    );
    // Whoever waits for an end is not kept waiting.
    launcher.stop(&mut all[4].running).await;
}

/// The actions that the agent's role needs stand on its page; they are the ones that it asks for.
#[tokio::test]
async fn the_page_lists_the_permissions_that_are_needed() {
    let Some(ecs) = Ecs::start() else { return };
    let config = EcsConfig { credential_parameters: Some("/castra".to_owned()), ..ecs.config() };
    for config in [ecs.config(), config] {
        let launcher = ecs.launcher_with(config).await;
        let failing = order(ecs.script("echo oh; exit 3"));
        let mut launched = launcher.start(&failing).await.unwrap();
        story(&launcher, &mut launched.running).await;
        launcher.remove(failing.launch_id, None).await;
        let stopped = order(ecs.script("sleep 600"));
        let mut launched = launcher.start(&stopped).await.unwrap();
        launcher.stop(&mut launched.running).await;
        launcher.adopt(&[KnownLaunch { launch_id: uuid::Uuid::new_v4(), handle: None }]).await;
    }
    let calls = ecs.control("calls", json!({})).await;
    let asked: BTreeSet<_> = calls
        .as_array()
        .unwrap()
        .iter()
        .map(|call| format!("{}:{}", call["service"].as_str().unwrap(), call["action"].as_str().unwrap()))
        .collect();
    // AWS asks for these on top: tags at creation, roles that are handed on, and files in S3.
    let implied = ["ecs:TagResource", "iam:PassRole", "s3:GetObject"].map(str::to_owned);
    let page = include_str!("../../../docs/ecs.md");
    let begin = page.find("```json").unwrap() + "```json".len();
    let policy: Value =
        serde_json::from_str(&page[begin..begin + page[begin..].find("```").unwrap()]).unwrap();
    let granted: BTreeSet<_> = policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|statement| statement["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(granted, asked.into_iter().chain(implied).collect());
}
