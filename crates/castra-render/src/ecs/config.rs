//! Options of the ECS agent.

use std::time::Duration;

use castra_core::python::is_true;
use castra_core::yaml::{self, YamlError};
use serde_json::{Map, Value, json};

/// How the ECS agent launches (prefect 1.4.1 `ECSAgent.__init__`).
#[derive(Clone, Debug, PartialEq)]
pub struct EcsConfig {
    /// The cluster of runs whose run config names none; `None`: the account's default one.
    pub cluster: Option<String>,
    /// `FARGATE` or `EC2`, as it was given; what applies is [`Self::launch_type`].
    pub launch_type: Option<String>,
    /// The role of tasks for which neither the run config nor the task definition names one.
    pub task_role_arn: Option<String>,
    /// The execution role of tasks for which neither the run config nor the task definition names one.
    pub execution_role_arn: Option<String>,
    /// The task definition of runs whose run config has none; see [`Self::read_task_definition`].
    pub task_definition: Value,
    /// The arguments of every RunTask; see [`Self::read_run_task_kwargs`].
    pub run_task_kwargs: Map<String, Value>,
    /// What the names of the SSM parameters begin with that credentials are kept in, e.g. `/castra/credentials`; `None`:
    /// credentials are variables of RunTask, as in Prefect 1.
    pub credential_parameters: Option<String>,
    /// How often the tasks of the agent's launches are looked at.
    pub poll_interval: Duration,
}

/// Why a file of the ECS agent cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EcsConfigError {
    /// It is not YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// It holds something else than an object.
    #[error("an object is needed, as AWS takes it: `{example}`")]
    NotAnObject {
        /// What one looks like.
        example: &'static str,
    },
}

impl Default for EcsConfig {
    fn default() -> Self {
        Self {
            cluster: None,
            launch_type: None,
            task_role_arn: None,
            execution_role_arn: None,
            task_definition: default_task_definition(),
            run_task_kwargs: Map::new(),
            credential_parameters: None,
            poll_interval: Duration::from_secs(3),
        }
    }
}

impl EcsConfig {
    /// Reads the file of `--task-definition`.
    ///
    /// # Errors
    /// [`EcsConfigError`].
    pub fn read_task_definition(text: &str) -> Result<Value, EcsConfigError> {
        let example = "containerDefinitions: [{name: flow}]";
        object(text, example).map(Value::Object)
    }

    /// Reads the file of `--run-task-kwargs`.
    ///
    /// # Errors
    /// [`EcsConfigError`].
    pub fn read_run_task_kwargs(text: &str) -> Result<Map<String, Value>, EcsConfigError> {
        object(text, "cluster: my-cluster")
    }

    /// The launch type that applies: Fargate unless the agent was told otherwise. Where the agent's arguments of RunTask
    /// say which capacity providers to use, there is none unless one was given.
    pub fn launch_type(&self) -> Option<String> {
        let given = self.launch_type.as_deref().filter(|launch_type| !launch_type.is_empty());
        match (given, self.names_capacity_providers()) {
            (given, true) => given.map(str::to_owned),
            (Some(given), false) => Some(given.to_uppercase()),
            (None, false) => Some("FARGATE".to_owned()),
        }
    }

    /// Whether the agent infers the network configuration from the default VPC: on Fargate, which cannot do without one,
    /// unless its own arguments of RunTask hold one.
    pub fn infers_network_configuration(&self) -> bool {
        let is_fargate = self.launch_type().as_deref() == Some("FARGATE");
        is_fargate && !self.run_task_kwargs.get("networkConfiguration").is_some_and(is_true)
    }

    /// The cluster of runs whose run config names none: the agent's option beats its file.
    pub fn cluster_of_all_runs(&self) -> Option<&str> {
        let of_file = || self.run_task_kwargs.get("cluster").and_then(Value::as_str);
        let own = self.cluster.as_deref().filter(|cluster| !cluster.is_empty());
        own.or_else(of_file).filter(|cluster| !cluster.is_empty())
    }

    pub(super) fn names_capacity_providers(&self) -> bool {
        self.run_task_kwargs.get("capacityProviderStrategy").is_some_and(is_true)
    }
}

/// The task definition of agents that were given none: the smallest that Fargate takes with one vCPU.
fn default_task_definition() -> Value {
    json!({
        "networkMode": "awsvpc",
        "cpu": 1024,
        "memory": 2048,
        "containerDefinitions": [{ "name": "flow" }],
    })
}

fn object(text: &str, example: &'static str) -> Result<Map<String, Value>, EcsConfigError> {
    match yaml::parse(text)? {
        Value::Object(object) => Ok(object),
        _ => Err(EcsConfigError::NotAnObject { example }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(launch_type: Option<&str>, run_task_kwargs: Value) -> EcsConfig {
        EcsConfig {
            launch_type: launch_type.map(str::to_owned),
            run_task_kwargs: serde_json::from_value(run_task_kwargs).unwrap(),
            ..EcsConfig::default()
        }
    }

    #[test]
    fn the_launch_type_is_fargate_unless_something_else_is_asked_for() {
        let providers = json!({ "capacityProviderStrategy": [{ "capacityProvider": "FARGATE_SPOT" }] });
        let cases = [
            (None, json!({}), Some("FARGATE")),
            (Some(""), json!({}), Some("FARGATE")),
            (Some("ec2"), json!({}), Some("EC2")),
            (Some("EC2"), json!({ "launchType": "FARGATE" }), Some("EC2")),
            (None, json!({ "capacityProviderStrategy": [] }), Some("FARGATE")),
            (None, providers.clone(), None),
            (Some("ec2"), providers, Some("ec2")),
        ];
        for (given, kwargs, expected) in cases {
            assert_eq!(
                config(given, kwargs.clone()).launch_type().as_deref(),
                expected,
                "{given:?} {kwargs}"
            );
        }
    }

    #[test]
    fn only_fargate_without_a_network_configuration_has_one_inferred() {
        let providers = json!({ "capacityProviderStrategy": [{ "capacityProvider": "FARGATE_SPOT" }] });
        assert!(config(None, json!({})).infers_network_configuration());
        assert!(config(None, json!({ "networkConfiguration": {} })).infers_network_configuration());
        assert!(config(Some("FARGATE"), providers.clone()).infers_network_configuration());
        assert!(!config(None, providers).infers_network_configuration());
        assert!(!config(Some("EC2"), json!({})).infers_network_configuration());
        let given = json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["a"] } } });
        assert!(!config(None, given).infers_network_configuration());
    }

    #[test]
    fn the_files_hold_objects() {
        assert_eq!(EcsConfig::read_task_definition("cpu: 1024").unwrap(), json!({ "cpu": 1024 }));
        insta::assert_snapshot!(EcsConfig::read_run_task_kwargs("").unwrap_err(), @"an object is needed, as AWS takes it: `cluster: my-cluster`");
        insta::assert_snapshot!(EcsConfig::read_task_definition("- a").unwrap_err(), @"an object is needed, as AWS takes it: `containerDefinitions: [{name: flow}]`");
        insta::assert_snapshot!(EcsConfig::read_task_definition("a: [").unwrap_err(), @"the YAML text is wrong at line 2, column 1: while parsing a node, did not find expected node content");
    }
}
