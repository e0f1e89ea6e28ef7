//! What preflight finds wrong with a flow that was just registered, as warnings: the flow is registered all the same.

use castra_client::Client;
use serde_json::Value;

use crate::flow::Flow;
use crate::serialize::SerializeError;

/// Prints what the server finds about the flow's run config, or that it did not look.
///
/// # Errors
/// [`SerializeError`].
pub(super) async fn print(client: &Client, flow: &Flow) -> Result<(), SerializeError> {
    let run_config = flow.serialize()?.run_config;
    match client.preflight(&run_config, &Value::Null).await {
        Ok(findings) => findings.iter().for_each(|finding| {
            eprintln!("warning: run config of `{}`: {}: {}", flow.name, finding.field, finding.message);
        }),
        Err(error) => eprintln!("warning: the run config of `{}` was not checked: {error}", flow.name),
    }
    Ok(())
}
