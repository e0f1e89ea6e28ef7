//! `castra agent kubernetes install`: what it prints is applied to a real cluster, with Castra's own image; the
//! agent that comes of it runs flows with no more rights than its role gives, and outlives its pod.

use std::fs;

use castra_core::state::StateKind;
use serde_json::{Value, json};

use crate::support::cluster::{self, Namespace};
use crate::support::engine::{self, BASE, ImageName, castra_image};
use crate::support::{Witness, World, castra, eventually};

const AGENT: &str = "app.kubernetes.io/instance=castra-agent";
const LAUNCH: &str = "castra.dev/launch-id";

/// Options of a run of the witness in a pod, which sees its program and the world's folder where they are on this
/// machine.
fn options(world: &World, gate: &str) -> Value {
    let (folder, program) = (world.path(""), crate::support::witness_program());
    let folders = [folder.as_path(), program.parent().unwrap()];
    let volumes = folders
        .iter()
        .enumerate()
        .map(|(n, path)| json!({"name": format!("v{n}"), "hostPath": {"path": path}}));
    let mounts =
        folders.iter().enumerate().map(|(n, path)| json!({"name": format!("v{n}"), "mountPath": path}));
    let (volumes, mounts): (Vec<_>, Vec<_>) = (volumes.collect(), mounts.collect());
    let template = json!({"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": {
        "volumes": volumes, "containers": [{"name": "flow", "volumeMounts": mounts}],
    }}}});
    json!({
        "parameters": {"gate": world.path(gate)},
        "run_config": {
            "type": "KubernetesRun", "labels": ["cluster"], "image": BASE, "image_pull_policy": "IfNotPresent",
            "env": {"WITNESS_FILE": world.path("testimonies")}, "job_template": template,
        },
    })
}

/// The same, and the address of the API server: the pods of a cluster for tests may have no way to its service.
fn with_a_way_to_the_api_server(printed: &str) -> String {
    let (host, port) = cluster::api_server();
    let variable =
        |name: &str, value: &str| format!("        - name: {name}\n          value: \"{value}\"\n");
    let mut variables = "        env:\n".to_owned();
    variables += &variable("KUBERNETES_SERVICE_HOST", &host);
    variables += &variable("KUBERNETES_SERVICE_PORT", &port);
    assert_eq!(printed.matches("        env:\n").count(), 1, "{printed}");
    printed.replace("        env:\n", &variables)
}

/// The agent's pod, once it is ready.
async fn agent_pod(namespace: &Namespace, other_than: &str) -> String {
    eventually("the agent's pod is ready", async || {
        let pods = namespace.list("pods", AGENT);
        let ready = pods.iter().find(|pod| {
            pod["metadata"]["deletionTimestamp"].is_null()
                && pod["metadata"]["name"] != other_than
                && pod["status"]["containerStatuses"][0]["ready"] == true
        });
        match ready {
            Some(pod) => Ok(pod["metadata"]["name"].as_str().unwrap().to_owned()),
            None => Err(json!(pods)),
        }
    })
    .await
}

#[tokio::test]
async fn an_installed_agent_runs_flows_and_outlives_its_pod() {
    if !engine::answers() {
        return;
    }
    let Some(namespace) = Namespace::create().await else { return };
    let name = ImageName::new("castra");
    let image = castra_image(&name);
    let world = World::at(&engine::host_address(), castra).await;
    let witness = Witness::register(&world).await;

    let mut install =
        vec!["agent", "kubernetes", "install", "--image", &image, "--image-pull-policy", "Never"];
    install.extend(["--namespace", &namespace.0, "--label", "cluster"]);
    let printed = world.castra(&install);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""), "{printed}");
    let manifests = with_a_way_to_the_api_server(&printed.stdout);
    insta::assert_snapshot!(namespace.have("apply", &manifests), @"
    serviceaccount/castra-agent created
    role.rbac.authorization.k8s.io/castra-agent created
    rolebinding.rbac.authorization.k8s.io/castra-agent created
    deployment.apps/castra-agent created
    ");
    let run = world.api.create_run(&witness.flow, options(&world, "gate")).await;
    world.api.reaches(&run, StateKind::Running).await;
    let pod = agent_pod(&namespace, "").await;
    namespace.kubectl(&["delete", "pod", &pod, "--grace-period=0", "--force"]).unwrap();
    let pod = agent_pod(&namespace, &pod).await;
    fs::write(world.path("gate"), "").unwrap();
    let run = world.api.ends(&run).await;
    let launches = run["launches"].as_array().unwrap();
    assert_eq!((&run["state"], launches.len()), (&json!("Success"), 1), "{run:#}");
    assert_eq!(launches[0]["cause"], json!({"kind": "exited", "code": 0}));
    assert_eq!(witness.testimonies().len(), 1);
    eventually("its job is removed", async || match namespace.list("jobs,pods,secrets", LAUNCH) {
        left if left.is_empty() => Ok(()),
        left => Err(json!(left)),
    })
    .await;
    let log = namespace.kubectl(&["logs", &pod]).unwrap();
    assert!(log.contains("adopted a flow run that an earlier agent launched"), "{log}");
    assert!(!log.contains("forbidden") && !log.contains("does not let the agent"), "{log}");

    namespace.have("delete", &manifests);
    let kinds = "serviceaccounts,roles,rolebindings,deployments,replicasets,pods";
    eventually("nothing is left of it", async || match namespace.list(kinds, AGENT) {
        left if left.is_empty() => Ok(()),
        left => Err(json!(left)),
    })
    .await;
}
