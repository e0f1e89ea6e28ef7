//! Every page and every part of one, rendered from typed samples whose every text is made to break out of the page.

use askama::Template;

use super::page_error::{ErrorPage, PageError};
use super::{agents, flow, flows, late, new_run, overview, run, runs};

/// A text that would run, end an attribute or begin a tag if it were not escaped.
pub(super) const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;{{ 7 }}";

/// A page as it would be sent.
pub(super) type Sample = (&'static str, String);

/// Renders a sample.
pub(super) fn sample(name: &'static str, template: &impl Template) -> Sample {
    (name, template.render().unwrap())
}

fn samples() -> Vec<Sample> {
    let errors = [sample("error", &ErrorPage::from(PageError::bad(HOSTILE)))];
    let pages = [
        overview::samples::samples(),
        runs::samples::samples(),
        run::samples::samples(),
        flows::samples::samples(),
        flow::samples::samples(),
        flow::settings::samples::samples(),
        new_run::samples::samples(),
        agents::samples::samples(),
        late::samples::samples(),
    ];
    errors.into_iter().chain(pages.into_iter().flatten()).collect()
}

#[test]
fn every_page_renders_and_no_text_breaks_out_of_it() {
    for (name, html) in samples() {
        for broken in ["<script>alert", "<img src=x", "\"'>"] {
            assert_eq!(html.find(broken), None, "{name}: {broken} is in it as it is");
        }
        let is_shown = html.contains("&#60;script&#62;alert(1)");
        assert!(is_shown, "{name} shows no hostile text: is the sample complete?");
    }
}

#[test]
fn no_page_has_anything_inline_that_the_policy_forbids() {
    for (name, html) in samples() {
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            let is_inline_script = tag.starts_with("script") && !tag.contains(" src=");
            assert!(!is_inline_script && !tag.starts_with("style"), "{name}: <{tag}>");
            // What stands between quotes is a value, every other part begins with names of attributes.
            let names = tag.split('"').step_by(2).flat_map(str::split_whitespace);
            let forbidden = names.filter(|name| name.starts_with("style=") || name.starts_with("on"));
            assert_eq!(forbidden.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}: <{tag}>");
        }
    }
}
