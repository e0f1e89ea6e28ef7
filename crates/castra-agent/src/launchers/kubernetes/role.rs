//! Role: what the agent has to be allowed in its namespace, in the words of Kubernetes' access control: the requests of
//! `api.rs` and `watch.rs`, and nothing else. `tests/kubernetes_role.rs` compares it with what is really asked for.

use castra_render::kubernetes::KubernetesConfig;
use k8s_openapi::api::rbac::v1::PolicyRule;

/// The rules of a Role with which an agent with these options can work.
pub fn role_rules(config: &KubernetesConfig) -> Vec<PolicyRule> {
    // Where finished jobs are kept, their Secrets do not go with them.
    let secrets: &[_] =
        if config.delete_finished_jobs { &["create", "get"] } else { &["create", "delete", "get"] };
    vec![
        rule("batch", "jobs", &["create", "delete", "get", "list", "patch", "watch"]),
        rule("", "pods", &["delete", "list", "watch"]),
        rule("", "pods/log", &["get"]),
        rule("", "events", &["list", "watch"]),
        rule("", "secrets", secrets),
    ]
}

fn rule(group: &str, resource: &str, verbs: &[&str]) -> PolicyRule {
    PolicyRule {
        api_groups: Some(vec![group.to_owned()]),
        resources: Some(vec![resource.to_owned()]),
        verbs: verbs.iter().map(|&verb| verb.to_owned()).collect(),
        ..PolicyRule::default()
    }
}
