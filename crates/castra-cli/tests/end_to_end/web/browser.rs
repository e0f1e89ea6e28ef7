//! A headless Chromium of Debian's, driven over WebDriver, and waiting for what a page shows.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::support::eventually;

/// A browser with one window. It ends with this value.
pub(super) struct Browser {
    pub(super) client: Client,
    server: String,
    driver: Child,
}

/// How a window is.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) is_dark: bool,
}

impl Window {
    /// That of a desktop.
    pub(super) const DESKTOP: Self = Self { width: 1280, height: 900, is_dark: false };
    /// That of a phone.
    pub(super) const PHONE: Self = Self { width: 390, height: 844, is_dark: false };
}

impl Browser {
    /// A browser that looks at a server; none, and a word on it, where Chromium or its driver is missing.
    pub(super) async fn on(server: &str) -> Option<Self> {
        Self::with(server, Window::DESKTOP).await
    }

    pub(super) async fn with(server: &str, window: Window) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let Ok(driver) = driver else {
            eprintln!("LEFT OUT: no chromedriver here; install Debian's chromium and chromium-driver");
            return None;
        };
        let url = format!("http://127.0.0.1:{port}");
        let client = eventually("chromium starts", async || {
            connect(&url, window).await.map_err(|error| json!(error.to_string()))
        })
        .await;
        Some(Self { client, server: server.to_owned(), driver })
    }

    /// Opens a page of the server.
    pub(super) async fn open(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.server)).await.unwrap();
    }

    /// Waits until an element is there.
    pub(super) async fn finds(&self, css: &str) -> Element {
        let find =
            async || self.client.find(Locator::Css(css)).await.map_err(|error| json!(error.to_string()));
        eventually(&format!("the page has {css}"), find).await
    }

    /// Waits until an element says something.
    pub(super) async fn sees(&self, css: &str, words: &str) {
        let look = async || {
            let text = self.text(css).await;
            if text.contains(words) { Ok(()) } else { Err(json!(text)) }
        };
        eventually(&format!("{css} says {words}"), look).await;
    }

    /// Waits until no element says something any more.
    pub(super) async fn sees_no_more(&self, css: &str, words: &str) {
        let look = async || {
            let text = self.text(css).await;
            if text.contains(words) { Err(json!(text)) } else { Ok(()) }
        };
        eventually(&format!("{css} says {words} no more"), look).await;
    }

    /// What an element says; nothing if it is not there.
    async fn text(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
        self.run(script, vec![json!(css)]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks an element once it is there.
    pub(super) async fn clicks(&self, css: &str) {
        self.finds(css).await.click().await.unwrap();
    }

    /// Fills in a field.
    pub(super) async fn fills(&self, css: &str, text: &str) {
        let field = self.finds(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What a script answers.
    pub(super) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_default()
    }
}

async fn connect(url: &str, window: Window) -> Result<Client, fantoccini::error::NewSessionError> {
    let mut arguments = vec![
        "--headless=new".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--window-size={},{}", window.width, window.height),
    ];
    if window.is_dark {
        arguments.push("--force-dark-mode".to_owned());
        arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    let capabilities =
        json!({"goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}});
    let capabilities = capabilities.as_object().cloned().unwrap_or_default();
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let connecting = builder.capabilities(capabilities).connect(url);
    tokio::time::timeout(Duration::from_secs(30), connecting).await.unwrap()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver leaves its browser behind: both are of one process group.
        let group = nix::unistd::Pid::from_raw(self.driver.id().cast_signed());
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.driver.wait();
    }
}
