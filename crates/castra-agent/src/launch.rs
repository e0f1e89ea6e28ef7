//! Launch: one claim becomes one launch on the target, or a reason why not.

use std::pin::pin;
use std::sync::Arc;

use castra_core::cause::Cause;
use castra_core::claim::Claim;
use castra_core::credential::Credential;
use castra_core::mask::mask;
use castra_render::{Order, Spec};
use serde_json::Value;
use tokio::sync::Notify;

use crate::context::Context;
use crate::dispatch::Event;
use crate::finish::finish;
use crate::journal::Entry;
use crate::launchers::{LaunchError, Launched, Launcher, News};
use crate::watch::watch;

/// Launches what was claimed and watches it to its end. `stop` is notified when the server wants it stopped.
pub(crate) async fn launch<L: Launcher>(context: Arc<Context<L>>, claim: Claim, stop: Arc<Notify>) {
    let order = Order::new(claim, context.tenant_id);
    let launch_id = order.launch_id;
    match launch_once(&context, &order, &stop).await {
        Ok(launched) => {
            let Launched { handle, phase, .. } = &launched;
            tracing::info!(%launch_id, flow_run_id = %order.flow_run.id, %handle, "launched a flow run");
            context.journal.note(launch_id, &Entry { handle: Some(handle.clone()), end: None });
            context.send(Event::Launched { launch_id, handle: handle.clone(), phase: *phase });
            watch(context, launch_id, launched, stop).await;
        }
        Err(error) => {
            tracing::warn!(%launch_id, flow_run_id = %order.flow_run.id, %error, "cannot launch a flow run");
            finish(&context, launch_id, None, Cause::from(error).into());
        }
    }
}

/// Renders, prepares, launches. The journal has room for one launch per id, whatever happens.
async fn launch_once<L: Launcher>(
    context: &Context<L>,
    order: &Order,
    stop: &Notify,
) -> Result<Launched<L::Running>, LaunchError> {
    context.journal.open(order.launch_id).map_err(|error| {
        LaunchError::NotLaunched(format!("the agent cannot write it down in its state directory: {error}"))
    })?;
    let spec = context.launcher.render(order).await?;
    context.send(Event::Rendered(order.launch_id, to_look_at(&spec, order)));
    tokio::select! {
        prepared = prepare(context, order, &spec) => prepared?,
        () = stop.notified() => {
            return Err(LaunchError::NotLaunched("it was stopped before it was launched".to_owned()));
        }
    }
    context.launcher.launch(order, &spec).await
}

/// What was rendered, as people may see it: without the credential and other secrets.
fn to_look_at(spec: &impl Spec, order: &Order) -> Value {
    let mut rendered = spec.to_json();
    mask(&mut rendered, order.credential.as_ref().map(Credential::expose));
    rendered
}

/// Prepares, and passes on what the launcher says meanwhile.
async fn prepare<L: Launcher>(
    context: &Context<L>,
    order: &Order,
    spec: &L::Spec,
) -> Result<(), LaunchError> {
    let (news, mut heard) = News::channel();
    let mut prepared = pin!(context.launcher.prepare(spec, &news));
    let mut has_waited = false;
    let result = loop {
        tokio::select! {
            biased;
            Some(detail) = heard.recv() => {
                has_waited = true;
                context.send(Event::Waits(order.launch_id, detail));
            }
            result = &mut prepared => break result,
        }
    };
    if has_waited {
        context.send(Event::Waits(order.launch_id, String::new()));
    }
    result
}
