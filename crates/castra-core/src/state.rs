//! States of flow runs and task runs: their names, their families, their wire form and the legal moves between them.
//! Who asks for a move, and what follows from it (cascades, notifications), is the store's business.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name of a state, as on Prefect 1's wire (`prefect.engine.state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are Prefect 1's and say what they mean")]
pub enum StateKind {
    Pending,
    Scheduled,
    Paused,
    Resume,
    Retrying,
    ClientFailed,
    Submitted,
    Queued,
    Running,
    Cancelling,
    Finished,
    Looped,
    Success,
    Cached,
    Mapped,
    Skipped,
    Cancelled,
    Failed,
    TimedOut,
    TriggerFailed,
    ValidationFailed,
}

impl StateKind {
    /// Every state, in the order of a run's life.
    pub const ALL: [StateKind; 21] = {
        use StateKind::*;
        [
            Pending,
            Scheduled,
            Paused,
            Resume,
            Retrying,
            ClientFailed,
            Submitted,
            Queued,
            Running,
            Cancelling,
            Finished,
            Looped,
            Success,
            Cached,
            Mapped,
            Skipped,
            Cancelled,
            Failed,
            TimedOut,
            TriggerFailed,
            ValidationFailed,
        ]
    };

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        use StateKind::*;
        match self {
            Pending => "Pending",
            Scheduled => "Scheduled",
            Paused => "Paused",
            Resume => "Resume",
            Retrying => "Retrying",
            ClientFailed => "ClientFailed",
            Submitted => "Submitted",
            Queued => "Queued",
            Running => "Running",
            Cancelling => "Cancelling",
            Finished => "Finished",
            Looped => "Looped",
            Success => "Success",
            Cached => "Cached",
            Mapped => "Mapped",
            Skipped => "Skipped",
            Cancelled => "Cancelled",
            Failed => "Failed",
            TimedOut => "TimedOut",
            TriggerFailed => "TriggerFailed",
            ValidationFailed => "ValidationFailed",
        }
    }

    /// Waiting for its start time or for somebody: Scheduled and the states made from it.
    pub fn is_scheduled(self) -> bool {
        use StateKind::*;
        matches!(self, Scheduled | Paused | Resume | Retrying)
    }

    /// Not begun: Pending and the scheduled family.
    pub fn is_pending(self) -> bool {
        self == StateKind::Pending || self.is_scheduled()
    }

    /// In progress: Running, and Cancelling, which runs until it has stopped.
    pub fn is_running(self) -> bool {
        matches!(self, StateKind::Running | StateKind::Cancelling)
    }

    /// Ended, well or badly. Such a state sticks.
    pub fn is_finished(self) -> bool {
        use StateKind::*;
        matches!(
            self,
            Finished
                | Looped
                | Success
                | Cached
                | Mapped
                | Skipped
                | Cancelled
                | Failed
                | TimedOut
                | TriggerFailed
                | ValidationFailed
        )
    }

    /// Ended well.
    pub fn is_successful(self) -> bool {
        use StateKind::*;
        matches!(self, Success | Cached | Mapped | Skipped)
    }

    /// Ended badly.
    pub fn is_failed(self) -> bool {
        use StateKind::*;
        matches!(self, Failed | TimedOut | TriggerFailed | ValidationFailed)
    }

    /// A flow run in one of these states may be claimed once its start time has come.
    pub fn is_claimable(self) -> bool {
        use StateKind::*;
        matches!(self, Scheduled | Resume | Retrying | Queued)
    }
}

impl fmt::Display for StateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for StateKind {
    type Err = StateError;

    fn from_str(name: &str) -> Result<Self, StateError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| StateError::UnknownKind { name: name.to_owned() })
    }
}

/// What is wrong with a state that was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not an object.
    #[error("a state is a JSON object with a `type`, not {found}")]
    NotAnObject {
        /// What was sent, shortened.
        found: String,
    },
    /// No `type`.
    #[error("the state has no `type`: add one, e.g. \"type\": \"Running\"")]
    NoKind,
    /// A `type` that does not exist.
    #[error("`{name}` is no state: use one of Scheduled, Running, Success, Failed, Cancelled …")]
    UnknownKind {
        /// The name that was sent.
        name: String,
    },
}

/// A state with its payload. The payload is kept as it was sent: results, cached inputs, context and fields that only
/// the client understands travel untouched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct State {
    kind: StateKind,
    fields: Map<String, Value>,
}

impl State {
    /// A state with a message that people read.
    pub fn new(kind: StateKind, message: impl Into<String>) -> Self {
        let fields = Map::from_iter([("message".to_owned(), Value::String(message.into()))]);
        Self { kind, fields }
    }

    /// A Scheduled state that starts at `start_time`.
    pub fn scheduled(start_time: Timestamp, message: impl Into<String>) -> Self {
        Self::new(StateKind::Scheduled, message).with("start_time", start_time.to_string())
    }

    /// The state with one more field of its payload.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// Reads the wire form: an object with `type` and anything else.
    ///
    /// # Errors
    /// [`StateError`] if it is no object, or its `type` is missing or unknown.
    pub fn from_json(value: Value) -> Result<Self, StateError> {
        let Value::Object(mut fields) = value else {
            return Err(StateError::NotAnObject { found: value.to_string().chars().take(60).collect() });
        };
        let kind = match fields.remove("type") {
            Some(Value::String(name)) => name.parse()?,
            _ => return Err(StateError::NoKind),
        };
        Ok(Self { kind, fields })
    }

    /// The wire form.
    pub fn to_json(&self) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("type".to_owned(), Value::String(self.kind.as_str().to_owned()));
        Value::Object(fields)
    }

    /// Its name.
    pub fn kind(&self) -> StateKind {
        self.kind
    }

    /// The sentence that people read, empty if there is none.
    pub fn message(&self) -> &str {
        self.fields.get("message").and_then(Value::as_str).unwrap_or_default()
    }

    /// When a scheduled or queued state is due. Absent or unreadable means at once.
    pub fn start_time(&self) -> Option<Timestamp> {
        self.fields.get("start_time").and_then(Value::as_str).and_then(|text| text.parse().ok())
    }

    /// A field of the payload.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }
}

impl TryFrom<Value> for State {
    type Error = StateError;

    fn try_from(value: Value) -> Result<Self, StateError> {
        Self::from_json(value)
    }
}

impl From<State> for Value {
    fn from(state: State) -> Self {
        state.to_json()
    }
}

/// What becomes of a proposed state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// It becomes the current state.
    Accept,
    /// The run is there already; nothing is written, the caller is told that all is well.
    AlreadyThere,
    /// It is refused, in words.
    Refuse(Refusal),
}

/// Why a proposed state is refused. The words contain "State update failed", which Prefect 1's agent looks for before
/// it marks a run Failed (`prefect.agent.Agent._deploy_flow_run`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Ended runs stay ended.
    #[error("State update failed: the run is {current} and stays so; set it to Scheduled to run it again")]
    Finished {
        /// The state that sticks.
        current: StateKind,
    },
    /// Another agent was first.
    #[error("State update failed: the run is already Submitted, another agent has taken it")]
    AlreadySubmitted,
    /// A run that is being cancelled only ends.
    #[error("State update failed: the run is Cancelling and cannot become {proposed}")]
    Cancelling {
        /// The state that was asked for.
        proposed: StateKind,
    },
    /// Tasks run only inside a running flow run.
    #[error("State update failed: the task run cannot become Running because its flow run is {flow_run}")]
    FlowRunNotRunning {
        /// The state of the flow run.
        flow_run: StateKind,
    },
}

/// Whether a flow run may go from one state to another.
pub fn move_flow_run(current: StateKind, proposed: StateKind) -> Move {
    use StateKind::*;
    match (current, proposed) {
        (Submitted, Submitted) => Move::Refuse(Refusal::AlreadySubmitted),
        (Cancelling, Cancelling) => Move::AlreadyThere,
        (Cancelling, proposed) if !proposed.is_finished() => Move::Refuse(Refusal::Cancelling { proposed }),
        (current, proposed) if current.is_finished() => move_finished(current, proposed),
        _ => Move::Accept,
    }
}

/// Whether a task run may go from one state to another while its flow run is in `flow_run`.
pub fn move_task_run(current: StateKind, proposed: StateKind, flow_run: StateKind) -> Move {
    use StateKind::*;
    if proposed == Running && flow_run != Running {
        return Move::Refuse(Refusal::FlowRunNotRunning { flow_run });
    }
    match (current, proposed) {
        // Prefect's task runner goes on from these: a loop's next round, a map's end, a success put in the cache.
        (Looped | Mapped, _) | (Success, Cached) => Move::Accept,
        (current, proposed) if current.is_finished() => move_finished(current, proposed),
        _ => Move::Accept,
    }
}

/// Ended runs only start again, on purpose; the same end reported twice is no fault.
fn move_finished(current: StateKind, proposed: StateKind) -> Move {
    match proposed {
        proposed if proposed == current => Move::AlreadyThere,
        proposed if proposed.is_pending() => Move::Accept,
        _ => Move::Refuse(Refusal::Finished { current }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_payload_travels_untouched() {
        let wire =
            json!({"type": "Success", "message": "done", "_result": {"type": "NoResultType"}, "x": [1]});
        let state = State::from_json(wire.clone()).unwrap();
        assert_eq!((state.kind(), state.message()), (StateKind::Success, "done"));
        assert_eq!(state.to_json(), wire);
    }

    #[test]
    fn a_bad_state_says_what_is_wrong() {
        let error = |wire| State::from_json(wire).unwrap_err().to_string();
        insta::assert_snapshot!(error(json!("Running")), @r#"a state is a JSON object with a `type`, not "Running""#);
        insta::assert_snapshot!(error(json!({})), @r#"the state has no `type`: add one, e.g. "type": "Running""#);
        insta::assert_snapshot!(error(json!({"type": "Runing"})), @"`Runing` is no state: use one of Scheduled, Running, Success, Failed, Cancelled …");
    }

    #[test]
    fn every_name_is_read_back() {
        for kind in StateKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }

    #[test]
    fn an_ended_flow_run_only_starts_again_on_purpose() {
        for ended in StateKind::ALL.into_iter().filter(|kind| kind.is_finished()) {
            for proposed in StateKind::ALL {
                let accepted = move_flow_run(ended, proposed) == Move::Accept;
                assert_eq!(accepted, proposed.is_pending() && proposed != ended, "{ended} → {proposed}");
            }
        }
    }

    #[test]
    fn a_cancelling_flow_run_only_ends() {
        for proposed in StateKind::ALL {
            let accepted = move_flow_run(StateKind::Cancelling, proposed) == Move::Accept;
            assert_eq!(accepted, proposed.is_finished(), "{proposed}");
        }
    }

    #[test]
    fn a_second_submission_is_refused_in_the_words_the_agent_looks_for() {
        let Move::Refuse(refusal) = move_flow_run(StateKind::Submitted, StateKind::Submitted) else {
            panic!("accepted");
        };
        insta::assert_snapshot!(refusal, @"State update failed: the run is already Submitted, another agent has taken it");
    }

    #[test]
    fn a_task_runs_only_in_a_running_flow_run() {
        use StateKind::*;
        assert_eq!(move_task_run(Pending, Running, Running), Move::Accept);
        assert_eq!(
            move_task_run(Pending, Running, Cancelled),
            Move::Refuse(Refusal::FlowRunNotRunning { flow_run: Cancelled })
        );
    }

    #[test]
    fn a_task_that_failed_may_retry_and_a_success_may_be_cached() {
        use StateKind::*;
        assert_eq!(move_task_run(Failed, Retrying, Running), Move::Accept);
        assert_eq!(move_task_run(Success, Cached, Running), Move::Accept);
        assert_eq!(
            move_task_run(Cancelled, Success, Running),
            Move::Refuse(Refusal::Finished { current: Cancelled })
        );
    }
}
