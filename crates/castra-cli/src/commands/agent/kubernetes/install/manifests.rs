//! What is installed: the objects that have an agent run in a namespace, with no more rights than it needs. Pure.

use serde_json::{Map, Value, json};

/// Where the agent keeps what it keeps.
const HOME: &str = "/var/lib/castra";

/// What is to be installed.
pub(super) struct Installation<'a> {
    /// The name of every object.
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    /// What the agent may do in its namespace, in the words of a Role.
    pub(super) rules: Value,
    pub(super) image_pull_secrets: &'a [String],
    pub(super) container: Container<'a>,
}

/// The agent's container.
pub(super) struct Container<'a> {
    pub(super) image: &'a str,
    pub(super) image_pull_policy: Option<&'a str>,
    /// What `castra` is called with.
    pub(super) arguments: Vec<String>,
    pub(super) requests: Resources<'a>,
    pub(super) limits: Resources<'a>,
}

/// How much of what; nothing where nothing was said.
type Resources<'a> = [(&'a str, Option<&'a str>); 2];

impl Installation<'_> {
    /// The objects, in the order in which they are to be created.
    pub(super) fn manifests(&self) -> Vec<Value> {
        vec![self.service_account(), self.role(), self.role_binding(), self.deployment()]
    }

    fn metadata(&self) -> Value {
        json!({ "name": self.name, "namespace": self.namespace, "labels": self.labels() })
    }

    fn labels(&self) -> Value {
        json!({ "app.kubernetes.io/name": "castra-agent", "app.kubernetes.io/instance": self.name })
    }

    fn service_account(&self) -> Value {
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": self.metadata() })
    }

    fn role(&self) -> Value {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": self.metadata(),
            "rules": self.rules,
        })
    }

    fn role_binding(&self) -> Value {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": self.metadata(),
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": self.name },
            "subjects": [{ "kind": "ServiceAccount", "name": self.name, "namespace": self.namespace }],
        })
    }

    fn deployment(&self) -> Value {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": self.metadata(),
            "spec": {
                "replicas": 1,
                // An agent is there once: the old pod goes before the new one comes.
                "strategy": { "type": "Recreate" },
                "selector": { "matchLabels": self.labels() },
                "template": { "metadata": { "labels": self.labels() }, "spec": self.pod() },
            },
        })
    }

    /// A pod that the restricted Pod Security Standard admits. What the agent keeps need not outlive it: flow runs are
    /// found again by their labels.
    fn pod(&self) -> Value {
        let mut pod = json!({
            "serviceAccountName": self.name,
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "volumes": [{ "name": "home", "emptyDir": {} }],
            "containers": [self.container.manifest()],
        });
        if !self.image_pull_secrets.is_empty() {
            let secrets = self.image_pull_secrets.iter().map(|name| json!({ "name": name }));
            pod["imagePullSecrets"] = secrets.collect();
        }
        pod
    }
}

impl Container<'_> {
    fn manifest(&self) -> Value {
        let mut container = json!({
            "name": "agent",
            "image": self.image,
            "args": self.arguments.iter().map(|argument| literal(argument)).collect::<Vec<_>>(),
            "env": [{ "name": "CASTRA_HOME", "value": HOME }],
            "volumeMounts": [{ "name": "home", "mountPath": HOME }],
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            },
        });
        if let Some(policy) = self.image_pull_policy {
            container["imagePullPolicy"] = policy.into();
        }
        let mut resources = Map::new();
        for (kind, amounts) in [("requests", self.requests), ("limits", self.limits)] {
            let said =
                amounts.iter().filter_map(|(name, amount)| Some(((*name).to_owned(), (*amount)?.into())));
            let said: Map<String, Value> = said.collect();
            if !said.is_empty() {
                resources.insert(kind.to_owned(), said.into());
            }
        }
        if !resources.is_empty() {
            container["resources"] = resources.into();
        }
        container
    }
}

/// An argument that Kubernetes takes as it is: it would replace `$(NAME)`, and read `$$` as `$`.
fn literal(argument: &str) -> String {
    argument.replace('$', "$$")
}
