//! Search: the tasks of launches whose handles are not known, because an agent died before it had written them down.

use std::collections::{HashMap, HashSet};

use castra_render::ecs::LAUNCH_ID_TAG;
use uuid::Uuid;

use super::api::{Api, Listed, MOST_TASKS};
use super::aws::{AwsError, refused_by_aws, until_answered};
use super::seen::TaskSeen;

const WHAT: &str = "find the tasks of its earlier life";

/// Where is searched.
pub(super) struct Search<'a> {
    pub(super) api: &'a Api,
    /// The agent's own cluster; `None`: the account's default one.
    pub(super) own_cluster: Option<&'a str>,
}

impl Search<'_> {
    /// The tasks of these launches: by `startedBy` in the agent's own cluster, else by tag or
    /// `startedBy` in every cluster, because a run config may name another one and people may set `startedBy` themselves.
    pub(super) async fn find(&self, launch_ids: HashSet<Uuid>) -> HashMap<Uuid, TaskSeen> {
        let mut found = HashMap::new();
        for &launch_id in &launch_ids {
            let tasks = self.list(self.own_cluster, Listed::StartedBy(launch_id)).await;
            found.extend(of_launches(tasks, &launch_ids));
        }
        if found.len() < launch_ids.len() {
            for cluster in self.clusters().await {
                for which in [Listed::Running, Listed::Stopped] {
                    let tasks = self.list(cluster.as_deref(), which).await;
                    for (launch_id, task) in of_launches(tasks, &launch_ids) {
                        found.entry(launch_id).or_insert(task);
                    }
                }
            }
        }
        found
    }

    async fn clusters(&self) -> Vec<Option<String>> {
        let listed = until_answered("list the clusters", || self.api.list_clusters()).await;
        match listed {
            Ok(clusters) => clusters.into_iter().map(Some).collect(),
            Err(error) => {
                refused_by_aws("list the clusters", &error);
                vec![self.own_cluster.map(str::to_owned)]
            }
        }
    }

    /// The tasks of a cluster, described with their tags.
    async fn list(&self, cluster: Option<&str>, which: Listed) -> Vec<TaskSeen> {
        let described = async {
            let arns = until_answered(WHAT, || self.api.list_tasks(cluster, which)).await?;
            let mut tasks = Vec::new();
            for batch in arns.chunks(MOST_TASKS) {
                let cluster = cluster.unwrap_or("default");
                tasks.extend(until_answered(WHAT, || self.api.describe_tasks(cluster, batch, true)).await?);
            }
            Ok::<_, AwsError>(tasks)
        };
        described.await.inspect_err(|error| refused_by_aws(WHAT, error)).unwrap_or_default()
    }
}

/// Of these tasks, those of these launches; of several of one launch, one that runs.
fn of_launches(tasks: Vec<TaskSeen>, launch_ids: &HashSet<Uuid>) -> HashMap<Uuid, TaskSeen> {
    let mut found = HashMap::<Uuid, TaskSeen>::new();
    for task in tasks {
        let Some(launch_id) = launch_of(&task).filter(|id| launch_ids.contains(id)) else { continue };
        let known = found.get(&launch_id);
        if known.is_none_or(|known| known.is_stopped() && !task.is_stopped()) {
            found.insert(launch_id, task);
        }
    }
    found
}

fn launch_of(task: &TaskSeen) -> Option<Uuid> {
    let tag = task.tags.iter().find(|tag| tag.key == LAUNCH_ID_TAG).and_then(|tag| tag.value.as_deref());
    tag.or(task.started_by.as_deref())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn task(arn: &str, status: &str, started_by: &str, tag: Option<Uuid>) -> TaskSeen {
        let tags: Vec<_> = tag.iter().map(|id| json!({ "key": LAUNCH_ID_TAG, "value": id })).collect();
        let task = json!({ "taskArn": arn, "lastStatus": status, "startedBy": started_by, "tags": tags });
        serde_json::from_value(task).unwrap()
    }

    #[test]
    fn a_task_is_known_by_its_tag_or_by_who_started_it() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let tasks = vec![
            task("a", "RUNNING", "me", Some(one)),
            task("b", "RUNNING", &two.to_string(), None),
            task("c", "RUNNING", "ecs-svc/1", None),
            task("d", "RUNNING", "me", Some(Uuid::from_u128(3))),
        ];
        let found = of_launches(tasks, &HashSet::from([one, two]));
        let arn = |launch_id| found.get(launch_id).map(|task| task.task_arn.as_str());
        assert_eq!((arn(&one), arn(&two), found.len()), (Some("a"), Some("b"), 2));
    }

    #[test]
    fn of_several_tasks_of_a_launch_one_that_runs_is_meant() {
        let one = Uuid::from_u128(1);
        let tasks = ["STOPPED", "RUNNING", "STOPPED"].map(|status| task(status, status, "me", Some(one)));
        assert_eq!(of_launches(tasks.into(), &HashSet::from([one]))[&one].task_arn, "RUNNING");
    }
}
