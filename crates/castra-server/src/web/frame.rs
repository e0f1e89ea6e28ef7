//! What surrounds every page: its title, the navigation, the files it loads.

use super::assets::{ASSETS, Assets};

/// Every page has one, in the field `frame` of its struct.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    title: String,
    section: Section,
}

/// The part of the UI that a page belongs to, marked in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// None of them.
    Nothing,
    Overview,
    Runs,
    Flows,
    Agents,
    Late,
}

impl Section {
    /// What the navigation shows: name and address.
    const SHOWN: [(Section, &'static str, &'static str); 5] = [
        (Section::Overview, "Overview", "/"),
        (Section::Runs, "Runs", "/runs"),
        (Section::Flows, "Flows", "/flows"),
        (Section::Agents, "Agents", "/agents"),
        (Section::Late, "Late", "/late"),
    ];
}

impl Frame {
    /// The frame of a page.
    pub(super) fn new(title: impl Into<String>, section: Section) -> Self {
        Self { title: title.into(), section }
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn links(&self) -> impl Iterator<Item = Link> {
        let current = self.section;
        Section::SHOWN.into_iter().map(move |(section, name, url)| Link {
            name,
            url,
            is_current: section == current,
        })
    }

    pub(super) fn assets(&self) -> &'static Assets {
        &ASSETS
    }
}

/// A link of the navigation.
pub(super) struct Link {
    pub(super) name: &'static str,
    pub(super) url: &'static str,
    pub(super) is_current: bool,
}
