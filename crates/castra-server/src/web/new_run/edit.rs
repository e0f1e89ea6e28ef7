//! A run that is to be created, while somebody says how it is to be; and the request that comes of it.

use castra_core::label::LabelSet;
use castra_core::log_level::LogLevel;
use castra_core::runtime::Runtime;
use castra_store::create_flow_run::{CreateFlowRun, FlowToRun, Inherited};
use castra_store::view::flows::FlowView;
use castra_store::view::run::RunView;
use serde_json::{Map, Value as Json};

use super::parameters::{ParameterEdit, declared};
use super::start_time::StartEdit;
use crate::web::fields::Fields;
use crate::web::run::pretty;
use crate::web::run_config::{Base, Considered, Edit, Editing, LabelEdit};

/// What stands in the form.
#[derive(Clone, Debug)]
pub(super) struct RunEdit {
    pub(super) name: String,
    pub(super) start: StartEdit,
    pub(super) parameters: Vec<ParameterEdit>,
    /// A JSON object, or nothing.
    pub(super) context: String,
    /// A level, or nothing.
    pub(super) log_level: String,
    pub(super) editing: Editing,
}

/// What the form is made from.
#[derive(Clone, Debug)]
pub(super) struct Material {
    pub(super) flow: FlowView,
    pub(super) inherited: Inherited,
    /// An earlier run, as which this one is to be unless something is changed.
    pub(super) like: Option<RunView>,
}

impl Material {
    fn parameters(&self) -> Vec<(String, Option<Json>)> {
        declared(&self.flow.newest.parameters, &self.flow.default_parameters)
    }

    fn base(&self) -> Base {
        Base::new(self.inherited.run_config.clone()).begun_with(self.given_run_config().cloned())
    }

    /// The run config that was given with the earlier run.
    fn given_run_config(&self) -> Option<&Json> {
        let like = self.like.as_ref().filter(|run| run.run_config_source.as_deref() == Some("run"))?;
        like.run_config.as_ref()
    }

    /// The labels that were given with the earlier run.
    fn given_labels(&self) -> Option<&LabelSet> {
        let gave = |run: &&RunView| matches!(run.label_source.as_str(), "run" | "run_run_config");
        self.like.as_ref().filter(gave).map(|run| &run.labels)
    }
}

impl RunEdit {
    /// The form as it begins: as the flow has it. What was given with an earlier run is given again; what that run inherited,
    /// this one inherits as it is today.
    pub(super) fn begin(material: &Material, name: String) -> Self {
        let like = material.like.as_ref();
        let value = |name: &str| like.and_then(|run| run.parameters.get(name));
        let parameters = material.parameters().into_iter().map(|it| {
            let value = value(&it.0).cloned();
            ParameterEdit::of(it, value.as_ref())
        });
        let context = like.map(|run| &run.context).filter(|context| !context.is_empty());
        let run_config = material.given_run_config().or(material.inherited.run_config.as_ref());
        Self {
            name,
            start: StartEdit::default(),
            parameters: parameters.collect(),
            context: context.map(|context| pretty(&Json::Object(context.clone()))).unwrap_or_default(),
            log_level: String::new(),
            editing: Editing { edit: Edit::of(run_config), labels: LabelEdit::of(material.given_labels()) },
        }
    }

    /// The form as it was sent.
    pub(super) fn read(fields: &Fields, material: &Material, new_name: String) -> Self {
        let text = |name| fields.raw(name).unwrap_or_default().to_owned();
        Self {
            name: if fields.text("roll").is_some() { new_name } else { text("name") },
            start: StartEdit::read(fields),
            parameters: material.parameters().into_iter().map(|it| ParameterEdit::read(fields, it)).collect(),
            context: text("context"),
            log_level: text("log_level"),
            editing: Editing::read(fields, &material.base()),
        }
    }

    /// The run config and the labels, and what would come of them.
    pub(super) fn considered(&self, material: &Material) -> Considered {
        let edit = self.run_config(&material.flow);
        Considered::of(&edit, &self.editing.labels, &material.base(), material.inherited.clone())
    }

    /// The run config with the level of logs that was chosen: processes are told it by a variable.
    fn run_config(&self, flow: &FlowView) -> Edit {
        let edit = self.editing.edit.clone();
        match self.log_level.parse::<LogLevel>() {
            Ok(level) => {
                let runtime = Runtime::registered_by(flow.newest.core_version.as_deref());
                edit.with_variable(runtime.env_names().log_level, level.as_str())
            }
            Err(_) => edit,
        }
    }

    /// The context.
    ///
    /// # Errors
    /// It is no JSON object.
    pub(super) fn read_context(&self) -> Result<Option<Map<String, Json>>, String> {
        match self.context.trim() {
            "" => Ok(None),
            text => serde_json::from_str(text)
                .map(Some)
                .map_err(|error| format!("this is no JSON object: {error}; write it as {{\"name\": value}}")),
        }
    }

    /// Whether something outside the run config is wrong.
    pub(super) fn is_wrong(&self) -> bool {
        self.start.instant().is_err()
            || self.read_context().is_err()
            || self.parameters.iter().any(|parameter| parameter.value().is_err())
    }

    /// The request: what was not touched is not in it.
    pub(super) fn request(&self, flow: &FlowView, considered: &Considered) -> CreateFlowRun {
        let value = |parameter: &ParameterEdit| Some((parameter.name.clone(), parameter.value().ok()??));
        let parameters: Map<_, _> = self.parameters.iter().filter_map(value).collect();
        CreateFlowRun {
            parameters: Some(parameters).filter(|parameters| !parameters.is_empty()),
            labels: considered.said.clone().ok().flatten(),
            run_config: considered.run_config_to_send(),
            context: self.read_context().ok().flatten(),
            name: Some(self.name.trim().to_owned()),
            scheduled_start_time: self.start.instant().ok().flatten(),
            ..CreateFlowRun::of(FlowToRun::Flow(flow.newest.id))
        }
    }
}
