//! Run configs: where and how a flow run is executed. The six types of Prefect 1 with their fields, defaults,
//! coercions and rules (prefect 1.4.1 `prefect.run_configs`), and the JSON they travel as
//! (`prefect.serialization.run_config`).
//!
//! A run config is written with the builders (`LocalRun::new().env("A", "b").label("dev")`) or from keyword
//! arguments, then [resolved](RunConfig::resolve) on the machine where it is written; it is read from the wire by
//! servers and agents. How one is rendered for a target is the agent's business.

mod agent_kind;
mod common;
mod docker;
mod ecs;
mod error;
mod fields;
mod kind;
mod kubernetes;
mod local;
mod surroundings;
mod universal;
mod vertex;

use serde_json::{Map, Value};

pub use agent_kind::{AgentKind, WrongAgent};
pub use common::Common;
pub use docker::DockerRun;
pub use ecs::EcsRun;
pub use error::RunConfigError;
pub use kind::RunConfigKind;
pub use kubernetes::{ImagePullPolicy, KubernetesRun};
pub use local::LocalRun;
pub use surroundings::Surroundings;
pub use universal::UniversalRun;
pub use vertex::VertexRun;

use crate::field::shortened;
use crate::label::LabelSet;
use crate::nearest::nearest;
use crate::version::{SERIALIZATION_VERSION, VERSION_FIELD};
use common::Body;
use fields::{Fields, Source};

/// The field that says which run config a JSON document is.
pub const TYPE_FIELD: &str = "type";

/// Where and how a flow run is executed.
#[derive(Debug, Clone, PartialEq)]
pub enum RunConfig {
    /// On any agent.
    Universal(UniversalRun),
    /// As a process.
    Local(LocalRun),
    /// As a Docker container.
    Docker(DockerRun),
    /// As a Kubernetes job.
    Kubernetes(KubernetesRun),
    /// As an ECS task.
    Ecs(EcsRun),
    /// As a Vertex AI custom job.
    Vertex(VertexRun),
}

impl RunConfig {
    /// The run config of this kind with every field at its default.
    pub fn new(kind: RunConfigKind) -> Self {
        match kind {
            RunConfigKind::Universal => Self::Universal(UniversalRun::new()),
            RunConfigKind::Local => Self::Local(LocalRun::new()),
            RunConfigKind::Docker => Self::Docker(DockerRun::new()),
            RunConfigKind::Kubernetes => Self::Kubernetes(KubernetesRun::new()),
            RunConfigKind::Ecs => Self::Ecs(EcsRun::new()),
            RunConfigKind::Vertex => Self::Vertex(VertexRun::new()),
        }
    }

    /// Reads the wire form, as liberally as Prefect 1 does: fields may be absent or null, unknown ones are kept.
    /// Files it names are not read; see [`Self::resolve`].
    ///
    /// # Errors
    /// `type` is missing or unknown, a field has the wrong type, or fields exclude each other.
    pub fn from_json(document: &Value) -> Result<Self, RunConfigError> {
        let Value::Object(document) = document else {
            return Err(RunConfigError::NotAnObject { found: error::json_type(document) });
        };
        let mut document = document.clone();
        let kind = kind_of(document.remove(TYPE_FIELD))?;
        let run_config = Self::read(kind, Source::Wire, document)?;
        run_config.body().validate()?;
        Ok(run_config)
    }

    /// Makes a run config from keyword arguments, as the constructors of Prefect 1 do: numbers become text where
    /// text is wanted (`cpu_limit=2` is `"2"`), and everything is resolved. Stricter than those in what can only be a
    /// mistake: a string, null entry or object where a list of texts is wanted, a list or object where text is.
    ///
    /// # Errors
    /// An argument is unknown or has a value the field cannot take, arguments exclude each other, or a file that
    /// one names cannot be read.
    pub fn from_arguments(
        kind: RunConfigKind,
        arguments: &Map<String, Value>,
        surroundings: &Surroundings<'_>,
    ) -> Result<Self, RunConfigError> {
        Self::read(kind, Source::Arguments, arguments.clone())?.resolve(surroundings)
    }

    /// Checks the rules between fields and takes in what depends on the machine: a relative working directory
    /// becomes absolute, a job template or task definition in a local file is read, YAML text is parsed. Prefect 1
    /// does this wherever a run config is constructed: at the author's, and again in the agent that reads it.
    ///
    /// # Errors
    /// Fields exclude each other, a file cannot be read, or a template is not what the field takes.
    pub fn resolve(self, surroundings: &Surroundings<'_>) -> Result<Self, RunConfigError> {
        match self {
            Self::Local(run) => Ok(Self::Local(run.resolve(surroundings.current_directory))),
            Self::Kubernetes(run) => run.resolve(surroundings).map(Self::Kubernetes),
            Self::Ecs(run) => run.resolve(surroundings).map(Self::Ecs),
            Self::Universal(_) | Self::Docker(_) | Self::Vertex(_) => Ok(self),
        }
    }

    /// The wire form: every field of the type, null where it is not set, and the unknown fields that were read.
    pub fn to_json(&self) -> Value {
        let Common { env, labels, unknown } = self.body().common();
        let mut document = unknown.clone();
        document.extend(self.body().fields().into_iter().map(|(field, value)| (field.to_owned(), value)));
        document.insert("env".to_owned(), env.clone().into());
        document.insert("labels".to_owned(), labels.iter().collect());
        document.insert(TYPE_FIELD.to_owned(), self.kind().name().into());
        document.entry(VERSION_FIELD).or_insert_with(|| SERIALIZATION_VERSION.into());
        Value::Object(document)
    }

    /// Which of the six it is.
    pub fn kind(&self) -> RunConfigKind {
        match self {
            Self::Universal(_) => RunConfigKind::Universal,
            Self::Local(_) => RunConfigKind::Local,
            Self::Docker(_) => RunConfigKind::Docker,
            Self::Kubernetes(_) => RunConfigKind::Kubernetes,
            Self::Ecs(_) => RunConfigKind::Ecs,
            Self::Vertex(_) => RunConfigKind::Vertex,
        }
    }

    /// The labels an agent must have to take the run.
    pub fn labels(&self) -> &LabelSet {
        &self.body().common().labels
    }

    /// The environment variables it adds to the flow run.
    pub fn env(&self) -> Option<&Map<String, Value>> {
        self.body().common().env.as_ref()
    }

    /// The image it names, for the kinds that run one.
    pub fn image(&self) -> Option<&str> {
        match self {
            Self::Universal(_) | Self::Local(_) => None,
            Self::Docker(run) => run.image.as_deref(),
            Self::Kubernetes(run) => run.image.as_deref(),
            Self::Ecs(run) => run.image.as_deref(),
            Self::Vertex(run) => run.image.as_deref(),
        }
    }

    /// Adds labels, as registration does with those of the storage and of the `labels` argument.
    pub fn add_labels(&mut self, labels: impl IntoIterator<Item = String>) {
        self.common_mut().labels.extend(labels);
    }

    fn set_env_and_labels(&mut self, env: Option<Map<String, Value>>, labels: LabelSet) {
        let common = self.common_mut();
        common.env = env;
        common.labels = labels;
    }

    fn read(
        kind: RunConfigKind,
        source: Source,
        document: Map<String, Value>,
    ) -> Result<Self, RunConfigError> {
        let fields = Fields::new(kind, source, document);
        match kind {
            RunConfigKind::Universal => UniversalRun::read(fields).map(Self::Universal),
            RunConfigKind::Local => LocalRun::read(fields).map(Self::Local),
            RunConfigKind::Docker => DockerRun::read(fields).map(Self::Docker),
            RunConfigKind::Kubernetes => KubernetesRun::read(fields).map(Self::Kubernetes),
            RunConfigKind::Ecs => EcsRun::read(fields).map(Self::Ecs),
            RunConfigKind::Vertex => VertexRun::read(fields).map(Self::Vertex),
        }
    }

    fn body(&self) -> &dyn Body {
        match self {
            Self::Universal(run) => run,
            Self::Local(run) => run,
            Self::Docker(run) => run,
            Self::Kubernetes(run) => run,
            Self::Ecs(run) => run,
            Self::Vertex(run) => run,
        }
    }

    fn common_mut(&mut self) -> &mut Common {
        match self {
            Self::Universal(run) => &mut run.common,
            Self::Local(run) => &mut run.common,
            Self::Docker(run) => &mut run.common,
            Self::Kubernetes(run) => &mut run.common,
            Self::Ecs(run) => &mut run.common,
            Self::Vertex(run) => &mut run.common,
        }
    }
}

fn kind_of(type_field: Option<Value>) -> Result<RunConfigKind, RunConfigError> {
    let value = type_field.filter(|value| !value.is_null()).ok_or(RunConfigError::MissingType)?;
    let name = value.as_str().unwrap_or_default();
    RunConfigKind::from_name(name).ok_or_else(|| RunConfigError::UnknownType {
        value: shortened(&value),
        nearest: nearest(name, RunConfigKind::ALL.map(RunConfigKind::name)),
    })
}

/// Each run config type converts into the enum.
macro_rules! variants {
    ($($variant:ident($run_config:ident)),*) => {$(
        impl From<$run_config> for RunConfig {
            fn from(run_config: $run_config) -> Self {
                Self::$variant(run_config)
            }
        }
    )*};
}

variants!(
    Universal(UniversalRun),
    Local(LocalRun),
    Docker(DockerRun),
    Kubernetes(KubernetesRun),
    Ecs(EcsRun),
    Vertex(VertexRun)
);

#[cfg(test)]
mod tests;
