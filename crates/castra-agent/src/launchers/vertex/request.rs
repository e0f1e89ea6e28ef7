//! What is sent to create a custom job. Pure. It is the rendered job, which equals the one of Prefect's agent, but for three
//! fields.
//!
//! Vertex AI starts a job again, up to three times, when it takes the end of a container for an accident, and the flow run
//! would begin anew behind the server's back. What is to be launched again the server decides: so Google is asked not to,
//! unless the run config says something about it.
//!
//! The page of run configs writes `image` for the container of a further pool. Google's name is `image_uri`, and it refuses
//! every other: so the one is sent for the other. And Google takes shorter names than Prefect's agent gives.

use castra_render::Spec as _;
use castra_render::vertex::VertexSpec;
use serde_json::{Map, Value};

/// The longest `display_name` that Google takes.
const LONGEST_NAME: usize = 128;
/// What `scheduling` may say about starting again, in either of Google's spellings.
const RETRIES: [&str; 4] =
    ["disable_retries", "disableRetries", "restart_job_on_worker_restart", "restartJobOnWorkerRestart"];

/// The body of `CreateCustomJob`.
pub(crate) fn request(spec: &VertexSpec) -> Value {
    let mut job = spec.to_json();
    // A name is ASCII.
    let name = spec.display_name.get(..LONGEST_NAME).map(|name| name.trim_end_matches('-'));
    job["display_name"] = name.unwrap_or(&spec.display_name).into();
    if let Some(job_spec) = job["job_spec"].as_object_mut() {
        start_once(job_spec);
        let pools = job_spec.get_mut("worker_pool_specs").and_then(Value::as_array_mut);
        pools.into_iter().flatten().skip(1).for_each(name_image);
    }
    job
}

fn start_once(job_spec: &mut Map<String, Value>) {
    let scheduling = job_spec.entry("scheduling").or_insert_with(|| Map::new().into());
    if let Value::Object(scheduling) = scheduling
        && !RETRIES.iter().any(|name| scheduling.contains_key(*name))
    {
        scheduling.insert("disable_retries".to_owned(), true.into());
    }
}

fn name_image(pool: &mut Value) {
    let Some(pool) = pool.as_object_mut() else { return };
    for name in ["container_spec", "containerSpec"] {
        let Some(Value::Object(container)) = pool.get_mut(name) else { continue };
        let is_named = container.contains_key("image_uri") || container.contains_key("imageUri");
        if !is_named && let Some(image) = container.remove("image") {
            container.insert("image_uri".to_owned(), image);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(job_spec: Value) -> Value {
        let job_spec = job_spec.as_object().unwrap().clone();
        let spec = VertexSpec { display_name: "etl".to_owned(), job_spec, labels: Map::new() };
        request(&spec)["job_spec"].take()
    }

    #[test]
    fn a_name_is_as_long_as_google_takes() {
        let named = |name: String| {
            let spec = VertexSpec { display_name: name, job_spec: Map::new(), labels: Map::new() };
            request(&spec)["display_name"].as_str().unwrap().to_owned()
        };
        let longest = "n".repeat(128);
        assert_eq!(named("etl-neat-crow".to_owned()), "etl-neat-crow");
        assert_eq!(named(longest.clone()), longest);
        assert_eq!(named(format!("{longest}-crow")), longest);
        assert_eq!(named(format!("{}--crow", &longest[1..])), longest[1..]);
    }

    #[test]
    fn google_starts_it_once_unless_the_run_config_says_otherwise() {
        assert_eq!(sent(json!({})), json!({ "scheduling": { "disable_retries": true } }));
        let timeout = sent(json!({ "scheduling": { "timeout": "3600s" } }));
        assert_eq!(timeout, json!({ "scheduling": { "timeout": "3600s", "disable_retries": true } }));
        for own in RETRIES {
            let job_spec = json!({ "scheduling": { own: false } });
            assert_eq!(sent(job_spec.clone()), job_spec);
        }
    }

    #[test]
    fn the_image_of_a_further_pool_goes_by_googles_name() {
        let pools = |container: Value| {
            let job_spec = json!({ "worker_pool_specs": [{ "container_spec": { "image_uri": "flow" } }, { "container_spec": container }] });
            sent(job_spec)["worker_pool_specs"][1]["container_spec"].take()
        };
        assert_eq!(pools(json!({ "image": "my-image" })), json!({ "image_uri": "my-image" }));
        assert_eq!(pools(json!({ "imageUri": "a", "image": "b" })), json!({ "imageUri": "a", "image": "b" }));
        assert_eq!(pools(json!({ "unknown": [1] })), json!({ "unknown": [1] }));
    }

    #[test]
    fn everything_else_goes_as_it_is() {
        let job_spec = json!({
            "worker_pool_specs": [null, 5, { "machineSpec": { "unknown": 1 } }],
            "scheduling": { "disableRetries": true, "unknown": { "a": [] } },
        });
        assert_eq!(sent(job_spec.clone()), job_spec);
    }
}
