//! What forms do, and which are refused.

use reqwest::StatusCode;
use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    let answer = server.form_from("cross-site", &format!("{run}/cancel"), "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("sent from another site"));
    assert!(!server.shown(&run).await.contains("Cancelled</span>"));
}

#[tokio::test]
async fn a_run_is_renamed_relabelled_cancelled_and_restarted_from_its_page() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    for (action, body, shown) in [
        ("name", "name=other+%3Cname%3E", "other &#60;name&#62;"),
        ("labels", "labels.kept=dev&labels.these=eu%2C", "castra agent local start --label dev --label eu"),
        ("cancel", "", "Cancelled</span>"),
        ("restart", "", "Scheduled</span>"),
        ("state", "state=Failed&message=by+hand", "by hand"),
    ] {
        assert_eq!(server.form(&format!("{run}/{action}"), body).await, run);
        let html = server.shown(&run).await;
        assert!(html.contains(shown), "{action}: {html}");
    }
}

#[tokio::test]
async fn a_paused_task_run_is_resumed_from_the_page_of_its_run() {
    let server = TestServer::empty().await;
    let (flow_run, task_run) = server.given_task_run().await;
    let run = format!("/runs/{flow_run}");
    let resume = format!("{run}/tasks/{task_run}/resume");
    assert!(!server.shown(&run).await.contains(&resume));
    server.set_task_run_state(&task_run, json!({"type": "Paused"})).await.unwrap();
    let html = server.shown(&run).await;
    assert!(
        html.contains(&format!(
            r#"<form method="post" action="{resume}"><button class="primary" aria-label="Resume extract">"#
        )),
        "{html}"
    );
    assert_eq!(server.form(&resume, "").await, run);
    let html = server.shown(&run).await;
    assert!(html.contains("Resume</span>") && !html.contains(&resume), "{html}");
    let answer = server.form_from("same-origin", &resume, "").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_cannot_be_done_now_is_said_on_a_page() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    let answer = server.form_from("same-origin", &format!("{run}/restart"), "").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert!(answer.text().await.unwrap().contains("has not ended: cancel it first"));
    let answer = server.form_from("same-origin", &format!("{run}/state"), "state=Nonsense").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn marked_runs_are_cancelled_and_retried_together() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    let id = run.trim_start_matches("/runs/");
    let marked = format!("run={id}&run={}&query=label%3Dgpu", uuid::Uuid::nil());
    assert_eq!(server.form("/runs", &format!("{marked}&action=cancel")).await, "/runs");
    assert!(server.shown("/runs?state=cancelled").await.contains(&run));
    server.form("/runs", &format!("{marked}&action=retry")).await;
    assert!(server.shown("/runs?state=waiting").await.contains(&run));
    let answer = server.form_from("same-origin", "/runs", "action=cancel").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_flow_is_scheduled_paused_and_given_parameters_from_its_page() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    let html = server.shown(&run).await;
    let flow = html.split("href=\"").find(|rest| rest.starts_with("/flows/")).unwrap();
    let flow = flow.split('"').next().unwrap();
    for (action, body, shown) in [
        ("schedule", "cron=0+6+*+*+1-5&timezone=Europe%2FBerlin", "cron 0 6 * * 1-5 (Europe/Berlin)"),
        ("schedule/active", "active=true", "Next runs:"),
        ("schedule/active", "active=false", "Were it active, it would run:"),
        ("parameters", "parameters=%7B%22country%22%3A+%22DE%22%7D", "&#34;country&#34;: &#34;DE&#34;"),
        ("switch", "setting=lazarus_enabled&on=false", "Turn on"),
        ("schedule", "", "Nothing is scheduled."),
    ] {
        assert_eq!(server.form(&format!("{flow}/{action}"), body).await, flow);
        let html = server.shown(flow).await;
        assert!(html.contains(shown), "{action} {body}: {html}");
    }
    for (action, body, words) in
        [("schedule", "cron=whenever", "whenever"), ("parameters", "parameters=%5B", "are no JSON object")]
    {
        let answer = server.form_from("same-origin", &format!("{flow}/{action}"), body).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(answer.text().await.unwrap().contains(words));
    }
}

#[tokio::test]
async fn late_runs_are_all_run_or_the_latest_alone_or_none() {
    let server = TestServer::empty().await;
    let flow = server.given_flow_with(json!({"name": "etl"})).await;
    let mut late = Vec::new();
    for due in ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"] {
        let input = json!({"flow_id": flow, "scheduled_start_time": due});
        late.push(server.id("create_flow_run", input).await);
    }
    let shown = server.shown("/late").await;
    assert!(late.iter().all(|run| shown.contains(run)), "{shown}");
    let before = "before=2026-01-02T12:00:00Z";
    assert_eq!(server.form("/late", &format!("action=run&{before}")).await, "/late");
    let shown = server.shown("/late").await;
    assert_eq!([0, 1, 2].map(|index| shown.contains(&late[index])), [false, false, true]);
    let states = "{ flow_run(order_by: {state_start_time: asc}) { id state } }";
    let runs = server.data(states).await;
    let in_order: Vec<_> = runs["flow_run"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
    assert_eq!(in_order, [&late[2], &late[0], &late[1]], "they run in the order in which they were due");
    let answer = server.form_from("same-origin", "/late", &format!("action=other&{before}")).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}
