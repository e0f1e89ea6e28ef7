//! Environment: what every flow run is told, whatever it is launched on, and in which order later sources win. Which
//! variables nobody may override, and the form that a target wants, is each launcher's own.

use castra_core::runtime::Runtime;
use serde_json::{Map, Value, json};

use crate::{FlowRunConfig, Order};

/// Environment variables in the order in which they were first set, as in a dict of Python: some targets take a list.
/// A value is what a run config may hold: text, mostly.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Variables(Vec<(String, Value)>);

impl Variables {
    /// Sets a variable; one that is set keeps its place.
    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    /// Whether there is a variable of this name, null or not.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The variables in their order, as a list of names and values.
    pub(crate) fn into_list(self) -> Vec<Value> {
        self.0.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
    }

    /// The variables in their order.
    pub(crate) fn into_pairs(self) -> Vec<(String, Value)> {
        self.0
    }
}

impl<N: Into<String>, V: Into<Value>> Extend<(N, V)> for Variables {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, pairs: I) {
        pairs.into_iter().for_each(|(name, value)| self.set(name, value));
    }
}

/// What the environment of a flow run is layered from.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a> {
    /// The run.
    pub(crate) order: &'a Order,
    /// What the agent tells every run.
    pub(crate) flow_runs: &'a FlowRunConfig,
    /// What starts inside, which decides the names.
    pub(crate) runtime: Runtime,
}

impl Environment<'_> {
    /// The environment of a run in a container (prefect 1.4.1 `DockerAgent.populate_env_vars`,
    /// `KubernetesAgent.generate_job_spec`). Later layers win: `defaults`, the logging level, the agent's variables,
    /// the run config's, the switch for logs, `required`, and what containers are told besides.
    pub(crate) fn in_container(
        &self,
        defaults: impl IntoIterator<Item = (&'static str, String)>,
        run_env: Option<&Map<String, Value>>,
        required: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Variables {
        let mut variables = Variables::default();
        variables.extend(defaults);
        variables.extend([self.log_level()]);
        variables.extend(self.chosen(run_env));
        variables.extend(self.log_switch(|name| variables.contains(name)));
        variables.extend(required);
        variables.extend(self.runtime.compatibility_env(self.api_key(), self.flow_runs.send_logs));
        variables
    }

    /// What nobody may override of a run in a container, in the order of `order`, which lists names; what it does not list
    /// comes last. The image is told with the rest unless it is told in another way.
    pub(crate) fn required<'i>(
        &self,
        image: impl Into<Option<&'i str>>,
        order: &[&str],
    ) -> Vec<(&'static str, Value)> {
        let names = self.runtime.env_names();
        let flow_run = &self.order.flow_run;
        let mut required: Vec<(&str, Value)> = vec![
            (names.api, self.flow_runs.api.clone().into()),
            (names.api_key, self.api_key().into()),
            (names.tenant_id, self.tenant_id()),
            (names.agent_labels, self.agent_labels().into()),
            (names.flow_run_id, flow_run.id.to_string().into()),
            (names.flow_id, flow_run.flow.id.to_string().into()),
        ];
        required.extend(image.into().map(|image| (names.image, image.into())));
        required.extend(self.runtime.constant_env().iter().map(|&(name, value)| (name, value.into())));
        required.sort_by_key(|(name, _)| order.iter().position(|known| known == name).unwrap_or(order.len()));
        required
    }

    /// The least severe level that is logged.
    pub(crate) fn log_level(&self) -> (&'static str, String) {
        (self.runtime.env_names().log_level, self.flow_runs.log_level.clone())
    }

    /// What people chose: the agent's variables, then the run config's.
    pub(crate) fn chosen(
        &self,
        run_env: Option<&Map<String, Value>>,
    ) -> impl Iterator<Item = (String, Value)> {
        let agent = self.flow_runs.env.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        let run = run_env.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
        agent.chain(run)
    }

    /// The switch for logs, where it must be set: anybody may turn the logs of a run off; nobody may turn on what the
    /// agent turned off.
    pub(crate) fn log_switch(&self, is_set: impl Fn(&str) -> bool) -> Option<(&'static str, String)> {
        let name = self.runtime.env_names().send_logs;
        let send_logs = self.flow_runs.send_logs;
        (!send_logs || !is_set(name)).then(|| (name, send_logs.to_string()))
    }

    /// The credential as an agent of Prefect puts API keys into a container: empty without one.
    fn api_key(&self) -> &str {
        self.order.credential.as_ref().map_or("", |credential| credential.expose())
    }

    /// The tenant as an agent of Prefect puts it into a container: only who is authenticated needs one.
    fn tenant_id(&self) -> Value {
        match (&self.order.credential, self.order.tenant_id) {
            (None, _) => "".into(),
            (Some(_), None) => Value::Null,
            (Some(_), Some(tenant_id)) => tenant_id.to_string().into(),
        }
    }

    /// The agent's labels, in the runtime's form.
    pub(crate) fn agent_labels(&self) -> String {
        self.runtime.agent_labels(self.flow_runs.labels.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_set_again_keeps_its_place() {
        let mut variables = Variables::default();
        variables.extend([("B", "1"), ("A", "2"), ("B", "3")]);
        assert_eq!(variables.into_pairs(), [("B".to_owned(), "3".into()), ("A".to_owned(), "2".into())]);
    }
}
