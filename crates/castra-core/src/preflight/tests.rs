//! Run configs and what is found wrong with them.

use serde_json::{Value, json};

use super::*;

/// The findings, one per line.
fn found(run_config: Value) -> String {
    let findings = preflight(&RunConfig::from_json(&run_config).unwrap());
    let line = |it: &Finding| format!("{:?} {}: {}", it.severity, it.field, it.message);
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_is_wrong_with_defaults_or_a_good_config() {
    for kind in ["UniversalRun", "LocalRun", "DockerRun", "KubernetesRun", "ECSRun", "VertexRun"] {
        assert_eq!(found(json!({"type": kind, "image": null})), "", "{kind}");
    }
    let run_config = json!({
        "type": "KubernetesRun", "image": "busybox", "cpu_request": "500m", "cpu_limit": "1", "memory_request": "1Gi",
        "memory_limit": "1024Mi", "service_account_name": "flows", "image_pull_secrets": ["key"], "env": {"A": "b"},
        "job_template": {"kind": "Job", "apiVersion": "batch/v1",
            "spec": {"template": {"spec": {"restartPolicy": "OnFailure", "containers": [{"name": "flow"}]}}}},
    });
    assert_eq!(found(run_config), "");
}

#[test]
fn resources_and_names_of_kubernetes() {
    insta::assert_snapshot!(found(json!({
        "type": "KubernetesRun", "cpu_request": "2", "cpu_limit": "500m", "memory_request": "2", "memory_limit": "2GB",
        "service_account_name": "My Account", "image_pull_secrets": ["ok", "not_ok"],
    })), @r#"
    Error cpu_limit: the limit 500m is less than the request 2, which Kubernetes refuses: raise the limit or lower cpu_request
    Error memory_limit: "2GB" is no Kubernetes quantity: "GB" is no suffix (did you mean `G` or `Gi`?); there are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei and an exponent such as e3
    Warning memory_request: 2 is less than 1 MiB, too little for any process: memory is in bytes, write e.g. 2Gi
    Error service_account_name: "My Account" cannot name a Kubernetes object: a name consists of lower-case letters, digits, `-` and `.`, and begins and ends with a letter or digit, also around each `.`
    Error image_pull_secrets: "not_ok" cannot name a Kubernetes object: a name consists of lower-case letters, digits, `-` and `.`, and begins and ends with a letter or digit, also around each `.`
    "#);
    insta::assert_snapshot!(found(json!({"type": "KubernetesRun", "cpu_limit": "-1"})), @"Error cpu_limit: -1 is less than nothing: give 0 or more");
}

#[test]
fn job_templates() {
    let template = |template: Value| found(json!({"type": "KubernetesRun", "job_template": template}));
    insta::assert_snapshot!(template(json!({"kind": "CronJob", "apiVersion": "batch/v1beta1"})), @r#"
    Error job_template.kind: "CronJob" does not fit a Job: write Job
    Error job_template.apiVersion: "batch/v1beta1" does not fit a Job: write batch/v1
    Error job_template.spec.template.spec: a Job needs an object here, the pod's, with at least one container in `containers`
    "#);
    insta::assert_snapshot!(template(json!({"spec": {"template": {"spec": {
        "restartPolicy": "Always", "containers": [{"image": "busybox"}],
    }}}})), @r#"
    Error job_template.spec.template.spec.restartPolicy: "Always" does not fit a Job: write Never or OnFailure
    Error job_template.spec.template.spec.containers[0].name: the first container, in which the flow run runs, needs a name, e.g. `flow`
    "#);
}

#[test]
fn docker_runs() {
    insta::assert_snapshot!(found(json!({
        "type": "DockerRun", "image": "Flow", "ports": [80, 80, 0, 70000], "env": {"A=B": "c"},
        "host_config": {"mem_limits": "1g", "Privileged": true, "mem_limit": "a lot"},
    })), @r#"
    Error env: "A=B" cannot name an environment variable: a name is not empty and holds neither `=` nor NUL
    Error image: "Flow" is no image reference: "Flow" has upper-case letters; its path is written in lower case
    Error ports: 0 is no port: ports go from 1 to 65535
    Error ports: 70000 is no port: ports go from 1 to 65535
    Warning ports: 80 is given twice: keep one
    Error host_config.mem_limits: docker-py knows no such option (did you mean `mem_limit`?): use a name that its `HostConfig` takes
    Error host_config.Privileged: docker-py knows no such option (did you mean `privileged`?): use a name that its `HostConfig` takes
    Error host_config: host_config option `mem_limit` cannot be "a lot": "a lot" is no amount of memory: write a number with one of the units b, k, m, g, e.g. 512m
    "#);
}

#[test]
fn vertex_runs() {
    let fine = json!({
        "type": "VertexRun", "machine_type": "e2-highmem-16", "service_account": "a@p.iam.gserviceaccount.com",
        "network": "projects/1/global/networks/n", "scheduling": {"timeout": "3600s", "unknown": 1},
        "worker_pool_specs": [
            {"machine_spec": {"machine_type": "e2-standard-4", "unknown": 1}, "replica_count": 1}, {},
            {"replicaCount": "3", "containerSpec": {"imageUri": "my-image"}},
        ],
    });
    assert_eq!(found(fine), "");
    insta::assert_snapshot!(found(json!({
        "type": "VertexRun", "service_account": "me", "network": "my-network", "scheduling": {"timeout": 3600},
        "worker_pool_specs": [
            {"container_spec": {}, "python_package_spec": {}},
            {"machine_spec": {"machine_type": "e2-highmem-16"}, "replica_count": 3},
            {"container_spec": {"image": "my-image"}},
        ],
    })), @r#"
    Error worker_pool_specs[1]: this worker pool has no container: give it a `container_spec` with an `image_uri`, or a `python_package_spec`; only the first pool gets the flow's container
    Warning worker_pool_specs[0].container_spec: the agent puts the flow's container here: give an image with `image`, variables with `env`
    Warning worker_pool_specs[0].python_package_spec: the first pool runs the flow's container, and Vertex AI takes one of both only
    Warning worker_pool_specs[2].container_spec.image: Google's name for it is `image_uri`, under which it is sent
    Error scheduling.timeout: 3600 is no duration of Google's: write seconds with an `s` behind, e.g. 3600s
    Warning service_account: "me" does not look like a service account: it is known by its address, e.g. my-account@my-project.iam.gserviceaccount.com
    Warning network: Vertex AI knows a network by its full name, with the number of its project: projects/12345/global/networks/my-network
    "#);
    insta::assert_snapshot!(found(json!({"type": "VertexRun", "scheduling": {"timeout": "1h"}, "worker_pool_specs": []})), @r#"
    Error worker_pool_specs: there is no pool for the flow: leave it out, or describe the pool that the flow runs in
    Error scheduling.timeout: "1h" is no duration of Google's: write seconds with an `s` behind, e.g. 3600s
    "#);
}

#[test]
fn sizes_of_ecs_tasks() {
    let size = |cpu: Value, memory: Value| found(json!({"type": "ECSRun", "cpu": cpu, "memory": memory}));
    for (cpu, memory) in [("256", "512"), ("2 vcpu", "4 GB"), (".25 vCPU", "2GB"), ("64 vcpu", "1 GB")] {
        assert_eq!(size(json!(cpu), json!(memory)), "", "{cpu} {memory}");
    }
    insta::assert_snapshot!(size(json!("2 vcpu"), json!("2 GB")), @"Warning cpu: Fargate has no tasks with 2048 CPU units and 2048 MiB: the nearest has 2048 CPU units and 4096 MiB");
    insta::assert_snapshot!(size(json!("1000"), json!(null)), @"Warning cpu: Fargate has no tasks with 1000 CPU units: the nearest has 1024 CPU units and 2048 MiB");
    insta::assert_snapshot!(size(json!("two"), json!("4 GiB")), @r#"
    Error cpu: "two" is no amount of CPU: write units of 1/1024 vCPU, e.g. "1024", or vCPUs, e.g. "1 vcpu"
    Error memory: "4 GiB" is no amount of memory: write MiB, e.g. "2048", or GB, e.g. "2 GB"
    "#);
    insta::assert_snapshot!(found(json!({
        "type": "ECSRun", "memory": "8 GB", "task_definition": {"requiresCompatibilities": ["FARGATE"], "cpu": 256, "memory": 512},
    })), @"Error cpu: Fargate has no tasks with 256 CPU units and 8192 MiB: the nearest has 1024 CPU units and 8192 MiB");
    let on_instances =
        json!({"type": "ECSRun", "cpu": "100", "memory": "100", "run_task_kwargs": {"launchType": "EC2"}});
    assert_eq!(found(on_instances), "");
}

#[test]
fn what_is_wrong_with_an_ecs_task() {
    insta::assert_snapshot!(found(json!({
        "type": "ECSRun", "task_definition": [], "run_task_kwargs": {
            "taskDefinition": "etl:1", "count": 2, "launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "spot"}],
        },
    })), @"
    Error task_definition: a task definition is an object, not []
    Error run_task_kwargs.taskDefinition: the agent sets it: name the task definition with `task_definition_arn`
    Error run_task_kwargs.count: a flow run is one task: leave it out
    Error run_task_kwargs.launchType: AWS takes it or `capacityProviderStrategy`, not both: keep one
    ");
}
