//! Match: which agent takes which run, and in words why another does not. The store asks this per distinct set of
//! labels when it claims; `why` asks it per waiting run and agent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::label::LabelSet;

/// Why an agent does not take a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mismatch {
    /// The agent lacks labels that the run carries.
    MissingLabels {
        /// The labels to start the agent with, or to take off the run.
        missing: LabelSet,
    },
    /// The run has no labels, and such a run goes only to an agent without labels.
    RunIsUnlabelled {
        /// The labels that keep the agent from unlabelled runs.
        agent_labels: LabelSet,
    },
    /// The run's run config is for another kind of agent.
    RunConfig {
        /// The run config's type, e.g. `DockerRun`.
        run_config: String,
        /// The agent's type, e.g. `LocalAgent`.
        agent: String,
    },
    /// The agent was not heard of lately.
    Stale {
        /// Seconds since it last asked for work.
        seconds: i64,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::MissingLabels { missing } => write!(f, "the agent lacks {missing}"),
            Mismatch::RunIsUnlabelled { agent_labels } => {
                write!(f, "the run has no labels and the agent has {agent_labels}")
            }
            Mismatch::RunConfig { run_config, agent } => {
                write!(f, "a {run_config} is not launched by a {agent}")
            }
            Mismatch::Stale { seconds } => write!(f, "the agent was last heard of {seconds} s ago"),
        }
    }
}

/// Whether an agent's labels cover a run's: a superset, and none for none.
///
/// # Errors
/// The mismatch, with the labels that make it.
pub fn labels_cover(agent: &LabelSet, run: &LabelSet) -> Result<(), Mismatch> {
    if run.is_empty() {
        return match agent.is_empty() {
            true => Ok(()),
            false => Err(Mismatch::RunIsUnlabelled { agent_labels: agent.clone() }),
        };
    }
    match run.is_subset(agent) {
        true => Ok(()),
        false => Err(Mismatch::MissingLabels { missing: run.missing_from(agent) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(labels: &[&str]) -> LabelSet {
        labels.iter().copied().collect()
    }

    #[test]
    fn the_agent_needs_a_superset() {
        let run = labels(&["dev", "ml"]);
        assert_eq!(labels_cover(&labels(&["dev", "staging", "ml"]), &run), Ok(()));
        let refused = labels_cover(&labels(&["dev", "staging"]), &run).unwrap_err();
        assert_eq!(refused.to_string(), "the agent lacks `ml`");
    }

    #[test]
    fn an_unlabelled_run_goes_only_to_an_unlabelled_agent() {
        assert_eq!(labels_cover(&LabelSet::empty(), &LabelSet::empty()), Ok(()));
        let refused = labels_cover(&labels(&["dev"]), &LabelSet::empty()).unwrap_err();
        assert_eq!(refused.to_string(), "the run has no labels and the agent has `dev`");
    }

    fn any_labels() -> impl Strategy<Value = LabelSet> {
        proptest::collection::btree_set("[a-e]", 0..5).prop_map(|labels| labels.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_mismatch_names_exactly_what_is_missing(agent in any_labels(), run in any_labels()) {
            if let Err(Mismatch::MissingLabels { missing }) = labels_cover(&agent, &run) {
                let mut helped = agent.clone();
                helped.extend(missing.iter());
                prop_assert!(!missing.is_empty());
                prop_assert_eq!(labels_cover(&helped, &run), Ok(()));
            }
        }
    }
}
