//! axe-core's rules for accessible pages, over every page in light, dark and on a phone. `cargo xtask test` fetches it and
//! names it in `CASTRA_AXE`.

use serde_json::{Value, json};

use super::a_run;
use super::browser::{Browser, Window};
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_passes_the_rules_of_axe() {
    let Some(axe) = std::env::var_os("CASTRA_AXE") else {
        eprintln!("LEFT OUT: CASTRA_AXE does not name axe.min.js; `cargo xtask test` fetches it");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let world = World::new().await;
    let (_, run) = a_run(&world, &["gpu"], "exit 0").await;
    let _agent = world.agent("here", &["dev"]);
    let group = world.api.call("{ flow_group { id } }", json!({})).await["flow_group"][0]["id"].clone();
    let (run, flow) = (format!("/runs/{run}"), format!("/flows/{}", group.as_str().unwrap()));
    let (dialog, settings) = (format!("{flow}/run"), format!("{flow}/settings"));
    let pages =
        ["/", "/runs", &run, "/flows", &flow, &dialog, &settings, "/agents?labels=gpu", "/late", "/nowhere"];
    for window in [Window::DESKTOP, Window { is_dark: true, ..Window::DESKTOP }, Window::PHONE] {
        let Some(browser) = Browser::with(world.server.url(), window).await else { return };
        for page in pages {
            browser.open(page).await;
            let violations = violations(&browser, &axe).await;
            assert_eq!(violations, json!([]), "{page}: {violations:#}");
        }
    }
}

async fn violations(browser: &Browser, axe: &str) -> Value {
    browser.run(axe, vec![]).await;
    let script = "const done = arguments[arguments.length - 1];
        axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(
            (result) => done(result.violations.map(({id, nodes}) => [id, nodes.map((node) => [node.html, node.failureSummary])])),
            (error) => done(String(error)))";
    browser.client.execute_async(script, vec![]).await.unwrap()
}
