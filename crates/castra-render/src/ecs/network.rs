//! The network configuration that an agent on Fargate infers (prefect 1.4.1 `ECSAgent.infer_network_configuration`). Asking
//! AWS for the default VPC and its subnets is the client's.

use serde_json::{Value, json};

/// The network configuration of tasks in these subnets, which are those of the account's default VPC: with a public address,
/// because those subnets reach the internet by one. `None` if there are none.
pub fn network_configuration(subnets: &[String]) -> Option<Value> {
    let configuration = json!({ "awsvpcConfiguration": { "subnets": subnets, "assignPublicIp": "ENABLED" } });
    (!subnets.is_empty()).then_some(configuration)
}
