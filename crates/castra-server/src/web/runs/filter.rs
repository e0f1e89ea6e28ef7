//! What the address of the list of runs asks for, and the address for what somebody chose.

use castra_core::state::StateKind;
use castra_store::view::agents::AgentView;
use castra_store::view::runs::{RunFilter, RunOrder, RunPlace};
use jiff::Timestamp;
use uuid::Uuid;

use crate::web::fields::Fields;
use crate::web::page_error::PageError;

/// States that a person means with one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum State {
    Waiting,
    Submitted,
    Running,
    Success,
    Failed,
    Cancelled,
}

impl State {
    /// Every word.
    pub(in crate::web) const ALL: [Self; 6] =
        [Self::Waiting, Self::Submitted, Self::Running, Self::Success, Self::Failed, Self::Cancelled];

    /// The word in an address.
    pub(in crate::web) fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Submitted => "submitted",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The class by which the stylesheet colours it.
    pub(in crate::web) fn class(self) -> &'static str {
        match self {
            Self::Waiting => "is-waiting",
            Self::Submitted => "is-submitted",
            Self::Running => "is-running",
            Self::Success => "is-success",
            Self::Failed => "is-failed",
            Self::Cancelled => "is-cancelled",
        }
    }

    /// The states that it means.
    pub(in crate::web) fn kinds(self) -> Vec<StateKind> {
        StateKind::ALL.into_iter().filter(|kind| Self::of(*kind) == self).collect()
    }

    /// The word for a state.
    pub(in crate::web) fn of(kind: StateKind) -> Self {
        match kind {
            StateKind::Submitted => Self::Submitted,
            StateKind::Cancelled | StateKind::Skipped => Self::Cancelled,
            kind if kind.is_running() => Self::Running,
            kind if kind.is_failed() => Self::Failed,
            kind if kind.is_finished() => Self::Success,
            _ => Self::Waiting,
        }
    }
}

/// What was chosen.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Chosen {
    pub(super) state: Option<State>,
    pub(super) flow: Option<Uuid>,
    pub(super) label: String,
    pub(super) agent: Option<Uuid>,
    pub(super) name: String,
    pub(super) from: String,
    pub(super) to: String,
    /// Runs that are yet to start, instead of those that have or should have.
    pub(super) is_upcoming: bool,
    pub(super) after: Option<RunPlace>,
    between: (Option<Timestamp>, Option<Timestamp>),
}

impl Chosen {
    /// Reads an address.
    ///
    /// # Errors
    /// What makes no sense in it.
    pub(in crate::web) fn read(fields: &Fields) -> Result<Self, PageError> {
        let text = |name| fields.text(name).unwrap_or_default().to_owned();
        let place = fields.instant("after")?.zip(fields.parsed("id")?);
        Ok(Self {
            state: fields.text("state").map(state).transpose()?,
            flow: fields.parsed("flow")?,
            label: text("label"),
            agent: fields.parsed("agent")?,
            name: text("name"),
            from: text("from"),
            to: text("to"),
            is_upcoming: fields.text("when") == Some("upcoming"),
            after: place.map(|(scheduled_start_time, id)| RunPlace { scheduled_start_time, id }),
            between: (fields.instant("from")?, fields.instant("to")?),
        })
    }

    /// What the store is asked. Without a wish, what is yet to start is left out: schedules make many such runs.
    pub(super) fn filter(&self, now: Timestamp) -> RunFilter {
        let (from, to) = self.between;
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        // A run that starts at this very instant counts as begun.
        let after_now = now.saturating_add(jiff::SignedDuration::from_micros(1)).unwrap_or(now);
        let (from, to) = match self.is_upcoming {
            true => (from.or(Some(after_now)), to),
            false => (from, to.or(Some(after_now))),
        };
        RunFilter {
            states: self.state.map(State::kinds).unwrap_or_default(),
            flow_group_id: self.flow,
            label: some(&self.label),
            agent_id: self.agent,
            name: some(&self.name),
            from,
            to,
        }
    }

    pub(super) fn order(&self) -> RunOrder {
        match self.is_upcoming {
            true => RunOrder::EarliestFirst,
            false => RunOrder::LatestFirst,
        }
    }

    /// What stands behind the question mark, without the place in the list.
    pub(super) fn query(&self) -> String {
        let fields = [
            ("when", self.is_upcoming.then(|| "upcoming".to_owned())),
            ("state", self.state.map(|state| state.word().to_owned())),
            ("flow", self.flow.map(|flow| flow.to_string())),
            ("label", Some(self.label.clone())),
            ("agent", self.agent.map(|agent| agent.to_string())),
            ("name", Some(self.name.clone())),
            ("from", Some(self.from.clone())),
            ("to", Some(self.to.clone())),
        ];
        let said =
            fields.into_iter().filter_map(|(name, value)| Some((name, value.filter(|it| !it.is_empty())?)));
        said.map(|(name, value)| format!("{name}={}", encode(&value))).collect::<Vec<_>>().join("&")
    }

    /// The address of the same list from another place on.
    pub(super) fn address_after(&self, place: RunPlace) -> String {
        let from = format!("after={}&id={}", encode(&place.scheduled_start_time.to_string()), place.id);
        match self.query() {
            query if query.is_empty() => format!("/runs?{from}"),
            query => format!("/runs?{query}&{from}"),
        }
    }

    /// The address of the same list for another state.
    pub(super) fn address_for(&self, state: Option<State>, is_upcoming: bool) -> String {
        let query = Self { state, is_upcoming, after: None, ..self.clone() }.query();
        if query.is_empty() { "/runs".to_owned() } else { format!("/runs?{query}") }
    }

    /// The address of the list from its beginning.
    pub(super) fn address(&self) -> String {
        self.address_for(self.state, self.is_upcoming)
    }

    /// Whether the runs of this agent are asked for.
    pub(super) fn is_of(&self, agent: &AgentView) -> bool {
        self.agent == Some(agent.id)
    }

    /// The links by state: name, address, whether it is the current one.
    pub(super) fn tabs(&self) -> Vec<(&'static str, String, bool)> {
        let tab = |state: Option<State>| {
            let name = state.map_or("all", State::word);
            (name, self.address_for(state, false), self.state == state && !self.is_upcoming)
        };
        let states = std::iter::once(None).chain(State::ALL.map(Some)).map(tab);
        states.chain([("upcoming", self.address_for(None, true), self.is_upcoming)]).collect()
    }

    pub(super) fn state_word(&self) -> &'static str {
        self.state.map_or("", State::word)
    }
}

/// A text as it stands in an address.
pub(in crate::web) fn encode(text: &str) -> String {
    askama::filters::urlencode_strict(text).map(|text| text.to_string()).unwrap_or_default()
}

fn state(word: &str) -> Result<State, PageError> {
    let words = || {
        let known = State::ALL.map(State::word).join(", ");
        PageError::bad(format!("state: “{word}” is no state to filter by: use one of {known}."))
    };
    State::ALL.into_iter().find(|state| state.word() == word).ok_or_else(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_stands_in_the_address_and_is_read_back() {
        let fields = Fields::of(&[
            ("state", "failed"),
            ("label", "a&b c"),
            ("name", " x "),
            ("from", "2026-01-01T00:00"),
        ]);
        let chosen = Chosen::read(&fields).unwrap();
        insta::assert_snapshot!(chosen.query(), @"state=failed&label=a%26b%20c&name=x&from=2026-01-01T00%3A00");
        assert_eq!(chosen.filter(Timestamp::UNIX_EPOCH).from.unwrap().to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn every_state_is_meant_by_one_word() {
        let meant: Vec<_> = State::ALL.into_iter().flat_map(State::kinds).collect();
        assert_eq!(meant.len(), StateKind::ALL.len());
    }

    #[test]
    fn a_filter_that_makes_no_sense_is_refused() {
        for field in [("state", "Failed!"), ("flow", "x"), ("from", "yesterday"), ("agent", "1")] {
            assert!(Chosen::read(&Fields::of(&[field])).is_err(), "{field:?}");
        }
    }
}
