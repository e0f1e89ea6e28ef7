//! `ECSRun`: a task of Amazon ECS.

use std::fmt;

use serde_json::{Map, Value};

use super::common::{Body, Common, common_builders};
use super::error::RunConfigError;
use super::fields::Fields;
use super::kind::RunConfigKind;
use super::surroundings::Surroundings;
use crate::yaml;

const KIND: RunConfigKind = RunConfigKind::Ecs;

/// A run as an ECS task (prefect 1.4.1 `ECSRun`). At most one of the three task definitions is given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EcsRun {
    /// Env and labels.
    pub common: Common,
    /// The task definition itself; an object, though the wire takes any JSON.
    pub task_definition: Option<Value>,
    /// Where the agent finds the task definition: `s3://`, `gcs://`, `agent://` and the like. A path without such a
    /// scheme is read when the run config is resolved.
    pub task_definition_path: Option<String>,
    /// A registered task definition, as `family:revision` or full ARN; excludes `image`.
    pub task_definition_arn: Option<String>,
    /// Image to run; the image of Docker storage beats it.
    pub image: Option<String>,
    /// CPU units (`"1024"`) or vCPUs (`"1 vcpu"`).
    pub cpu: Option<String>,
    /// Memory in MiB (`"2048"`) or with a unit (`"2 GB"`).
    pub memory: Option<String>,
    /// Role that the flow's own AWS calls use.
    pub task_role_arn: Option<String>,
    /// Role that ECS pulls the image and writes logs with.
    pub execution_role_arn: Option<String>,
    /// Arguments of the RunTask call, passed on as they are.
    pub run_task_kwargs: Option<Value>,
}

impl EcsRun {
    common_builders!();

    /// Sets the task definition; excludes the other two ways to name one.
    #[must_use]
    pub fn task_definition(mut self, definition: Map<String, Value>) -> Self {
        self.task_definition = Some(Value::Object(definition));
        self
    }

    /// Sets where the agent finds the task definition; excludes the other two ways to name one.
    #[must_use]
    pub fn task_definition_path(mut self, path: impl Into<String>) -> Self {
        self.task_definition_path = Some(path.into());
        self
    }

    /// Sets a registered task definition; excludes the other two ways to name one, and the image.
    #[must_use]
    pub fn task_definition_arn(mut self, arn: impl Into<String>) -> Self {
        self.task_definition_arn = Some(arn.into());
        self
    }

    /// Sets the image to run.
    #[must_use]
    pub fn image(mut self, image: impl Into<String>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// Sets the CPU, in units (`1024`) or vCPUs (`"1 vcpu"`).
    #[must_use]
    pub fn cpu(mut self, cpu: impl fmt::Display) -> Self {
        self.cpu = Some(cpu.to_string());
        self
    }

    /// Sets the memory, in MiB (`2048`) or with a unit (`"2 GB"`).
    #[must_use]
    pub fn memory(mut self, memory: impl fmt::Display) -> Self {
        self.memory = Some(memory.to_string());
        self
    }

    /// Sets the role that the flow's own AWS calls use.
    #[must_use]
    pub fn task_role_arn(mut self, arn: impl Into<String>) -> Self {
        self.task_role_arn = Some(arn.into());
        self
    }

    /// Sets the role that ECS pulls the image and writes logs with.
    #[must_use]
    pub fn execution_role_arn(mut self, arn: impl Into<String>) -> Self {
        self.execution_role_arn = Some(arn.into());
        self
    }

    /// Sets the arguments of the RunTask call.
    #[must_use]
    pub fn run_task_kwargs(mut self, arguments: Map<String, Value>) -> Self {
        self.run_task_kwargs = Some(Value::Object(arguments));
        self
    }

    /// Reads a task definition that lies on this machine.
    pub(super) fn resolve(mut self, surroundings: &Surroundings<'_>) -> Result<Self, RunConfigError> {
        const FIELD: &str = "task_definition_path";
        self.validate()?;
        if let Some(path) = &self.task_definition_path
            && let Some(text) = surroundings.local_text(KIND, FIELD, path)?
        {
            let definition = yaml::parse(&text).map_err(|source| RunConfigError::Yaml {
                kind: KIND,
                field: FIELD,
                source,
            })?;
            self.task_definition = Some(definition).filter(|definition| !definition.is_null());
            self.task_definition_path = None;
        }
        Ok(self)
    }

    pub(super) fn read(mut fields: Fields) -> Result<Self, RunConfigError> {
        Ok(Self {
            task_definition: fields.specification("task_definition")?,
            task_definition_path: fields.string("task_definition_path")?,
            task_definition_arn: fields.text("task_definition_arn")?,
            image: fields.text("image")?,
            cpu: fields.text("cpu")?,
            memory: fields.text("memory")?,
            task_role_arn: fields.text("task_role_arn")?,
            execution_role_arn: fields.text("execution_role_arn")?,
            run_task_kwargs: fields.specification("run_task_kwargs")?,
            common: fields.common()?,
        })
    }

    /// The task definitions that were given, by field.
    fn task_definitions(&self) -> Vec<&'static str> {
        [
            ("task_definition", self.task_definition.is_some()),
            ("task_definition_path", self.task_definition_path.is_some()),
            ("task_definition_arn", self.task_definition_arn.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, given)| given.then_some(field))
        .collect()
    }
}

impl Body for EcsRun {
    fn common(&self) -> &Common {
        &self.common
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("task_definition", self.task_definition.clone().into()),
            ("task_definition_path", self.task_definition_path.clone().into()),
            ("task_definition_arn", self.task_definition_arn.clone().into()),
            ("image", self.image.clone().into()),
            ("cpu", self.cpu.clone().into()),
            ("memory", self.memory.clone().into()),
            ("task_role_arn", self.task_role_arn.clone().into()),
            ("execution_role_arn", self.execution_role_arn.clone().into()),
            ("run_task_kwargs", self.run_task_kwargs.clone().into()),
        ]
    }

    fn validate(&self) -> Result<(), RunConfigError> {
        if let [first, second, ..] = self.task_definitions()[..] {
            let reason = "each of them is the whole task definition; keep one";
            return Err(RunConfigError::Exclusive { kind: KIND, first, second, reason });
        }
        if self.task_definition_arn.is_some() && self.image.is_some() {
            return Err(RunConfigError::Exclusive {
                kind: KIND,
                first: "task_definition_arn",
                second: "image",
                reason: "a registered task definition already has its image; drop `image`, or give a task definition",
            });
        }
        Ok(())
    }
}
