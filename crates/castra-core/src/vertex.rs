//! The worker pools of a custom job of Google Vertex AI, as far as Castra has a say in them: the flow runs in the first one,
//! whose container is Castra's; every further one brings its own. All else is for Google to judge.

use std::fmt;

use serde_json::{Map, Value};

/// A worker pool that has nothing to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolWithoutContainer {
    /// Its number; the flow's pool is 0.
    pub number: usize,
}

impl fmt::Display for PoolWithoutContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this worker pool has no container: give it a `container_spec` with an `image_uri`, or a `python_package_spec`; only \
             the first pool gets the flow's container",
        )
    }
}

/// The first pool without anything to run. An empty pool is skipped, as is one without replicas; what is no object Google
/// refuses in its own words.
pub fn pool_without_container(pools: &[Value]) -> Option<PoolWithoutContainer> {
    let lacks = |pool: &Value| pool.as_object().is_some_and(lacks_container);
    let mut further = pools.iter().enumerate().skip(1);
    further.find(|(_, pool)| lacks(pool)).map(|(number, _)| PoolWithoutContainer { number })
}

fn lacks_container(pool: &Map<String, Value>) -> bool {
    let has =
        |names: [&str; 2]| names.iter().any(|name| pool.get(*name).is_some_and(|value| !value.is_null()));
    let is_skipped = pool.is_empty() || field(pool, ["replica_count", "replicaCount"]).is_some_and(is_zero);
    !is_skipped
        && !has(["container_spec", "containerSpec"])
        && !has(["python_package_spec", "pythonPackageSpec"])
}

/// A field in either of Google's spellings.
pub(crate) fn field<'a>(object: &'a Map<String, Value>, names: [&str; 2]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.get(*name))
}

/// 64-bit numbers may be text in Google's JSON.
fn is_zero(count: &Value) -> bool {
    count == 0 || count == "0"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lacks(pool: Value) -> bool {
        pool_without_container(&[json!({}), pool]).is_some()
    }

    #[test]
    fn a_further_pool_needs_something_to_run() {
        assert!(lacks(json!({ "machine_spec": { "machine_type": "e2-standard-4" }, "replica_count": 1 })));
        assert!(lacks(json!({ "replica_count": 1, "container_spec": null })));
        for pool in [
            json!({ "container_spec": { "image_uri": "a" } }),
            json!({ "containerSpec": {} }),
            json!({ "python_package_spec": {} }),
            json!({}),
            json!({ "replicaCount": "0", "machineSpec": {} }),
            json!(null),
        ] {
            assert!(!lacks(pool.clone()), "{pool}");
        }
    }

    #[test]
    fn the_first_pool_gets_castras() {
        assert_eq!(pool_without_container(&[json!({ "replica_count": 1 })]), None);
        assert_eq!(pool_without_container(&[]), None);
    }
}
