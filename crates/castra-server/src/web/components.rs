//! Small things that many pages show. Each is a template of its own, escapes what it holds, and is written as it is into
//! the templates around it.

use askama::Template;
use askama::filters::HtmlSafe;
use castra_core::label::LabelSet;
use castra_core::run_config::{AgentKind, RunConfigKind};
use castra_core::state::StateKind;
use jiff::Timestamp;

use super::runs::StateChoice;
use super::words::shell_word;

/// An instant. Where scripts run, the browser shows it in its own time zone.
#[derive(Clone, Copy, Debug, Template)]
#[template(source = r#"<time datetime="{{ instant }}">{{ self.utc() }}</time>"#, ext = "html")]
pub(super) struct At {
    instant: Timestamp,
}

impl HtmlSafe for At {}

impl At {
    pub(super) fn new(instant: Timestamp) -> Self {
        Self { instant }
    }

    fn utc(&self) -> String {
        self.instant.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    }
}

/// A state as a badge.
#[derive(Clone, Copy, Debug, Template)]
#[template(source = r#"<span class="state {{ self.family() }}">{{ state }}</span>"#, ext = "html")]
pub(super) struct StateBadge {
    state: StateKind,
}

impl HtmlSafe for StateBadge {}

impl StateBadge {
    pub(super) fn new(state: StateKind) -> Self {
        Self { state }
    }

    fn family(&self) -> &'static str {
        state_family(self.state)
    }
}

/// The class by which the stylesheet colours a state.
pub(super) fn state_family(state: StateKind) -> &'static str {
    StateChoice::of(state).class()
}

/// Labels as chips.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"{% if labels.is_empty() %}<span class="quiet">no labels</span>{% else %}{% for label in labels.iter() %}<span class="chip">{{ label }}</span>{% endfor %}{% endif %}"#,
    ext = "html"
)]
pub(super) struct Labels {
    labels: LabelSet,
}

impl HtmlSafe for Labels {}

impl Labels {
    pub(super) fn new(labels: LabelSet) -> Self {
        Self { labels }
    }
}

/// Labels that can be taken away, by unticking them, and added: a field of a form that [`Fields::labels`] reads.
///
/// [`Fields::labels`]: super::fields::Fields::labels
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<span class="chips">{% for label in labels.iter() %}<label class="chip"><input type="checkbox" name="labels.kept" value="{{ label }}" checked><span>{{ label }}</span></label>{% endfor %}<input name="labels.these" placeholder="gpu, eu" autocomplete="off" spellcheck="false" aria-label="More labels, separated by commas"></span>"#,
    ext = "html"
)]
pub(super) struct LabelField {
    labels: LabelSet,
}

impl HtmlSafe for LabelField {}

impl LabelField {
    pub(super) fn new(labels: LabelSet) -> Self {
        Self { labels }
    }
}

/// A command to copy into a shell.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<span class="command"><code>{{ text }}</code><button type="button" class="copy" data-copy="{{ text }}">Copy</button></span>"#,
    ext = "html"
)]
pub(super) struct Command {
    text: String,
}

impl HtmlSafe for Command {}

impl Command {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

/// The command that starts an agent for runs of this kind with these labels.
pub(super) fn agent_command(kind: Option<RunConfigKind>, labels: &LabelSet) -> Command {
    let agent = AgentKind::made_for(kind);
    let labels = labels.iter().map(|label| format!(" --label {}", shell_word(label)));
    Command::new(format!("castra agent {agent} start{}", labels.collect::<String>()))
}
