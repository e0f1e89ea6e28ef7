//! What pages show, and that they may load nothing but what is theirs.

use reqwest::StatusCode;
use reqwest::header::CONTENT_SECURITY_POLICY;

use crate::server::TestServer;

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
async fn an_agent_says_which_waiting_runs_it_does_not_take() {
    let server = TestServer::empty().await;
    server.a_run_to_look_at().await;
    server.given_agent(&["dev"]).await;
    let html = server.shown("/agents").await;
    assert!(html.contains("1 run waiting with `gpu`: the agent lacks `gpu`"), "{html}");
    assert!(html.contains("castra agent local start --label gpu"), "{html}");
}
