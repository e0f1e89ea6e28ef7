//! Render: a run, the agent's options and a job template become one job. Pure; equal to what prefect 1.4.1's
//! `KubernetesAgent.generate_job_spec` makes for Prefect flows, with labels under `castra.dev/` added to find it again
//! by, and the credential in a Secret instead of the pod's environment.

use castra_core::canonical;
use castra_core::credential::{CREDENTIAL_VARIABLES, Credential};
use castra_core::run_config::{AgentKind, KubernetesRun, RunConfig};
use castra_core::runtime::FlowSource;
use serde_json::{Map, Value, json};

use super::{KubernetesConfig, Template};
use crate::document::{Object, Place, TemplateError};
use crate::environment::{Environment, Variables};
use crate::{FlowRunConfig, Order, RenderError, Spec};

/// The label of jobs and pods that names their launch: by it they are found again.
pub const LAUNCH_ID_LABEL: &str = "castra.dev/launch-id";
/// The key of the credential in the Secret of a job.
pub const CREDENTIAL_KEY: &str = "credential";

/// 63 that a name may have, without `-` and the identifier (9) and what Kubernetes appends for a pod (6).
const LONGEST_NAME: usize = 48;
const IDENTIFIER_LENGTH: usize = 8;
/// In which order Prefect's agent sets what nobody may override.
const REQUIRED: [&str; 10] = [
    "PREFECT__BACKEND",
    "PREFECT__CLOUD__AGENT__LABELS",
    "PREFECT__CLOUD__API",
    "PREFECT__CLOUD__API_KEY",
    "PREFECT__CLOUD__TENANT_ID",
    "PREFECT__CLOUD__USE_LOCAL_SECRETS",
    "PREFECT__CONTEXT__FLOW_RUN_ID",
    "PREFECT__CONTEXT__FLOW_ID",
    "PREFECT__CONTEXT__IMAGE",
    "PREFECT__ENGINE__FLOW_RUNNER__DEFAULT_CLASS",
];
/// Exactly what the API server is asked to create, in its own words.
#[derive(Clone, PartialEq)]
pub struct KubernetesSpec {
    /// The Job. Its name is derived from the launch, so that a second submission is refused as the same job.
    pub job: Value,
    /// The Secret that holds the flow run's credential, without the owner it gets once the job exists; `None` only where
    /// a run is rendered without a credential.
    pub secret: Option<Value>,
}

impl Spec for KubernetesSpec {
    /// The Job; the Secret holds nothing to look at.
    fn to_json(&self) -> Value {
        self.job.clone()
    }
}

/// The job that runs a flow run.
///
/// # Errors
/// [`RenderError`]: the run cannot be launched by a Kubernetes agent, and another attempt would not help.
pub fn render(
    order: &Order,
    flow_runs: &FlowRunConfig,
    config: &KubernetesConfig,
    template: &Template,
) -> Result<KubernetesSpec, RenderError> {
    let run = kubernetes_run(order)?;
    let storage = order.storage()?;
    let source = order.flow_source(storage.as_ref());
    let mut job = template.job.clone();
    let mut document = Object::new(&mut job, Place::default())?;
    let name = named(&mut document, order)?;
    let mut pod = document.present("spec")?;
    let mut pod = pod.present("template")?;
    let mut pod = pod.present("spec")?;
    set_accounts(&mut pod, &run, config, template);
    pod.or("restartPolicy", "Never");
    let mut container = first_container(&mut pod)?;
    let image = image(&mut container, source, &run)?;
    container.set("image", image.clone());
    if let Some(policy) = run.image_pull_policy {
        container.set("imagePullPolicy", policy.name());
    }
    container.set("args", source.container_command()?);
    let environment = Environment { order, flow_runs, runtime: source.runtime() };
    container.set_variables("env", list(variables(&environment, &run, &image), order, &name))?;
    set_resources(&mut container, &run)?;
    let secret = order.credential.as_ref().map(|credential| secret(&name, order, credential));
    Ok(KubernetesSpec { job, secret })
}

/// The run config of the run as this agent launches it.
pub(super) fn kubernetes_run(order: &Order) -> Result<KubernetesRun, RenderError> {
    match order.run_config(AgentKind::Kubernetes)? {
        RunConfig::Kubernetes(run) => Ok(run),
        // `Order::run_config` answers with the agent's own kind.
        _ => Ok(KubernetesRun::new()),
    }
}

/// What tells a job and its pods from others: derived from the launch, whose id begins with the time and is therefore
/// no good for it as it is.
fn identifier(order: &Order) -> String {
    let mut hash = canonical::sha256(&order.launch_id.to_string().into());
    hash.truncate(IDENTIFIER_LENGTH);
    hash
}

fn labels(order: &Order) -> Map<String, Value> {
    let flow_run = &order.flow_run;
    let labels = [
        ("prefect.io/identifier", identifier(order)),
        ("prefect.io/flow_run_id", flow_run.id.to_string()),
        ("prefect.io/flow_id", flow_run.flow.id.to_string()),
        (LAUNCH_ID_LABEL, order.launch_id.to_string()),
    ];
    labels.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// Gives the job its name and labels, and its pods their labels; returns the name.
fn named(job: &mut Object<'_>, order: &Order) -> Result<String, TemplateError> {
    let mut metadata = job.object("metadata")?;
    let place = metadata.place.field("name");
    let name = match metadata.or("name", "prefect-job") {
        Value::String(name) => name.chars().take(LONGEST_NAME).collect::<String>(),
        other => return Err(TemplateError::wrong(&place, other, "text")),
    };
    let name = format!("{name}-{}", identifier(order));
    metadata.set("name", name.as_str());
    metadata.object("labels")?.fields.extend(labels(order));
    job.object("spec.template.metadata.labels")?.fields.extend(labels(order));
    Ok(name)
}

/// Service account and pull secrets: the run config's, else those of its own template, else the agent's, else those of
/// whatever template there is.
fn set_accounts(pod: &mut Object<'_>, run: &KubernetesRun, config: &KubernetesConfig, template: &Template) {
    let own = |field: &str| template.of_run_config && pod.fields.contains_key(field);
    let service_account = run.service_account_name.clone();
    let service_account = service_account
        .or_else(|| config.service_account_name.clone().filter(|_| !own("serviceAccountName")));
    let given = |secrets: &Option<Vec<String>>| secrets.clone().filter(|secrets| !secrets.is_empty());
    let pull_secrets = given(&run.image_pull_secrets)
        .or_else(|| given(&config.image_pull_secrets).filter(|_| !own("imagePullSecrets")));
    if let Some(name) = service_account {
        pod.set("serviceAccountName", name);
    }
    if let Some(names) = pull_secrets {
        pod.set("imagePullSecrets", names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>());
    }
}

/// The container that runs the flow; one is made if there is none.
fn first_container<'a>(pod: &'a mut Object<'_>) -> Result<Object<'a>, TemplateError> {
    let place = pod.place.field("containers");
    let containers = match pod.or("containers", Vec::<Value>::new()) {
        Value::Array(containers) => containers,
        other => return Err(TemplateError::wrong(&place, other, "a list")),
    };
    if containers.is_empty() {
        containers.push(Map::new().into());
    }
    Object::new(&mut containers[0], place.entry(0))
}

/// The image; that of the template is taken as it is, as its judge is the API server.
fn image(
    container: &mut Object<'_>,
    source: FlowSource<'_>,
    run: &KubernetesRun,
) -> Result<Value, RenderError> {
    let default = container.fields.get("image").filter(|image| !image.is_null());
    let stored = source.storage.and_then(|storage| storage.image());
    match default {
        Some(image) if !image.is_string() && stored.is_none() && run.image.is_none() => Ok(image.clone()),
        _ => Ok(source.image(Some(&run.clone().into()), default.and_then(Value::as_str))?.into()),
    }
}

fn variables(environment: &Environment<'_>, run: &KubernetesRun, image: &Value) -> Variables {
    let required = environment.required("", &REQUIRED);
    let mut variables = environment.in_container([], run.common.env.as_ref(), required);
    variables.set(environment.runtime.env_names().image, image.clone());
    variables
}

/// The variables as Kubernetes wants them. One that holds the credential refers to the Secret.
fn list(variables: Variables, order: &Order, secret: &str) -> Vec<Value> {
    let reference = json!({ "secretKeyRef": { "name": secret, "key": CREDENTIAL_KEY } });
    let variable = |(name, value): (String, Value)| match order.credential {
        Some(_) if CREDENTIAL_VARIABLES.contains(&name.as_str()) => {
            json!({ "name": name, "valueFrom": reference })
        }
        _ => json!({ "name": name, "value": value }),
    };
    variables.into_pairs().into_iter().map(variable).collect()
}

/// Sets what the run config asks for of memory and processors; a text that is empty asks for nothing.
fn set_resources(container: &mut Object<'_>, run: &KubernetesRun) -> Result<(), TemplateError> {
    let mut resources = container.object("resources")?;
    let kinds = [
        ("requests", [("memory", &run.memory_request), ("cpu", &run.cpu_request)]),
        ("limits", [("memory", &run.memory_limit), ("cpu", &run.cpu_limit)]),
    ];
    for (kind, quantities) in kinds {
        resources.or(kind, Map::new());
        for (name, quantity) in quantities {
            if let Some(quantity) = quantity.as_deref().filter(|quantity| !quantity.is_empty()) {
                resources.object(kind)?.set(name, quantity);
            }
        }
    }
    Ok(())
}

fn secret(name: &str, order: &Order, credential: &Credential) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": { "name": name, "labels": labels(order) },
        "stringData": { CREDENTIAL_KEY: credential.expose() },
    })
}

#[cfg(test)]
mod tests;
