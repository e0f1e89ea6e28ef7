//! Schedules of flows and flow groups.

use serde_json::{Value, json};

use super::NOBODY;
use crate::server::TestServer;

/// A schedule as a client serializes it: every hour.
fn hourly() -> Value {
    let clock = json!({"type": "IntervalClock", "interval": 3_600_000_000_u64,
        "start_date": {"dt": "2026-01-01T00:00:00", "tz": "UTC"}, "parameter_defaults": {"n": 1}});
    json!({"type": "Schedule", "clocks": [clock], "filters": [], "or_filters": [], "not_filters": [], "adjustments": []})
}

async fn scheduled_runs(server: &TestServer) -> usize {
    let data =
        server.data("{ flow_run(where: {auto_scheduled: {_eq: true}, state: {_eq: \"Scheduled\"}}) { id } }");
    data.await["flow_run"].as_array().unwrap().len()
}

#[tokio::test]
async fn an_active_schedule_makes_the_next_ten_runs_and_a_paused_one_takes_them_back() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow_with(json!({"schedule": hourly()})).await;
    assert_eq!(scheduled_runs(&server).await, 10);
    server.succeed("set_schedule_inactive", json!({"flow_id": flow_id})).await;
    assert_eq!(scheduled_runs(&server).await, 0);
    for _ in 0..2 {
        server.succeed("set_schedule_active", json!({"flow_id": flow_id})).await;
        assert_eq!(scheduled_runs(&server).await, 10, "the same events make no more runs");
    }
}

#[tokio::test]
async fn a_schedule_of_the_flow_group_replaces_the_flows() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow().await;
    let group_id = server.column("flow", &flow_id, "flow_group_id").await;
    let schedule = json!({
        "flow_group_id": group_id, "timezone": "Europe/Berlin",
        "cron_clocks": [{"cron": "0 6 * * MON-FRI", "labels": ["dev"]}],
        "interval_clocks": [{"interval": 3600, "parameter_defaults": {"n": 2}}],
    });
    server.succeed("set_flow_group_schedule", schedule).await;
    assert_eq!(scheduled_runs(&server).await, 10);
    server.succeed("delete_flow_group_schedule", json!({"flow_group_id": group_id})).await;
    assert_eq!(scheduled_runs(&server).await, 0);
}

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let server = TestServer::empty().await;
    let flow_id = server.given_flow().await;
    let group_id = server.column("flow", &flow_id, "flow_group_id").await;
    let refused = async |clocks: Value| {
        let mut input = clocks;
        input["flow_group_id"] = group_id.clone();
        server.refused("set_flow_group_schedule", "success", input).await
    };
    insta::assert_snapshot!(refused(json!({"cron_clocks": [{"cron": "61 * * * *"}]})).await, @r#"BAD_USER_INPUT: set_flow_group_schedule: input.cron_clocks[0].cron: "61 * * * *" is not a cron expression (Component error: Number out of bounds); write minute, hour, day of month, month and day of week, for example "0 9 * * MON-FRI""#);
    insta::assert_snapshot!(refused(json!({"cron_clocks": [{}]})).await, @"BAD_USER_INPUT: set_flow_group_schedule: input.cron_clocks[0].cron: expected a string, found nothing");
    insta::assert_snapshot!(refused(json!({"interval_clocks": [{"interval": 0}]})).await, @"BAD_USER_INPUT: set_flow_group_schedule: input.interval_clocks[0].interval: an interval must be from 1 s to 10,000 years, not 0 s");
    insta::assert_snapshot!(refused(json!({"interval_clocks": [{"interval": "often"}]})).await, @r#"BAD_USER_INPUT: set_flow_group_schedule: input.interval_clocks[0].interval: expected a whole number, found "often""#);
    insta::assert_snapshot!(refused(json!({"cron_clocks": [{"cron": "* * * * *"}], "timezone": "Mars"})).await, @r#"BAD_USER_INPUT: set_flow_group_schedule: input.timezone: unknown time zone "Mars"; use an IANA name such as "Europe/Berlin" or an offset such as "+02:00""#);
    insta::assert_snapshot!(refused(json!({})).await, @"BAD_USER_INPUT: set_flow_group_schedule: no clock is given: add cron_clocks or interval_clocks, or call delete_flow_group_schedule to take the schedule away");
    let somewhere = json!({"flow_group_id": NOBODY, "cron_clocks": [{"cron": "* * * * *"}]});
    insta::assert_snapshot!(server.refused("set_flow_group_schedule", "success", somewhere).await, @"NOT_FOUND: flow group 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("delete_flow_group_schedule", "success", json!({"flow_group_id": NOBODY})).await, @"NOT_FOUND: flow group 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("set_schedule_active", "success", json!({"flow_id": NOBODY})).await, @"NOT_FOUND: flow 00000000-0000-4000-8000-00000000dead not found");
    insta::assert_snapshot!(server.refused("set_schedule_inactive", "success", json!({"flow_id": NOBODY})).await, @"NOT_FOUND: flow 00000000-0000-4000-8000-00000000dead not found");
}
