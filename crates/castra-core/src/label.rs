//! Labels route runs to agents. This file holds the set itself and the layers it is resolved from; which agent takes
//! which run is decided in [`matching`](crate::matching).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A set of labels, ordered, so that equal sets have one written form and can be interned.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelSet(BTreeSet<String>);

impl LabelSet {
    /// The empty set: a run that carries it goes only to agents that carry it too.
    pub const fn empty() -> Self {
        Self(BTreeSet::new())
    }

    /// True for the empty set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// True if every label of this set is in `other`.
    pub fn is_subset(&self, other: &LabelSet) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The labels of this set that `other` lacks.
    pub fn missing_from(&self, other: &LabelSet) -> LabelSet {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// Adds a label.
    pub fn insert(&mut self, label: impl Into<String>) {
        self.0.insert(label.into());
    }
}

impl<S: Into<String>> FromIterator<S> for LabelSet {
    fn from_iter<I: IntoIterator<Item = S>>(labels: I) -> Self {
        Self(labels.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>> Extend<S> for LabelSet {
    fn extend<I: IntoIterator<Item = S>>(&mut self, labels: I) {
        self.0.extend(labels.into_iter().map(Into::into));
    }
}

impl fmt::Display for LabelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no labels");
        }
        for (index, label) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "`{label}`")?;
        }
        Ok(())
    }
}

/// Where a run's labels came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelSource {
    /// Given with the run itself.
    Run,
    /// The run config given with the run.
    RunRunConfig,
    /// Set on the flow group.
    FlowGroup,
    /// The flow group's run config.
    FlowGroupRunConfig,
    /// The flow's run config.
    FlowRunConfig,
    /// The flow's legacy environment (Prefect before 0.14).
    Environment,
    /// No layer says anything: the run has no labels.
    Nothing,
}

/// The layers a run's labels can come from, strongest first. `None` says nothing; an empty set is a value.
#[derive(Clone, Debug, Default)]
pub struct LabelLayers {
    /// Labels given with the run.
    pub run: Option<LabelSet>,
    /// Labels of the run config given with the run: `Some` whenever a run config was given, because overriding the
    /// run config without labels yields no labels.
    pub run_run_config: Option<LabelSet>,
    /// Labels set on the flow group.
    pub flow_group: Option<LabelSet>,
    /// Labels of the flow group's run config, `Some` whenever there is one.
    pub flow_group_run_config: Option<LabelSet>,
    /// Labels of the flow's run config, `Some` whenever there is one.
    pub flow_run_config: Option<LabelSet>,
    /// Labels of the flow's legacy environment.
    pub environment: Option<LabelSet>,
}

impl LabelLayers {
    /// The labels of the strongest layer that says anything, and which one that was. Layers never merge
    /// (Prefect 1's resolution at run creation).
    pub fn resolve(self) -> (LabelSet, LabelSource) {
        let layers = [
            (self.run, LabelSource::Run),
            (self.run_run_config, LabelSource::RunRunConfig),
            (self.flow_group, LabelSource::FlowGroup),
            (self.flow_group_run_config, LabelSource::FlowGroupRunConfig),
            (self.flow_run_config, LabelSource::FlowRunConfig),
            (self.environment, LabelSource::Environment),
        ];
        layers
            .into_iter()
            .find_map(|(labels, source)| labels.map(|labels| (labels, source)))
            .unwrap_or((LabelSet::empty(), LabelSource::Nothing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(labels: &[&str]) -> LabelSet {
        labels.iter().copied().collect()
    }

    #[test]
    fn an_empty_set_is_a_value_and_hides_the_weaker_layers() {
        let layers = LabelLayers {
            run: Some(LabelSet::empty()),
            flow_run_config: Some(labels(&["dev"])),
            ..LabelLayers::default()
        };
        assert_eq!(layers.resolve(), (LabelSet::empty(), LabelSource::Run));
    }

    #[test]
    fn layers_never_merge() {
        let layers = LabelLayers {
            flow_group: Some(labels(&["gpu"])),
            flow_run_config: Some(labels(&["dev"])),
            ..LabelLayers::default()
        };
        assert_eq!(layers.resolve(), (labels(&["gpu"]), LabelSource::FlowGroup));
    }

    #[test]
    fn nothing_said_means_no_labels() {
        assert_eq!(LabelLayers::default().resolve(), (LabelSet::empty(), LabelSource::Nothing));
    }
}
