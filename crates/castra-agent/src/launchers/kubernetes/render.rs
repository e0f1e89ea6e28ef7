//! Render: a run, the agent's options and a job template become one job. Pure; equal to what prefect 1.4.1's
//! `KubernetesAgent.generate_job_spec` makes for Prefect flows, with labels under `castra.dev/` added to find it again
//! by, and the credential in a Secret instead of the pod's environment.

use serde_json::Value;

/// Exactly what the API server is asked to create, in its own words.
#[derive(Clone, PartialEq)]
pub struct KubernetesSpec {
    /// The Job. Its name is derived from the launch, so that a second submission is refused as the same job.
    pub job: Value,
    /// The Secret that holds the flow run's credential, without the owner it gets once the job exists; `None` only where
    /// a run is rendered without a credential.
    pub secret: Option<Value>,
}
