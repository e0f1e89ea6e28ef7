//! The web UI as a browser without scripts sees it: pages, their headers, forms and what becomes of them, and the events of
//! pages that are open.

mod forms;
mod live;
mod pages;

use reqwest::header::ACCEPT;
use reqwest::{Response, StatusCode};
use serde_json::json;

use crate::server::TestServer;

impl TestServer {
    /// A page.
    pub(super) async fn page(&self, path: &str) -> (StatusCode, String) {
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
    pub(super) async fn a_run_to_look_at(&self) -> String {
        let run_config = json!({"type": "LocalRun", "labels": ["gpu"]});
        let flow = self.given_flow_with(json!({"name": "etl <b>", "run_config": run_config})).await;
        format!("/runs/{}", self.id("create_flow_run", json!({"flow_id": flow})).await)
    }
}
