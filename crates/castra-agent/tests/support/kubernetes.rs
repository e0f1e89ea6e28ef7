//! A real Kubernetes cluster for tests, if one answers: a namespace for each test, launchers for it that may do what the
//! role of an agent allows and nothing else, shell scripts as flow runs in pods. The namespace goes at the end, and all
//! that is in it.

use std::time::Duration;

use castra_agent::launchers::kubernetes::{KubernetesLauncher, role_rules};
use castra_core::claim::Claim;
use castra_render::Order;
use castra_render::kubernetes::{KubernetesConfig, LAUNCH_ID_LABEL, Template, render};
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, Pod, Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::{PolicyRule, Role, RoleBinding};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::{Folder, claim};

/// An image with a shell; `tests/images/base.sh` builds it.
pub(crate) const IMAGE: &str = "castra-test/base:1";

/// Who launchers are.
const AGENT: &str = "castra-agent";

/// A namespace of the cluster, seen from one test, who may do everything in it.
pub(crate) struct Kubernetes {
    pub(crate) folder: Folder,
    pub(crate) client: Client,
    pub(crate) namespace: String,
}

impl Kubernetes {
    /// A namespace of the cluster that `KUBECONFIG` leads to; `None`, and a word about it, if there is none.
    pub(crate) async fn find() -> Option<Self> {
        let client = match client().await {
            Ok(client) => client,
            Err(error) => {
                println!("LEFT OUT: no Kubernetes cluster answers (KUBECONFIG names one): {error}");
                return None;
            }
        };
        let namespace = format!("castra-test-{}", Uuid::new_v4().simple());
        let body = serde_json::from_value(json!({ "metadata": { "name": namespace } })).unwrap();
        Api::<Namespace>::all(client.clone()).create(&PostParams::default(), &body).await.unwrap();
        let kubernetes = Self { folder: Folder::new(), client, namespace };
        // Pods cannot be created before their service account is.
        let accounts = kubernetes.api::<ServiceAccount>();
        while accounts.get_opt("default").await.unwrap().is_none() {
            sleep(Duration::from_millis(50)).await;
        }
        Some(kubernetes)
    }

    /// The options of a launcher; what is stopped gets a short grace, longer than a kubelet
    /// takes to see that it needed none.
    pub(crate) fn config(&self) -> KubernetesConfig {
        KubernetesConfig {
            namespace: self.namespace.clone(),
            stop_grace: Some(Duration::from_secs(6)),
            ..KubernetesConfig::default()
        }
    }

    pub(crate) async fn launcher(&self) -> KubernetesLauncher {
        self.launcher_with(self.config()).await
    }

    pub(crate) async fn launcher_with(&self, config: KubernetesConfig) -> KubernetesLauncher {
        let client = Client::try_from(self.agent(&config).await).unwrap();
        KubernetesLauncher::with_client(&self.folder.agent(), config, client).await.unwrap()
    }

    /// How an agent with these options reaches the cluster: as somebody who may do what its role allows.
    pub(crate) async fn agent(&self, config: &KubernetesConfig) -> Config {
        let user = format!("system:serviceaccount:{}:{AGENT}", self.namespace);
        self.grant(&user, role_rules(config)).await;
        let mut reach = Config::infer().await.unwrap();
        reach.auth_info.impersonate = Some(user);
        reach
    }

    /// Allows a user this, and nothing that was allowed before.
    async fn grant(&self, user: &str, rules: Vec<PolicyRule>) {
        let force = PatchParams::apply("castra-test").force();
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": { "name": AGENT }, "rules": rules,
        });
        self.api::<Role>().patch(AGENT, &force, &Patch::Apply(role)).await.unwrap();
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": AGENT },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": AGENT },
            "subjects": [{ "kind": "User", "name": user }],
        });
        self.api::<RoleBinding>().patch(AGENT, &force, &Patch::Apply(binding)).await.unwrap();
        // The API server takes a moment to heed it.
        for rule in &rules {
            for verb in &rule.verbs {
                while !self.may(user, verb, rule).await {
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    async fn may(&self, user: &str, verb: &str, rule: &PolicyRule) -> bool {
        let resource = rule.resources.as_ref().unwrap()[0].clone();
        let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
        let review = json!({ "metadata": {}, "spec": { "user": user, "resourceAttributes": {
            "namespace": self.namespace, "verb": verb, "group": rule.api_groups.as_ref().unwrap()[0],
            "resource": resource, "subresource": subresource,
        } } });
        let review: SubjectAccessReview = serde_json::from_value(review).unwrap();
        let answered = Api::all(self.client.clone()).create(&PostParams::default(), &review).await.unwrap();
        answered.status.unwrap().allowed
    }

    /// Creates the job of an order without its Secret: what is left of an agent that died in between.
    pub(crate) async fn create_job_alone(&self, order: &Order) {
        let template = Template { job: self.template(), of_run_config: true };
        let agent = self.folder.agent();
        let spec = render(order, &agent.flow_runs, &self.config(), &template).unwrap();
        let job: Job = serde_json::from_value(spec.job).unwrap();
        self.api::<Job>().create(&PostParams::default(), &job).await.unwrap();
    }

    /// A claim on a run that executes a shell script in a pod; `$PIPE` names the folder's pipe.
    pub(crate) fn script(&self, script: &str) -> Claim {
        self.script_with(script, json!({}))
    }

    /// The same with more in its run config, e.g. `memory_limit`.
    pub(crate) fn script_with(&self, script: &str, more: Value) -> Claim {
        // Kubernetes reads `$$` in arguments as an escaped `$`.
        let script = script.replace("$$", "$$$$");
        let storage = json!({
            "type": "Executable", "path": "/bin/sh", "arguments": ["-c", script, "flow"], "flow": "f",
        });
        let mut run = json!({
            "type": "KubernetesRun", "labels": [], "image": IMAGE, "image_pull_policy": "IfNotPresent",
            "env": { "PIPE": self.folder.pipe() }, "job_template": self.template(),
        });
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claim(storage, run)
    }

    /// A job template that brings the folder into the pod.
    pub(crate) fn template(&self) -> Value {
        let folder = self.folder.path().to_str().unwrap();
        json!({ "apiVersion": "batch/v1", "kind": "Job", "spec": { "template": { "spec": {
            // The first process of a container is deaf to signals that it does not handle; so another one is first.
            "shareProcessNamespace": true,
            "volumes": [{ "name": "folder", "hostPath": { "path": folder } }],
            "containers": [{ "name": "flow", "volumeMounts": [{ "name": "folder", "mountPath": folder }] }],
        } } } })
    }

    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Waits until a script has told through the pipe, and the kubelet knows of its container: the kubelet of Kubernetes
    /// 1.20 forgets for a minute to end one that it has not seen running yet.
    pub(crate) async fn is_up(&self) {
        self.folder.told().await;
        let is_running = |pod: &Pod| {
            let containers = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
            let states = containers.into_iter().flatten().filter_map(|container| container.state.as_ref());
            pod.metadata.deletion_timestamp.is_none()
                && states.into_iter().any(|state| state.running.is_some())
        };
        while !self.api().list(&ListParams::default()).await.unwrap().iter().any(is_running) {
            sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) async fn jobs(&self, launch_id: Uuid) -> Vec<Job> {
        self.api().list(&of(launch_id)).await.unwrap().items
    }

    pub(crate) async fn pods(&self, launch_id: Uuid) -> Vec<Pod> {
        self.api().list(&of(launch_id)).await.unwrap().items
    }

    pub(crate) async fn secrets(&self, launch_id: Uuid) -> Vec<Secret> {
        self.api().list(&of(launch_id)).await.unwrap().items
    }

    /// Whether anything of a launch runs, or would be started.
    pub(crate) async fn runs(&self, launch_id: Uuid) -> bool {
        let is_alive = |pod: &Pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            !matches!(phase, Some("Succeeded" | "Failed"))
        };
        let pods = self.pods(launch_id).await;
        let starts = |job: &Job| {
            let is_once = job.spec.as_ref().unwrap().backoff_limit == Some(0);
            job.metadata.deletion_timestamp.is_none() && (!is_once || pods.is_empty())
        };
        pods.iter().any(is_alive) || self.jobs(launch_id).await.iter().any(starts)
    }

    /// Whether anything of a launch is still there. The garbage collector takes a moment over what a job has owned.
    pub(crate) async fn remains(&self, launch_id: Uuid) -> bool {
        for _ in 0..300 {
            let (jobs, pods) = (self.jobs(launch_id).await, self.pods(launch_id).await);
            if jobs.is_empty() && pods.is_empty() && self.secrets(launch_id).await.is_empty() {
                return false;
            }
            sleep(Duration::from_millis(100)).await;
        }
        true
    }
}

impl Drop for Kubernetes {
    fn drop(&mut self) {
        let namespace = self.namespace.clone();
        // A test's own runtime may be ending.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let namespaces = Api::<Namespace>::all(client().await.unwrap());
                namespaces.delete(&namespace, &DeleteParams::default()).await.unwrap();
            });
        });
        removal.join().unwrap();
    }
}

async fn client() -> Result<Client, kube::Error> {
    let client = Client::try_default().await?;
    client.apiserver_version().await?;
    Ok(client)
}

fn of(launch_id: Uuid) -> ListParams {
    ListParams::default().labels(&format!("{LAUNCH_ID_LABEL}={launch_id}"))
}
