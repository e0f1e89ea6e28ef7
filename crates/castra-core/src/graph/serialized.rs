//! A flow in the form in which it is registered (prefect 1.4.1 `FlowSchema`).

use serde_json::{Value, json};

use super::{Edge, FlowError, FlowGraph, GraphError, Parameter, Task, WIRE_VERSION};
use crate::field::{Field, FieldError};
use crate::schedule::Schedule;

/// What a client sends when it registers a flow: read field by field, checked as a graph by [`SerializedFlow::graph`].
#[derive(Debug, Clone, PartialEq)]
pub struct SerializedFlow {
    /// Its name; flows of one name in one project are versions of each other.
    pub name: String,
    /// What it is, as a dotted path: `prefect.core.flow.Flow`.
    pub flow_type: String,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// What its runs are given, sorted by slug.
    pub parameters: Vec<Parameter>,
    /// Its tasks. The client registers them in batches of their own and leaves them out here.
    pub tasks: Vec<Task>,
    /// Its edges, registered likewise.
    pub edges: Vec<Edge>,
    /// Slugs of the tasks whose ends decide the end of the run; none means the terminal tasks.
    pub reference_tasks: Vec<String>,
    /// Where and how its runs are executed, in its wire form; null if not set.
    pub run_config: Value,
    /// Where its code is kept, in its wire form; null if not set.
    pub storage: Value,
    /// The Prefect version that serialized it.
    pub version: String,
}

impl SerializedFlow {
    /// A flow of this graph without parameters, schedule, run config and storage.
    pub fn new(name: impl Into<String>, graph: &FlowGraph) -> Self {
        SerializedFlow {
            name: name.into(),
            flow_type: "prefect.core.flow.Flow".to_owned(),
            schedule: None,
            parameters: Vec::new(),
            tasks: graph.tasks().to_vec(),
            edges: graph.edges().to_vec(),
            reference_tasks: graph.reference_tasks.clone(),
            run_config: Value::Null,
            storage: Value::Null,
            version: WIRE_VERSION.to_owned(),
        }
    }

    /// Reads a serialized flow.
    ///
    /// # Errors
    /// [`FlowError`] naming the path of what is wrong, from `flow` on.
    pub fn from_json(wire: &Value) -> Result<SerializedFlow, FlowError> {
        let flow = Field::root("flow", wire);
        let text = |name: &str| -> Result<Option<String>, FieldError> {
            flow.get(name)?.present().map(|text| text.string().map(str::to_owned)).transpose()
        };
        Ok(SerializedFlow {
            name: flow.get("name")?.string()?.to_owned(),
            flow_type: text("type")?.unwrap_or_default(),
            schedule: flow
                .get("schedule")?
                .present()
                .map(|schedule| Schedule::read(&schedule))
                .transpose()?,
            parameters: list(&flow.get("parameters")?, Parameter::read)?,
            tasks: list(&flow.get("tasks")?, Task::read)?,
            edges: list(&flow.get("edges")?, Edge::read)?,
            reference_tasks: list(&flow.get("reference_tasks")?, slug)?,
            run_config: flow.get("run_config")?.value(),
            storage: flow.get("storage")?.value(),
            version: text("__version__")?.unwrap_or_default(),
        })
    }

    /// The graph of its tasks and edges.
    ///
    /// # Errors
    /// [`GraphError`] as [`FlowGraph::new`].
    pub fn graph(&self) -> Result<FlowGraph, GraphError> {
        FlowGraph::new(self.tasks.clone(), self.edges.clone(), self.reference_tasks.clone())
    }

    /// Writes what [`SerializedFlow::from_json`] reads.
    pub fn to_json(&self) -> Value {
        let reference_task = |slug: &String| json!({"slug": slug, "__version__": WIRE_VERSION});
        json!({
            "name": self.name,
            "type": self.flow_type,
            "schedule": self.schedule.as_ref().map(Schedule::to_json),
            "parameters": self.parameters.iter().map(Parameter::write).collect::<Value>(),
            "tasks": self.tasks.iter().map(Task::write).collect::<Value>(),
            "edges": self.edges.iter().map(Edge::write).collect::<Value>(),
            "reference_tasks": self.reference_tasks.iter().map(reference_task).collect::<Value>(),
            "run_config": self.run_config,
            "storage": self.storage,
            "__version__": self.version,
        })
    }
}

/// Reads a list of serialized tasks, called `name` in errors: a batch of `register_tasks`.
///
/// # Errors
/// [`FieldError`] naming the path of what is wrong.
pub fn read_tasks(name: &str, wire: &Value) -> Result<Vec<Task>, FieldError> {
    list(&Field::root(name, wire), Task::read)
}

/// Reads a list of serialized edges, called `name` in errors: a batch of `register_edges`.
///
/// # Errors
/// [`FieldError`] naming the path of what is wrong.
pub fn read_edges(name: &str, wire: &Value) -> Result<Vec<Edge>, FieldError> {
    list(&Field::root(name, wire), Edge::read)
}

fn slug(task: &Field) -> Result<String, FieldError> {
    Ok(task.get("slug")?.string()?.to_owned())
}

fn list<T>(field: &Field, read: impl Fn(&Field) -> Result<T, FieldError>) -> Result<Vec<T>, FieldError> {
    field.items()?.iter().map(read).collect()
}
