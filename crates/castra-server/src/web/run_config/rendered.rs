//! What would be sent to launch a run that is still being thought of. It is rendered as an agent does that was given no
//! options; what an agent would have to look up first is stood in for, and said. Pure.

use castra_core::claim::{ClaimedFlow, ClaimedFlowRun};
use castra_core::mask::mask;
use castra_core::run_config::AgentKind;
use castra_render::docker::{self, DockerConfig};
use castra_render::ecs::{self, EcsConfig, EcsFound, EcsLookups, TaskDefinitionLookup};
use castra_render::kubernetes::{self, KubernetesConfig, Template, TemplateSource, template_source};
use castra_render::local::{self, LocalConfig, Surroundings};
use castra_render::vertex::{self, VertexConfig};
use castra_render::{FlowRunConfig, Order, RenderError, Spec as _};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::web::run::pretty;

/// Stands for the address at which agents and runs reach this server.
const SERVER: &str = "http://castra.example:4200";
const RUN: (Uuid, &str) = (Uuid::from_u128(0), "(flow run id)");
const LAUNCH: (Uuid, &str) = (Uuid::max(), "(launch id)");

/// What would be sent.
pub(super) struct Rendered {
    /// In the target's words, or why nothing is.
    pub(super) spec: Result<String, String>,
    /// What stands in for something that only the agent finds out.
    pub(super) notes: Vec<String>,
}

impl Rendered {
    /// By an agent of this kind.
    pub(super) fn new(
        agent: AgentKind,
        run_config: Option<Json>,
        flow: ClaimedFlow,
        run_name: Option<String>,
    ) -> Self {
        let flow_run = ClaimedFlowRun {
            id: RUN.0,
            name: run_name,
            version: 1,
            parameters: Map::new(),
            run_config,
            flow,
        };
        let order = Order { launch_id: LAUNCH.0, flow_run, credential: None, tenant_id: None };
        let mut notes = Vec::new();
        let spec = rendered(agent, &order, &mut notes).map(|spec| text(&spec)).map_err(|it| it.to_string());
        Self { spec, notes }
    }
}

fn text(spec: &Json) -> String {
    let mut masked = spec.clone();
    mask(&mut masked, None);
    [RUN, LAUNCH].iter().fold(pretty(&masked), |text, (id, words)| text.replace(&id.to_string(), words))
}

fn rendered(agent: AgentKind, order: &Order, notes: &mut Vec<String>) -> Result<Json, RenderError> {
    let told = FlowRunConfig::new(SERVER);
    match agent {
        AgentKind::Local => {
            let surroundings = Surroundings { current_directory: ".".to_owned(), environment: [].into() };
            local::render(order, &told, &LocalConfig::new("python3"), &surroundings).map(|it| it.to_json())
        }
        AgentKind::Docker => docker::render(order, &told, &DockerConfig::default()).map(|it| it.to_json()),
        AgentKind::Kubernetes => {
            let config = KubernetesConfig::default();
            let template = template(template_source(order, &config)?, notes);
            kubernetes::render(order, &told, &config, &template).map(|it| it.to_json())
        }
        AgentKind::Ecs => {
            let config = EcsConfig::default();
            let found = stand_ins(ecs::lookups(order, &config)?, &config, notes);
            ecs::render(order, &told, &config, &found).map(|it| it.to_json())
        }
        AgentKind::Vertex => vertex::render(order, &told, &VertexConfig::default()).map(|it| it.to_json()),
    }
}

fn template(source: TemplateSource, notes: &mut Vec<String>) -> Template {
    match source {
        TemplateSource::Inline(job) => Template { job, of_run_config: true },
        TemplateSource::RunConfig(location) | TemplateSource::Agent(location) => {
            notes.push(format!(
                "The agent reads the job template at {location}; here the built-in one stands in for it."
            ));
            Template { of_run_config: true, ..Template::built_in() }
        }
        TemplateSource::BuiltIn => Template::built_in(),
    }
}

fn stand_ins(lookups: EcsLookups, config: &EcsConfig, notes: &mut Vec<String>) -> EcsFound {
    let task_definition = lookups.task_definition.map(|lookup| match lookup {
        TaskDefinitionLookup::Read { path } => {
            notes.push(format!(
                "The agent reads the task definition at {path}; here its default one stands in for it."
            ));
            config.task_definition.clone()
        }
        TaskDefinitionLookup::Describe { arn } => {
            notes.push(format!("The agent asks AWS for the roles of {arn}; they are not shown here."));
            json!({})
        }
    });
    let network_configuration = lookups.network_configuration.then(|| {
        notes.push("The agent infers the network configuration from the account's default VPC.".to_owned());
        json!("(inferred)")
    });
    EcsFound { task_definition, network_configuration }
}

#[cfg(test)]
mod tests {
    use castra_core::run_config::{RunConfig, RunConfigKind};

    use super::*;

    fn of(agent: AgentKind, run_config: Json) -> Rendered {
        let flow = ClaimedFlow {
            id: Uuid::from_u128(7),
            name: "etl".to_owned(),
            version: 3,
            storage: Some(json!({"type": "Local", "flows": {"etl": "/flows/etl.py"}, "secrets": []})),
            core_version: Some("1.4.1".to_owned()),
            environment: None,
        };
        Rendered::new(agent, Some(run_config), flow, Some("brave-otter".to_owned()))
    }

    #[test]
    fn every_kind_of_agent_renders_a_run_that_is_not_there_yet() {
        for agent in AgentKind::ALL {
            let wire = RunConfig::new(agent.own_kind()).to_json();
            let spec = of(agent, wire).spec.unwrap();
            assert!(spec.contains("(flow run id)"), "{agent}: {spec}");
            assert!(!spec.contains(&RUN.0.to_string()) && !spec.contains(&LAUNCH.0.to_string()), "{spec}");
        }
    }

    #[test]
    fn what_only_the_agent_can_look_up_is_said() {
        let by_path = json!({"type": "KubernetesRun", "job_template_path": "s3://bucket/job.yaml"});
        let job = of(AgentKind::Kubernetes, by_path);
        insta::assert_snapshot!(job.notes.join("\n"), @"The agent reads the job template at s3://bucket/job.yaml; here the built-in one stands in for it.");
        assert!(job.spec.is_ok());
        let by_arn = json!({"type": "ECSRun", "task_definition_arn": "etl:3"});
        insta::assert_snapshot!(of(AgentKind::Ecs, by_arn).notes.join("\n"), @r"
        The agent asks AWS for the roles of etl:3; they are not shown here.
        The agent infers the network configuration from the account's default VPC.
        ");
    }

    #[test]
    fn what_cannot_be_launched_says_why() {
        let other = RunConfig::new(RunConfigKind::Docker).to_json();
        insta::assert_snapshot!(of(AgentKind::Local, other).spec.unwrap_err(), @"the local agent takes LocalRun or UniversalRun, not DockerRun");
    }

    #[test]
    fn secrets_are_masked() {
        let env = json!({"PREFECT__CONTEXT__SECRETS__KEY": "s3cret"});
        let spec = of(AgentKind::Docker, json!({"type": "DockerRun", "env": env})).spec.unwrap();
        assert!(spec.contains("PREFECT__CONTEXT__SECRETS__KEY=********") && !spec.contains("s3cret"));
    }
}
