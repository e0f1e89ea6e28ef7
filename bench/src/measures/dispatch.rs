//! Dispatch: from the request that creates a run to the first instruction of the flow's process, one run at a time.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::json;

use super::{create_project, create_runs};
use crate::flows;
use crate::installation::{Installation, block_on};
use crate::statistics::{Samples, row};

const RUNS: usize = 200;

pub(crate) fn print() -> Result<()> {
    let installation = Installation::start()?;
    let _agent = installation.agent()?;
    block_on(async {
        let client = installation.client()?;
        create_project(&client).await?;
        let flow = flows::register(&client, flows::no_op()).await?;
        let mut samples = Samples::default();
        for n in 0..RUNS {
            let note = installation.file(&format!("start-{n}"));
            let run_config =
                json!({"type": "LocalRun", "labels": [flows::LABEL], "env": {flows::NOTE_START: note}});
            let before = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let run = create_runs(&client, flow, 1, |_| json!({"run_config": run_config})).await?;
            flows::wait_until_ended(&client, &run).await?;
            samples.extend([flows::noted_start(&note)?.saturating_sub(before)]);
        }
        row("dispatch: create a run → first instruction of the flow's process", &samples.summary());
        Ok(())
    })
}
