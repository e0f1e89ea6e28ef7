//! Options of the Kubernetes agent.

use std::time::Duration;

/// How the Kubernetes agent launches (prefect 1.4.1 `KubernetesAgent.__init__`).
#[derive(Clone, Debug)]
pub struct KubernetesConfig {
    /// The namespace that jobs are created in.
    pub namespace: String,
    /// The service account of pods whose run config names none.
    pub service_account_name: Option<String>,
    /// The pull secrets of pods whose run config names none.
    pub image_pull_secrets: Option<Vec<String>>,
    /// Where the template of jobs is whose run config has none; `None`: the built-in one.
    pub job_template_path: Option<String>,
    /// Whether jobs are deleted once their end is reported.
    pub delete_finished_jobs: bool,
    /// How long a pod may fail to pull its image before the run fails.
    pub image_pull_grace: Duration,
    /// How long a pod may find no node before the run fails.
    pub unschedulable_grace: Duration,
    /// How long a pod may take to end after SIGTERM before it gets SIGKILL; `None`: as its template says.
    pub stop_grace: Option<Duration>,
}

impl Default for KubernetesConfig {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            service_account_name: None,
            image_pull_secrets: None,
            job_template_path: None,
            delete_finished_jobs: true,
            image_pull_grace: Duration::from_secs(60),
            unschedulable_grace: Duration::from_secs(600),
            stop_grace: None,
        }
    }
}
