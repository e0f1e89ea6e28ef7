//! Flows for the test that renders every page.

use castra_core::state::StateKind;
use castra_store::view::flows::{FlowView, VersionView};
use castra_store::view::tasks::TaskView;
use jiff::Timestamp;
use serde_json::{Map, json};
use uuid::Uuid;

use super::{FlowPage, Material};
use crate::web::flows::samples::a_recent_run;
use crate::web::runs::samples::a_run;
use crate::web::tests::{HOSTILE, Sample, sample};

/// A flow with everything, and one with nothing.
pub(in crate::web) fn samples() -> Vec<Sample> {
    vec![
        sample("flow", &FlowPage::new(full(), Some((1, 2)))),
        sample("flow: bare", &FlowPage::new(bare(), None)),
    ]
}

fn version(version: i64) -> VersionView {
    VersionView {
        id: Uuid::from_u128(1),
        name: HOSTILE.to_owned(),
        version,
        archived: version == 1,
        created: Timestamp::UNIX_EPOCH,
        core_version: Some(HOSTILE.to_owned()),
        run_config: Some(json!({ "type": HOSTILE, "version": version })),
        schedule: Some(json!({"clocks": [{"type": "CronClock", "cron": HOSTILE}]})),
        is_schedule_active: true,
        parameters: json!([{"name": HOSTILE, "default": HOSTILE, "required": false}]),
    }
}

fn full() -> Material {
    let mut material = bare();
    material.flow.description = Some(HOSTILE.to_owned());
    material.flow.run_config =
        Some(json!({"type": "LocalRun", "env": {HOSTILE: HOSTILE}, "labels": [HOSTILE]}));
    material.flow.default_parameters = Map::from_iter([(HOSTILE.to_owned(), json!(HOSTILE))]);
    material.versions = vec![version(2), version(1)];
    material.runs = vec![a_run()];
    material.upcoming = vec![a_recent_run()];
    material.tasks = vec![TaskView {
        id: Uuid::from_u128(2),
        name: HOSTILE.to_owned(),
        mapped: true,
        counts: vec![(StateKind::Failed, 1)],
        start_time: None,
        end_time: None,
        run: None,
    }];
    material
}

/// A flow without settings of its own.
pub(in crate::web) fn a_flow() -> FlowView {
    bare().flow
}

fn bare() -> Material {
    Material {
        flow: FlowView {
            group_id: Uuid::from_u128(3),
            description: None,
            labels: None,
            run_config: None,
            schedule: None,
            default_parameters: Map::new(),
            settings: Map::new(),
            newest: version(1),
            project: HOSTILE.to_owned(),
        },
        versions: Vec::new(),
        runs: Vec::new(),
        upcoming: Vec::new(),
        tasks: Vec::new(),
        edges: Vec::new(),
        now: Timestamp::UNIX_EPOCH,
    }
}
