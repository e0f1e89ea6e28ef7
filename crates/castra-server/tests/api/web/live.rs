//! What a page that is open hears of.

use reqwest::Response;
use serde_json::json;

use crate::server::TestServer;

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
