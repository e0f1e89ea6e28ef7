//! Triggers: whether a task runs, given how the tasks before it ended. Pure.

use std::ops::AddAssign;

use castra_core::graph::FunctionReference;
use castra_core::state::{State, StateKind};
use serde_json::json;

/// When a task runs. Skipped counts as successful; of a mapped upstream task every child counts
/// (prefect 1.4.1 `prefect.triggers`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Trigger {
    /// All upstream tasks were successful.
    #[default]
    AllSuccessful,
    /// All upstream tasks failed.
    AllFailed,
    /// At least one upstream task was successful.
    AnySuccessful,
    /// At least one upstream task failed.
    AnyFailed,
    /// Always, once the upstream tasks have ended.
    AllFinished,
    /// All were successful, and not all of them were skipped.
    NotAllSkipped,
    /// A number of upstream tasks were successful.
    SomeSuccessful {
        /// The fewest.
        at_least: Amount,
    },
    /// A number of upstream tasks failed.
    SomeFailed {
        /// The fewest.
        at_least: Amount,
    },
    /// The upstream tasks have ended, however, and somebody has said that the task may run: it waits, Paused, until it is resumed.
    ManualOnly,
    /// The task judges for itself: it begins once the upstream tasks have ended, and is given how
    /// ([`Call::upstream`](crate::untyped::Call)).
    Own,
}

/// How many upstream tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// So many.
    Count(usize),
    /// This share of them all, between 0 and 1.
    Share(f64),
}

impl Amount {
    fn of(self, all: usize) -> f64 {
        match self {
            Amount::Count(count) => count as f64,
            Amount::Share(share) => share * all as f64,
        }
    }
}

/// How a task's upstream task runs ended, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// All of them.
    pub(crate) all: usize,
    /// Those that ended well, the skipped ones too.
    pub(crate) successful: usize,
    /// Those that ended badly.
    pub(crate) failed: usize,
    /// Those that were skipped.
    pub(crate) skipped: usize,
}

impl Ends {
    /// Counts one more.
    pub(crate) fn add(&mut self, kind: StateKind) {
        *self += Ends {
            all: 1,
            successful: kind.is_successful().into(),
            failed: kind.is_failed().into(),
            skipped: (kind == StateKind::Skipped).into(),
        };
    }
}

impl AddAssign for Ends {
    fn add_assign(&mut self, more: Ends) {
        self.all += more.all;
        self.successful += more.successful;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

impl FromIterator<StateKind> for Ends {
    fn from_iter<I: IntoIterator<Item = StateKind>>(kinds: I) -> Self {
        let mut ends = Ends::default();
        kinds.into_iter().for_each(|kind| ends.add(kind));
        ends
    }
}

impl Trigger {
    /// Whether the task runs, given how everything it waited for has ended; if not, the state it ends in.
    pub(crate) fn check(self, upstream: Ends) -> Result<(), State> {
        let Ends { all, successful, failed, skipped } = upstream;
        let met = match self {
            _ if all == 0 => true,
            Trigger::AllSuccessful => successful == all,
            Trigger::AllFailed => failed == all,
            Trigger::AnySuccessful => successful > 0,
            Trigger::AnyFailed => failed > 0,
            Trigger::AllFinished | Trigger::ManualOnly | Trigger::Own => true,
            Trigger::NotAllSkipped if skipped == all => {
                return Err(State::new(StateKind::Skipped, "All upstream tasks were skipped."));
            }
            Trigger::NotAllSkipped => successful == all,
            Trigger::SomeSuccessful { at_least } => successful as f64 >= at_least.of(all),
            Trigger::SomeFailed { at_least } => failed as f64 >= at_least.of(all),
        };
        if met { Ok(()) } else { Err(self.failure(upstream)) }
    }

    fn failure(self, Ends { all, successful, failed, .. }: Ends) -> State {
        let name = self.name();
        let message = format!(
            "The trigger `{name}` was not met: of {all} upstream task runs {successful} succeeded and {failed} failed."
        );
        State::new(StateKind::TriggerFailed, message)
    }

    /// Its name in Prefect 1.
    fn name(self) -> &'static str {
        match self {
            Trigger::AllSuccessful => "all_successful",
            Trigger::AllFailed => "all_failed",
            Trigger::AnySuccessful => "any_successful",
            Trigger::AnyFailed => "any_failed",
            Trigger::AllFinished => "all_finished",
            Trigger::NotAllSkipped => "not_all_skipped",
            Trigger::SomeSuccessful { .. } => "some_successful",
            Trigger::SomeFailed { .. } => "some_failed",
            Trigger::ManualOnly => "manual_only",
            Trigger::Own => "own",
        }
    }

    /// The trigger that is registered in this form; [`Trigger::Own`] if it is none of Prefect 1's.
    pub(crate) fn from_reference(reference: &FunctionReference) -> Self {
        // Upper bounds are Prefect's alone; a number below 1 is a share.
        let bounded = reference.arguments.get("at_most").is_some_and(|bound| !bound.is_null());
        let at_least = || match reference.arguments.get("at_least")?.as_f64()? {
            _ if bounded => None,
            share if share < 1.0 => Some(Amount::Share(share)),
            count => Some(Amount::Count(count as usize)),
        };
        let amount = |trigger: fn(Amount) -> Trigger| at_least().map_or(Trigger::Own, trigger);
        match reference.function.strip_prefix("prefect.triggers.") {
            Some("all_successful") => Trigger::AllSuccessful,
            Some("all_failed") => Trigger::AllFailed,
            Some("any_successful") => Trigger::AnySuccessful,
            Some("any_failed") => Trigger::AnyFailed,
            Some("all_finished" | "always_run") => Trigger::AllFinished,
            Some("manual_only") => Trigger::ManualOnly,
            Some("not_all_skipped") => Trigger::NotAllSkipped,
            Some("some_successful") => amount(|at_least| Trigger::SomeSuccessful { at_least }),
            Some("some_failed") => amount(|at_least| Trigger::SomeFailed { at_least }),
            _ => Trigger::Own,
        }
    }

    /// The form in which it is registered.
    pub(crate) fn to_reference(self) -> FunctionReference {
        let mut reference = FunctionReference::new(format!("prefect.triggers.{}", self.name()));
        if let Trigger::SomeSuccessful { at_least } | Trigger::SomeFailed { at_least } = self {
            let at_least = match at_least {
                Amount::Count(count) => json!(count),
                Amount::Share(share) => json!(share),
            };
            reference.arguments.insert("at_least".to_owned(), at_least);
        }
        reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StateKind::{Cancelled, Failed, Skipped, Success, TriggerFailed};

    /// Which of the given ends let the trigger pass.
    fn passes(trigger: Trigger, upstream: &[StateKind]) -> bool {
        trigger.check(upstream.iter().copied().collect()).is_ok()
    }

    #[test]
    fn each_trigger_looks_at_the_ends_of_the_tasks_before() {
        let ends: [&[StateKind]; 6] = [
            &[],
            &[Success, Success],
            &[Success, Failed],
            &[Failed, TriggerFailed],
            &[Skipped, Skipped],
            &[Success, Cancelled],
        ];
        let table = [
            (Trigger::AllSuccessful, [true, true, false, false, true, false]),
            (Trigger::AllFailed, [true, false, false, true, false, false]),
            (Trigger::AnySuccessful, [true, true, true, false, true, true]),
            (Trigger::AnyFailed, [true, false, true, true, false, false]),
            (Trigger::AllFinished, [true, true, true, true, true, true]),
            (Trigger::NotAllSkipped, [true, true, false, false, false, false]),
            (Trigger::SomeSuccessful { at_least: Amount::Count(2) }, [true, true, false, false, true, false]),
            (Trigger::SomeFailed { at_least: Amount::Share(0.5) }, [true, false, true, true, false, false]),
        ];
        for (trigger, expected) in table {
            assert_eq!(ends.map(|ends| passes(trigger, ends)), expected, "{trigger:?}");
        }
    }

    #[test]
    fn a_trigger_is_known_by_the_form_in_which_it_is_registered() {
        let some = |at_least| [Trigger::SomeSuccessful { at_least }, Trigger::SomeFailed { at_least }];
        let triggers = [
            Trigger::AllSuccessful,
            Trigger::AllFinished,
            Trigger::NotAllSkipped,
            Trigger::ManualOnly,
            Trigger::Own,
        ];
        for trigger in triggers.into_iter().chain(some(Amount::Count(2))).chain(some(Amount::Share(0.5))) {
            assert_eq!(Trigger::from_reference(&trigger.to_reference()), trigger);
        }
    }

    #[test]
    fn a_trigger_that_is_not_met_says_so() {
        let state = Trigger::AllSuccessful.check(Ends::from_iter([Success, Failed])).unwrap_err();
        assert_eq!(state.kind(), TriggerFailed);
        insta::assert_snapshot!(state.message(), @"The trigger `all_successful` was not met: of 2 upstream task runs 1 succeeded and 1 failed.");
    }

    #[test]
    fn all_skipped_skips_rather_than_fails() {
        assert_eq!(Trigger::NotAllSkipped.check(Ends::from_iter([Skipped])).unwrap_err().kind(), Skipped);
    }
}
