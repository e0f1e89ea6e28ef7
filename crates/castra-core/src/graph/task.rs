//! A task of a flow as prefect 1.4.1 serializes it (`prefect.serialization.task`).

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::WIRE_VERSION;
use crate::field::{Field, FieldError};

/// A task: what runs, and how it is retried, timed, triggered and cached.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its name within the flow.
    pub slug: String,
    /// Its name for people.
    pub name: Option<String>,
    /// What it is, as a dotted path: `prefect.tasks.core.function.FunctionTask`.
    pub task_type: String,
    /// Free words to find it by, sorted.
    pub tags: Vec<String>,
    /// How often it is tried again after a failure.
    pub max_retries: u32,
    /// How long it waits before it is tried again.
    pub retry_delay: Option<SignedDuration>,
    /// Seconds after which it is stopped.
    pub timeout: Option<u64>,
    /// When it runs, given the ends of its upstream tasks; `None` is the default, when all of them succeeded.
    pub trigger: Option<FunctionReference>,
    /// Whether it is skipped if an upstream task was.
    pub skip_on_upstream_skip: bool,
    /// How long its result is kept for later runs.
    pub cache_for: Option<SignedDuration>,
    /// Tasks with the same key share kept results.
    pub cache_key: Option<String>,
    /// Whether a kept result still holds.
    pub cache_validator: Option<FunctionReference>,
    /// Whether the client added it itself, such as the `List` that gathers several results into one argument.
    pub auto_generated: bool,
    /// Names and types of its arguments, as the client describes them.
    pub inputs: Value,
    /// The type of its result, as the client describes it.
    pub outputs: Value,
}

/// A function by its dotted path, with the arguments that made it.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionReference {
    /// For example `prefect.triggers.some_failed`.
    pub function: String,
    /// For example `{"at_least": 2}`.
    pub arguments: Map<String, Value>,
}

impl FunctionReference {
    /// The function at this dotted path, without arguments.
    pub fn new(function: impl Into<String>) -> Self {
        FunctionReference { function: function.into(), arguments: Map::new() }
    }

    fn read(field: &Field) -> Result<Self, FieldError> {
        let arguments = match field.get("kwargs")?.present() {
            Some(arguments) => arguments.object()?.clone(),
            None => Map::new(),
        };
        Ok(FunctionReference { function: field.get("fn")?.string()?.to_owned(), arguments })
    }

    fn write(&self) -> Value {
        json!({"fn": self.function, "kwargs": self.arguments})
    }
}

impl Task {
    /// A task of this slug, name and type with Prefect's defaults: no retries, triggered when all upstream tasks
    /// succeeded, never cached.
    pub fn new(slug: impl Into<String>, name: impl Into<String>, task_type: impl Into<String>) -> Self {
        Task {
            slug: slug.into(),
            name: Some(name.into()),
            task_type: task_type.into(),
            tags: Vec::new(),
            max_retries: 0,
            retry_delay: None,
            timeout: None,
            trigger: Some(FunctionReference::new("prefect.triggers.all_successful")),
            skip_on_upstream_skip: true,
            cache_for: None,
            cache_key: None,
            cache_validator: Some(FunctionReference::new("prefect.engine.cache_validators.never_use")),
            auto_generated: false,
            inputs: json!({}),
            outputs: json!("typing.Any"),
        }
    }

    pub(super) fn read(field: &Field) -> Result<Task, FieldError> {
        let text = |name: &str| -> Result<Option<String>, FieldError> {
            field.get(name)?.present().map(|text| text.string().map(str::to_owned)).transpose()
        };
        let function = |name: &str| -> Result<Option<FunctionReference>, FieldError> {
            field.get(name)?.present().map(|function| FunctionReference::read(&function)).transpose()
        };
        let flag = |name: &str, default: bool| -> Result<bool, FieldError> {
            field.get(name)?.present().map_or(Ok(default), |flag| flag.boolean())
        };
        Ok(Task {
            slug: field.get("slug")?.string()?.to_owned(),
            name: text("name")?,
            task_type: text("type")?.unwrap_or_default(),
            tags: field.get("tags")?.strings()?,
            max_retries: read_count(&field.get("max_retries")?)?.unwrap_or(0),
            retry_delay: read_seconds(&field.get("retry_delay")?)?,
            timeout: read_count(&field.get("timeout")?)?.map(u64::from),
            trigger: function("trigger")?,
            skip_on_upstream_skip: flag("skip_on_upstream_skip", true)?,
            cache_for: read_seconds(&field.get("cache_for")?)?,
            cache_key: text("cache_key")?,
            cache_validator: function("cache_validator")?,
            auto_generated: flag("auto_generated", false)?,
            inputs: field.get("inputs")?.value(),
            outputs: field.get("outputs")?.value(),
        })
    }

    pub(super) fn write(&self) -> Value {
        json!({
            "slug": self.slug,
            "name": self.name,
            "type": self.task_type,
            "tags": self.tags,
            "max_retries": self.max_retries,
            "retry_delay": self.retry_delay.map(write_seconds),
            "timeout": self.timeout,
            "trigger": self.trigger.as_ref().map(FunctionReference::write),
            "skip_on_upstream_skip": self.skip_on_upstream_skip,
            "cache_for": self.cache_for.map(write_seconds),
            "cache_key": self.cache_key,
            "cache_validator": self.cache_validator.as_ref().map(FunctionReference::write),
            "auto_generated": self.auto_generated,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "__version__": WIRE_VERSION,
        })
    }
}

fn read_count(field: &Field) -> Result<Option<u32>, FieldError> {
    let Some(field) = field.clone().present() else { return Ok(None) };
    let count = field.integer()?;
    u32::try_from(count).map(Some).map_err(|_| field.expected("a whole number from 0 on"))
}

fn read_seconds(field: &Field) -> Result<Option<SignedDuration>, FieldError> {
    let Some(field) = field.clone().present() else { return Ok(None) };
    let duration = SignedDuration::try_from_secs_f64(field.number()?);
    duration.map(Some).map_err(|_| field.expected("a number of seconds"))
}

fn write_seconds(duration: SignedDuration) -> Value {
    if duration.subsec_nanos() == 0 { json!(duration.as_secs()) } else { json!(duration.as_secs_f64()) }
}
