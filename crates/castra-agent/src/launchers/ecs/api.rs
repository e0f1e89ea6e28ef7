//! The requests to AWS, one function each. What is asked for when is decided in `client.rs`; whether to ask again, by
//! whoever asks.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::aws::{Aws, AwsError, Service, unreadable};
use super::seen::TaskSeen;
use crate::launchers::last_lines::LAST_LINES;

/// How many tasks one DescribeTasks takes.
pub(super) const MOST_TASKS: usize = 100;

/// Where a task is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TaskId {
    /// Its cluster's ARN or name.
    pub(crate) cluster: String,
    /// Its ARN.
    pub(crate) task: String,
}

/// Which tasks are listed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Listed {
    /// Those of this launch that are to run.
    StartedBy(Uuid),
    /// Those that are to run.
    Running,
    /// Those that were stopped within the last hour or so: ECS forgets earlier ones.
    Stopped,
}

/// The answer to RunTask.
#[derive(Debug)]
pub(super) struct RunTaskAnswer {
    pub(super) tasks: Vec<TaskSeen>,
    pub(super) failures: Vec<Failure>,
}

/// Why something was not done that was asked for among other things.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(super) struct Failure {
    pub(super) arn: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) detail: Option<String>,
}

/// Where a task's container logs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogStream {
    pub(super) group: String,
    pub(super) stream: String,
    /// The region, if it is said.
    pub(super) region: Option<String>,
}

/// AWS' services, as far as launches need them.
#[derive(Debug)]
pub(super) struct Api(Aws);

impl Api {
    pub(super) fn new(aws: Aws) -> Self {
        Self(aws)
    }

    pub(super) fn region(&self) -> &str {
        self.0.region()
    }

    async fn ecs(&self, action: &'static str, input: impl Into<Value> + Send) -> Result<Value, AwsError> {
        self.0.json(Service::Ecs, action, &input.into()).await
    }

    /// The subnets of the account's default VPC; none if there is no such VPC.
    pub(super) async fn default_subnets(&self) -> Result<Vec<String>, AwsError> {
        let of_default = [("Filter.1.Name", "isDefault"), ("Filter.1.Value.1", "true")];
        let vpcs: Vpcs = self.0.query("DescribeVpcs", &of_default).await?;
        let Some(vpc) = vpcs.set.items.first() else { return Ok(Vec::new()) };
        let of_vpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc.id.as_str())];
        let subnets: Subnets = self.0.query("DescribeSubnets", &of_vpc).await?;
        Ok(subnets.set.items.into_iter().map(|subnet| subnet.id).collect())
    }

    /// A registered task definition: its ARN, a `family:revision`, or a family, of which the newest active one is meant.
    pub(super) async fn describe_task_definition(&self, name: &str) -> Result<Value, AwsError> {
        let mut answer = self.ecs("DescribeTaskDefinition", json!({ "taskDefinition": name })).await?;
        Ok(taken(&mut answer, "taskDefinition"))
    }

    /// Registers a task definition exactly as it is and answers with its ARN.
    pub(super) async fn register_task_definition(
        &self,
        definition: &Map<String, Value>,
    ) -> Result<String, AwsError> {
        let answer = self.ecs("RegisterTaskDefinition", definition.clone()).await?;
        Ok(arn_of(&answer["taskDefinition"]))
    }

    pub(super) async fn deregister_task_definition(&self, arn: &str) -> Result<(), AwsError> {
        self.ecs("DeregisterTaskDefinition", json!({ "taskDefinition": arn })).await.map(drop)
    }

    /// Runs a task exactly as it is asked for.
    pub(super) async fn run_task(&self, arguments: &Map<String, Value>) -> Result<RunTaskAnswer, AwsError> {
        let mut answer = self.ecs("RunTask", arguments.clone()).await?;
        Ok(RunTaskAnswer {
            tasks: list(Service::Ecs, &mut answer, "tasks")?,
            failures: list(Service::Ecs, &mut answer, "failures")?,
        })
    }

    /// What is known of tasks of one cluster, at most [`MOST_TASKS`]. Those it does not know are not in the answer.
    pub(super) async fn describe_tasks(
        &self,
        cluster: &str,
        tasks: &[String],
        with_tags: bool,
    ) -> Result<Vec<TaskSeen>, AwsError> {
        let mut input = json!({ "cluster": cluster, "tasks": tasks });
        if with_tags {
            input["include"] = json!(["TAGS"]);
        }
        let mut answer = self.ecs("DescribeTasks", input).await?;
        list(Service::Ecs, &mut answer, "tasks")
    }

    /// The ARNs of tasks of a cluster, or of the account's default one.
    pub(super) async fn list_tasks(
        &self,
        cluster: Option<&str>,
        which: Listed,
    ) -> Result<Vec<String>, AwsError> {
        let mut input = match which {
            // ECS takes no other filter beside it.
            Listed::StartedBy(launch_id) => json!({ "startedBy": launch_id }),
            Listed::Running => json!({ "desiredStatus": "RUNNING" }),
            Listed::Stopped => json!({ "desiredStatus": "STOPPED" }),
        };
        if let Some(cluster) = cluster {
            input["cluster"] = cluster.into();
        }
        self.pages("ListTasks", "taskArns", input).await
    }

    /// Whether the agent may look at the tasks of a cluster at all; see that AWS answers.
    pub(super) async fn is_readable(&self, cluster: Option<&str>) -> Result<(), AwsError> {
        let mut input = json!({ "maxResults": 1 });
        if let Some(cluster) = cluster {
            input["cluster"] = cluster.into();
        }
        self.ecs("ListTasks", input).await.map(drop)
    }

    /// The ARNs of the account's clusters in the region.
    pub(super) async fn list_clusters(&self) -> Result<Vec<String>, AwsError> {
        self.pages("ListClusters", "clusterArns", json!({})).await
    }

    /// All pages of a list.
    async fn pages(
        &self,
        action: &'static str,
        field: &str,
        mut input: Value,
    ) -> Result<Vec<String>, AwsError> {
        let mut arns = Vec::new();
        loop {
            let mut answer = self.ecs(action, input.clone()).await?;
            arns.extend(list::<String>(Service::Ecs, &mut answer, field)?);
            match taken(&mut answer, "nextToken") {
                Value::Null => return Ok(arns),
                token => input["nextToken"] = token,
            }
        }
    }

    /// Stops a task; true for one that ECS does not know any more.
    pub(super) async fn stop_task(&self, id: &TaskId, reason: &str) -> Result<(), AwsError> {
        let input = json!({ "cluster": id.cluster, "task": id.task, "reason": reason });
        match self.ecs("StopTask", input).await {
            Err(error) if is_unknown_task(&error) => Ok(()),
            answered => answered.map(drop),
        }
    }

    /// The last events of a log stream, oldest first.
    pub(super) async fn last_log_events(&self, log: &LogStream) -> Result<Vec<String>, AwsError> {
        let input = json!({
            "logGroupName": log.group,
            "logStreamName": log.stream,
            "limit": LAST_LINES,
            "startFromHead": false,
        });
        let mut answer = self.0.json(Service::Logs, "GetLogEvents", &input).await?;
        let events: Vec<LogEvent> = list(Service::Logs, &mut answer, "events")?;
        Ok(events.into_iter().map(|event| event.message).collect())
    }

    /// Puts an encrypted parameter, in place of one of that name.
    pub(super) async fn put_parameter(&self, parameter: &Map<String, Value>) -> Result<(), AwsError> {
        self.0.json(Service::Ssm, "PutParameter", &parameter.clone().into()).await.map(drop)
    }

    /// Deletes a parameter; true for one that is not there.
    pub(super) async fn delete_parameter(&self, name: &str) -> Result<(), AwsError> {
        match self.0.json(Service::Ssm, "DeleteParameter", &json!({ "Name": name })).await {
            Err(error) if error.code() == "ParameterNotFound" => Ok(()),
            answered => answered.map(drop),
        }
    }
}

/// A list in an answer; absent, it is empty.
fn list<T: DeserializeOwned>(service: Service, answer: &mut Value, field: &str) -> Result<Vec<T>, AwsError> {
    match taken(answer, field) {
        Value::Null => Ok(Vec::new()),
        entries => serde_json::from_value(entries).map_err(|error| unreadable(service, &error)),
    }
}

/// What is in this field; null if nothing is.
fn taken(answer: &mut Value, field: &str) -> Value {
    answer.get_mut(field).map(Value::take).unwrap_or_default()
}

/// Whether this says that there is no such task.
fn is_unknown_task(error: &AwsError) -> bool {
    let words = error.message().to_lowercase();
    error.code() == "ClusterNotFoundException"
        || (error.code() == "InvalidParameterException" && words.contains("task was not found"))
}

/// The ARN in a description of a task definition.
pub(super) fn arn_of(definition: &Value) -> String {
    definition["taskDefinitionArn"].as_str().unwrap_or_default().to_owned()
}

#[derive(Deserialize)]
struct LogEvent {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Vpcs {
    #[serde(rename = "vpcSet", default)]
    set: Set<Vpc>,
}

#[derive(Deserialize)]
struct Subnets {
    #[serde(rename = "subnetSet", default)]
    set: Set<Subnet>,
}

#[derive(Deserialize)]
struct Set<T> {
    #[serde(rename = "item", default = "Vec::new")]
    items: Vec<T>,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

#[derive(Deserialize)]
struct Vpc {
    #[serde(rename = "vpcId")]
    id: String,
}

#[derive(Deserialize)]
struct Subnet {
    #[serde(rename = "subnetId")]
    id: String,
}
