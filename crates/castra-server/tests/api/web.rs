//! The web UI as a browser without scripts sees it: pages, their headers, forms and what becomes of them.

use reqwest::header::{ACCEPT, CONTENT_SECURITY_POLICY};
use reqwest::{Response, StatusCode};
use serde_json::json;

use crate::server::TestServer;

impl TestServer {
    /// A page.
    async fn page(&self, path: &str) -> (StatusCode, String) {
        let request = self.client.get(format!("{}{path}", self.url)).header(ACCEPT, "text/html");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// A page that is there.
    pub(crate) async fn shown(&self, path: &str) -> String {
        let (status, html) = self.page(path).await;
        assert_eq!(status, StatusCode::OK, "{html}");
        html
    }

    /// Sends a form as a browser does from a page of this site, or of another.
    pub(crate) async fn form_from(&self, site: &str, path: &str, body: &str) -> Response {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.header("sec-fetch-site", site).header(ACCEPT, "text/html");
        let form = request.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned());
        form.send().await.unwrap()
    }

    /// Sends a form from a page of this site, and answers with the path of the page that it leads to.
    pub(crate) async fn form(&self, path: &str, body: &str) -> String {
        let answer = self.form_from("same-origin", path, body).await;
        let (status, path) = (answer.status(), answer.url().path().to_owned());
        assert_eq!(status, StatusCode::OK, "{}", answer.text().await.unwrap());
        path
    }

    /// A run of a new flow that no agent takes, and the path of its page.
    async fn a_run_to_look_at(&self) -> String {
        let run_config = json!({"type": "LocalRun", "labels": ["gpu"]});
        let flow = self.given_flow_with(json!({"name": "etl <b>", "run_config": run_config})).await;
        format!("/runs/{}", self.id("create_flow_run", json!({"flow_id": flow})).await)
    }
}

#[tokio::test]
async fn every_page_forbids_what_is_inline_or_of_another_site() {
    let server = TestServer::empty().await;
    for path in ["/runs/no-id", "/favicon.ico"] {
        let answer = server.client.get(format!("{}{path}", server.url)).send().await.unwrap();
        let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so_in_plain_words() {
    let server = TestServer::empty().await;
    let unknown = format!("/runs/{}", uuid::Uuid::nil());
    for (path, status, words) in [
        ("/nowhere", StatusCode::NOT_FOUND, "There is no page at this address"),
        ("/runs/no-id", StatusCode::BAD_REQUEST, "is no id of a run"),
        (&unknown, StatusCode::NOT_FOUND, "not found"),
    ] {
        let (found, html) = server.page(path).await;
        assert_eq!(found, status, "{path}");
        assert!(html.contains("<title>") && html.contains(words), "{path}: {html}");
    }
}

#[tokio::test]
async fn a_page_loads_only_files_that_are_there_and_may_be_kept() {
    let server = TestServer::empty().await;
    let (_, html) = server.page("/nowhere").await;
    let files: Vec<_> = html.split('"').filter(|text| text.starts_with("/assets/")).collect();
    assert_eq!(files.len(), 6, "{files:?}");
    for file in files {
        let answer = server.client.get(format!("{}{file}", server.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{file}");
        assert!(answer.headers()["cache-control"].to_str().unwrap().contains("immutable"), "{file}");
    }
}

#[tokio::test]
async fn a_run_says_why_it_waits_and_how_to_start_an_agent_that_takes_it() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    let html = server.shown(&run).await;
    assert!(html.contains("Why it waits") && html.contains("castra agent local start --label gpu"), "{html}");
    assert!(html.contains("etl &#60;b&#62;") && !html.contains("etl <b>"));
}

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
        ("labels", "labels=dev%2C+eu", "castra agent local start --label dev --label eu"),
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
async fn what_cannot_be_done_now_is_said_on_a_page() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    let answer = server.form_from("same-origin", &format!("{run}/restart"), "").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert!(answer.text().await.unwrap().contains("has not ended: cancel it first"));
    let answer = server.form_from("same-origin", &format!("{run}/state"), "state=Nonsense").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

/// Reads events until one of this name comes, and answers its data.
async fn event(stream: &mut Response, name: &str) -> String {
    let mut text = String::new();
    let wanted = format!("event: {name}\n");
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        loop {
            text += std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap();
            let found =
                text.split_inclusive("\n\n").find(|event| event.contains(&wanted) && event.ends_with("\n\n"));
            if let Some(found) = found {
                return found.to_owned();
            }
        }
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn an_open_page_hears_of_states_and_lines() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    let html = server.shown(&run).await;
    let url = html.split("sse-connect=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let mut stream = server.client.get(format!("{}{url}", server.url)).send().await.unwrap();
    // Once for what may have happened in between, and once for the new name.
    event(&mut stream, "changed").await;
    server.form(&format!("{run}/name"), "name=other").await;
    event(&mut stream, "changed").await;
    let id = run.trim_start_matches("/runs/");
    let line = json!({"flow_run_id": id, "level": "INFO", "name": "x", "message": "<i>hello</i>"});
    server.mutate("write_run_logs", "success", json!({"logs": [line]})).await.unwrap();
    let lines = event(&mut stream, "log").await;
    assert!(lines.contains("&#60;i&#62;hello&#60;/i&#62;"), "{lines}");
    let text = server.shown(&format!("{run}/log.txt")).await;
    assert!(text.ends_with("INFO     x <i>hello</i>\n"), "{text}");
    let filtered = server.shown(&format!("{run}?level=ERROR")).await;
    assert!(!filtered.contains("hello"), "{filtered}");
}

#[tokio::test]
async fn every_page_of_the_navigation_is_there_with_and_without_anything_to_show() {
    let server = TestServer::empty().await;
    for is_empty in [true, false] {
        if !is_empty {
            server.a_run_to_look_at().await;
            server.given_agent(&["dev"]).await;
        }
        for path in
            ["/", "/runs", "/runs?when=upcoming&state=waiting", "/flows", "/agents?labels=gpu", "/late"]
        {
            let html = server.shown(path).await;
            assert!(html.contains("<h1>"), "{path}: {html}");
        }
    }
}

#[tokio::test]
async fn runs_are_filtered_by_what_stands_in_the_address() {
    let server = TestServer::empty().await;
    let run = server.a_run_to_look_at().await;
    server.form(&format!("{run}/name"), "name=Wanted").await;
    for (query, is_found) in [
        ("", true),
        ("state=waiting", true),
        ("state=failed", false),
        ("label=gpu", true),
        ("label=cpu", false),
        ("name=want", true),
        ("name=w%25", false),
        ("from=2026-01-01T00:00", true),
        ("to=2026-01-01T00:00", false),
        ("when=upcoming", false),
        ("agent=00000000-0000-0000-0000-000000000000", false),
    ] {
        let html = server.shown(&format!("/runs?{query}")).await;
        assert_eq!(html.contains(&format!("href=\"{run}\"")), is_found, "{query}");
    }
    let (status, html) = server.page("/runs?state=odd").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(html.contains("“odd” is no state to filter by: use one of waiting"), "{html}");
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
async fn an_agent_says_which_waiting_runs_it_does_not_take() {
    let server = TestServer::empty().await;
    server.a_run_to_look_at().await;
    server.given_agent(&["dev"]).await;
    let html = server.shown("/agents").await;
    assert!(html.contains("1 run waiting with `gpu`: the agent lacks `gpu`"), "{html}");
    assert!(html.contains("castra agent local start --label gpu"), "{html}");
}
