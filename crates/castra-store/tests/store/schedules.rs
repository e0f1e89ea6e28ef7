//! Schedules: the next ten events of all clocks, one run per event for ever.

use castra_core::schedule::Schedule;
use castra_store::schedule::{
    flows_to_schedule, schedule_flow_runs, set_flow_group_schedule, set_schedule_active,
    set_schedule_inactive,
};
use castra_store::testing::{TestStore, a_serialized_flow};
use serde_json::{Value as Json, json};

fn hourly_and_daily() -> Json {
    json!({"clocks": [
        {"type": "CronClock", "cron": "0 * * * *", "parameter_defaults": {"size": "small"}},
        {"type": "CronClock", "cron": "0 6 * * *", "parameter_defaults": {"size": "large"}, "labels": ["big"]},
    ]})
}

async fn a_scheduled_flow(test: &TestStore) -> (uuid::Uuid, uuid::Uuid) {
    let mut flow = a_serialized_flow(&["dev"]);
    flow["schedule"] = hourly_and_daily();
    let registered = test.register(flow).await;
    (registered.id, registered.flow_group_id)
}

async fn runs(test: &TestStore) -> i64 {
    test.value("select count(*) from flow_run", &[]).await
}

#[tokio::test]
async fn the_next_ten_events_of_all_clocks_become_runs_once() {
    let test = TestStore::new();
    let (flow, _) = a_scheduled_flow(&test).await;
    let made: String = test
        .value(
            "select group_concat(substr(scheduled_start_time, 12, 5) || ' ' || json_extract(parameters, '$.size')
                 || ' ' || labels, char(10) order by scheduled_start_time, labels) from flow_run",
            &[],
        )
        .await;
    insta::assert_snapshot!(made, @r#"
    01:00 small ["dev"]
    02:00 small ["dev"]
    03:00 small ["dev"]
    04:00 small ["dev"]
    05:00 small ["dev"]
    06:00 large ["big"]
    06:00 small ["dev"]
    07:00 small ["dev"]
    08:00 small ["dev"]
    09:00 small ["dev"]
    "#);
    assert_eq!(test.write(move |tx| schedule_flow_runs(tx, flow)).await, 0);
    test.wait_seconds(3600);
    assert_eq!(test.write(move |tx| schedule_flow_runs(tx, flow)).await, 1);
    assert_eq!(test.write(flows_to_schedule).await, [flow]);
}

#[tokio::test]
async fn pausing_deletes_the_runs_that_wait() {
    let test = TestStore::new();
    let (flow, _) = a_scheduled_flow(&test).await;
    let by_hand = test.a_run(flow).await;
    test.write(move |tx| set_schedule_inactive(tx, flow)).await;
    assert_eq!(test.value::<uuid::Uuid>("select id from flow_run", &[]).await, by_hand);
    test.write(move |tx| set_schedule_active(tx, flow)).await;
    assert_eq!(runs(&test).await, 11);
}

#[tokio::test]
async fn the_groups_schedule_replaces_the_flows() {
    let test = TestStore::new();
    let (_, group) = a_scheduled_flow(&test).await;
    let dates =
        json!({"clocks": [{"type": "DatesClock", "dates": [{"dt": "2026-03-01T00:00:00", "tz": "UTC"}]}]});
    let schedule = Schedule::from_json(&dates).unwrap();
    test.write(move |tx| set_flow_group_schedule(tx, group, Some(&schedule))).await;
    assert_eq!(runs(&test).await, 1);
    test.write(move |tx| set_flow_group_schedule(tx, group, None)).await;
    assert_eq!(runs(&test).await, 10);
}

#[tokio::test]
async fn a_cancelled_run_of_a_schedule_is_not_made_again() {
    let test = TestStore::new();
    let (flow, _) = a_scheduled_flow(&test).await;
    let first: uuid::Uuid =
        test.value("select id from flow_run order by scheduled_start_time, id limit 1", &[]).await;
    test.write(move |tx| castra_store::cancel::cancel_flow_run(tx, first)).await;
    assert_eq!(test.write(move |tx| schedule_flow_runs(tx, flow)).await, 0);
}
