//! The command that shows a launch on its target, made from its handle. What is in a handle comes from an agent, so every
//! word is made safe to paste.

use castra_core::run_config::AgentKind;
use serde_json::Value as Json;

use crate::web::components::Command;
use crate::web::words::shell_word;

/// The command, if the handle has what it needs.
pub(super) fn command(agent_type: &str, handle: &Json) -> Option<Command> {
    let word = |field: &str| match handle.get(field)? {
        Json::String(text) => Some(shell_word(text)),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let text = match AgentKind::from_agent_type(agent_type)? {
        AgentKind::Local => format!("ps -o pid,ppid,stat,etime,args -p {}", word("pid")?),
        AgentKind::Docker => format!("docker logs {}", word("name").or_else(|| word("container_id"))?),
        AgentKind::Kubernetes => {
            format!("kubectl -n {} describe job {}", word("namespace")?, word("job")?)
        }
        AgentKind::Ecs => {
            let cluster = word("cluster").map_or_else(String::new, |cluster| format!(" --cluster {cluster}"));
            format!("aws ecs describe-tasks{cluster} --tasks {}", word("task")?)
        }
        AgentKind::Vertex => format!("gcloud ai custom-jobs describe {}", word("job")?),
    };
    Some(Command::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::Template;
    use serde_json::json;

    fn shown(agent_type: &str, handle: Json) -> String {
        let html = command(agent_type, &handle).unwrap().render().unwrap();
        html.split("<code>").nth(1).unwrap().split("</code>").next().unwrap().to_owned()
    }

    #[test]
    fn every_target_has_a_command_that_shows_a_launch() {
        let commands = [
            shown("LocalAgent", json!({"pid": 4711, "start_time": 8})),
            shown("DockerAgent", json!({"container_id": "f00", "name": "brave-otter"})),
            shown("KubernetesAgent", json!({"namespace": "flows", "job": "prefect-job-1", "uid": "u"})),
            shown("ECSAgent", json!({"cluster": "c", "task": "arn:aws:ecs:eu-west-1:1:task/c/2"})),
            shown("VertexAgent", json!({"job": "projects/p/locations/l/customJobs/3"})),
        ];
        insta::assert_snapshot!(commands.join("\n"), @r"
        ps -o pid,ppid,stat,etime,args -p 4711
        docker logs brave-otter
        kubectl -n flows describe job prefect-job-1
        aws ecs describe-tasks --cluster c --tasks arn:aws:ecs:eu-west-1:1:task/c/2
        gcloud ai custom-jobs describe projects/p/locations/l/customJobs/3
        ");
    }

    #[test]
    fn a_handle_cannot_smuggle_in_a_second_command() {
        let shown = shown("DockerAgent", json!({"name": "x; rm -rf ~"}));
        assert_eq!(shown, "docker logs &#39;x; rm -rf ~&#39;");
    }

    #[test]
    fn a_handle_without_what_it_takes_has_none() {
        assert!(command("KubernetesAgent", &json!({"job": "x"})).is_none());
        assert!(command("OtherAgent", &json!({"pid": 1})).is_none());
    }
}
