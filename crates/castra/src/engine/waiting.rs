//! What waits: task runs in a state with a start time, and those that are paused until somebody resumes them. Pure.

use std::time::Duration;

use castra_core::state::{State, StateKind};
use jiff::Timestamp;

/// Until when a task run waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// From when it may go on; `None` if somebody has to say so.
    from: Option<Timestamp>,
    /// Whether it was paused, or was paused and is resumed.
    pub(crate) is_paused: bool,
}

impl Waiting {
    /// Until when a task run in this state waits, if it does.
    ///
    /// A Paused state goes on by itself at its start time, if it has one (prefect 1.4.1 `TaskRunner.initialize_run`).
    pub(crate) fn of(state: &State) -> Option<Self> {
        let start = state.start_time();
        let at_once = Some(start.unwrap_or(Timestamp::MIN));
        match state.kind() {
            StateKind::Paused => Some(Waiting { from: start, is_paused: true }),
            StateKind::Resume => Some(Waiting { from: at_once, is_paused: true }),
            kind if kind.is_scheduled() => Some(Waiting { from: at_once, is_paused: false }),
            _ => None,
        }
    }

    /// How long it still waits; `None` if that is for somebody, or, being paused, for longer than `patience`.
    pub(crate) fn delay(self, now: Timestamp, patience: Option<Duration>) -> Option<Duration> {
        let delay = Duration::try_from(self.from?.duration_since(now)).unwrap_or_default();
        let is_too_long = self.is_paused && patience.is_some_and(|patience| patience < delay);
        (!is_too_long).then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Option<Duration> = Some(Duration::from_secs(600));

    fn delay(kind: StateKind, start: Option<i64>, patience: Option<Duration>) -> Option<u64> {
        let start = start.map(|second| Timestamp::from_second(second).unwrap().to_string());
        let state = State::new(kind, "");
        let state = match start {
            Some(start) => state.with("start_time", start),
            None => state,
        };
        Waiting::of(&state)?.delay(Timestamp::UNIX_EPOCH, patience).map(|delay| delay.as_secs())
    }

    #[test]
    fn a_paused_task_run_waits_for_somebody_or_for_its_time() {
        assert_eq!(delay(StateKind::Paused, None, None), None);
        assert_eq!(delay(StateKind::Paused, Some(60), PATIENCE), Some(60));
        assert_eq!(delay(StateKind::Paused, Some(-60), PATIENCE), Some(0));
        assert_eq!(delay(StateKind::Paused, Some(601), PATIENCE), None);
        assert_eq!(delay(StateKind::Paused, Some(601), None), Some(601));
    }

    #[test]
    fn a_resumed_one_goes_on_and_others_wait_for_their_time() {
        assert_eq!(delay(StateKind::Resume, None, PATIENCE), Some(0));
        assert_eq!(delay(StateKind::Retrying, Some(6000), PATIENCE), Some(6000));
        assert_eq!(delay(StateKind::Running, None, PATIENCE), None);
    }
}
