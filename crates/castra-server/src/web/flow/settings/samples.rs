//! Settings for the test that renders every page.

use super::SettingsPage;
use crate::web::flow::samples::a_flow;
use crate::web::new_run::samples::{considered, every_editing, prospects};
use crate::web::tests::{Sample, sample};

/// Every type of run config, with everything that can be said beside it.
pub(in crate::web) fn samples() -> Vec<Sample> {
    let page = |editing| {
        let considered = considered(&editing);
        SettingsPage::new(a_flow(), &editing, &considered, prospects())
    };
    every_editing().into_iter().map(|editing| sample("flow settings", &page(editing))).collect()
}
