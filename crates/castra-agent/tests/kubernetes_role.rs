//! The role of the Kubernetes agent is what the agent asks a real API server for. That nothing is missing, every test of the
//! launcher shows, because none of them is allowed more; that nothing is too much is shown here.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use std::collections::BTreeSet;

use castra_agent::launchers::kubernetes::{KubernetesLauncher, role_rules};
use castra_agent::launchers::{KnownLaunch, LaunchError, Launcher, Observation};
use castra_render::kubernetes::KubernetesConfig;
use kube::Client;
use support::kubernetes::Kubernetes;
use support::requests::written_down;
use support::{Starts as _, order};

/// What the role allows, each as one request.
fn allowed(config: &KubernetesConfig) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for rule in role_rules(config) {
        let (group, resource) = (rule.api_groups.unwrap().remove(0), rule.resources.unwrap().remove(0));
        let dot = if group.is_empty() { "" } else { "." };
        allowed.extend(rule.verbs.iter().map(|verb| format!("{verb} {resource}{dot}{group}")));
    }
    allowed
}

/// What an agent asks for that does whatever a launcher can be asked to do.
async fn asked_for(kubernetes: &Kubernetes, config: &KubernetesConfig) -> BTreeSet<String> {
    let client = Client::try_from(kubernetes.agent(config).await).unwrap();
    let (client, asked) = written_down(client);
    let agent = kubernetes.folder.agent();
    let launcher = KubernetesLauncher::with_client(&agent, config.clone(), client).await.unwrap();

    let failing = order(kubernetes.script("exit 3"));
    let mut launched = launcher.start(&failing).await.unwrap();
    while !matches!(launcher.observe(&mut launched.running).await, Observation::Ended(_)) {}
    launcher.remove(failing.launch_id, Some(&launched.handle)).await;

    let cancelled = order(kubernetes.script(r#"sleep 600 & echo up > "$PIPE"; wait"#));
    let mut launched = launcher.start(&cancelled).await.unwrap();
    let again = launcher.start(&cancelled).await.map(|_| ());
    assert!(matches!(again, Err(LaunchError::NotLaunched(_))), "{again:?}");
    kubernetes.is_up().await;
    launcher.stop(&mut launched.running).await;
    launcher.remove(cancelled.launch_id, None).await;

    let broken_off = order(kubernetes.script("exit 0"));
    kubernetes.create_job_alone(&broken_off).await;
    launcher.adopt(&[KnownLaunch { launch_id: broken_off.launch_id, handle: None }]).await;

    let asked = asked.lock().unwrap();
    asked.iter().cloned().collect()
}

#[tokio::test]
async fn the_role_allows_what_is_asked_for_and_nothing_else() {
    let Some(kubernetes) = Kubernetes::find().await else { return };
    for delete_finished_jobs in [true, false] {
        let config = KubernetesConfig { delete_finished_jobs, ..kubernetes.config() };
        assert_eq!(asked_for(&kubernetes, &config).await, allowed(&config));
    }
}
