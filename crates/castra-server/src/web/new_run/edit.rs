//! A run that is to be created, while somebody says how it is to be; and the request that comes of it.

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
use crate::web::run_config::{Considered, Edit, Editing, LabelEdit};

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

impl RunEdit {
    /// The form as it begins: as the flow has it, or as an earlier run of it was.
    pub(super) fn begin(
        flow: &FlowView,
        inherited: &Inherited,
        name: String,
        like: Option<&RunView>,
    ) -> Self {
        let declared = declared(&flow.newest.parameters, &flow.default_parameters);
        let value = |name: &str| like.and_then(|run| run.parameters.get(name));
        let parameters = declared.into_iter().map(|it| {
            let value = value(&it.0).cloned();
            ParameterEdit::of(it, value.as_ref())
        });
        let context = like.map(|run| &run.context).filter(|context| !context.is_empty());
        Self {
            name,
            start: StartEdit::default(),
            parameters: parameters.collect(),
            context: context.map(|context| pretty(&Json::Object(context.clone()))).unwrap_or_default(),
            log_level: String::new(),
            editing: begin_run_config(inherited, like),
        }
    }

    /// The form as it was sent.
    pub(super) fn read(fields: &Fields, flow: &FlowView, inherited: &Inherited, new_name: String) -> Self {
        let declared = declared(&flow.newest.parameters, &flow.default_parameters);
        let text = |name| fields.raw(name).unwrap_or_default().to_owned();
        Self {
            name: if fields.text("roll").is_some() { new_name } else { text("name") },
            start: StartEdit::read(fields),
            parameters: declared.into_iter().map(|it| ParameterEdit::read(fields, it)).collect(),
            context: text("context"),
            log_level: text("log_level"),
            editing: Editing::read(fields, inherited),
        }
    }

    /// The run config and the labels, and what would come of them.
    pub(super) fn considered(&self, flow: &FlowView, inherited: Inherited) -> Considered {
        Considered::of(&self.run_config(flow), &self.editing.labels, inherited)
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

/// What was given with the earlier run is given again; what that run inherited, this one inherits as it is today.
fn begin_run_config(inherited: &Inherited, like: Option<&RunView>) -> Editing {
    let of_flow = || Edit::of(inherited.run_config.as_ref());
    let Some(run) = like else { return Editing { edit: of_flow(), labels: LabelEdit::default() } };
    let gave_labels = matches!(run.label_source.as_str(), "run" | "run_run_config");
    let edit = match (run.run_config_source.as_deref(), &run.run_config) {
        (Some("run"), Some(run_config)) => Edit::of(Some(run_config)),
        _ => of_flow(),
    };
    Editing { edit, labels: LabelEdit::of(Some(&run.labels).filter(|_| gave_labels)) }
}
