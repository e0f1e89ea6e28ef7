//! The form as it is shown.

use askama::Template;
use askama::filters::HtmlSafe;
use castra_core::preflight::{Finding, Severity};
use castra_core::run_config::RunConfigKind;

use super::edit::{ENV, Edit, TYPE};
use super::item::{Field, Item, Shape, items};
use super::labels::{LabelEdit, Saying};
use super::{Base, Considered};
use crate::web::components::{LabelField, Labels};
use crate::web::words;

/// Rows for variables that are there beyond those in use.
const SPARE_ROWS: usize = 2;

/// The fields of labels and run config within a form, which `action` renders again.
#[derive(Template)]
#[template(path = "run_config/form.html")]
pub(in crate::web) struct RunConfigForm {
    /// Where the form is sent to be rendered again.
    again: String,
    fingerprint: String,
    saying: Saying,
    labels: LabelField,
    labels_do_not_count: bool,
    label_error: Option<&'static str>,
    inherited_labels: Labels,
    label_source: &'static str,
    source: &'static str,
    kinds: Vec<(&'static str, bool)>,
    has_kind: bool,
    kind_said: Said,
    items: Vec<ItemView>,
    env: Vec<(String, String)>,
    env_said: Said,
    is_override: bool,
    was_reset: Vec<&'static str>,
}

impl HtmlSafe for RunConfigForm {}

/// What is said beside a field.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    name: &'static str,
    is_override: bool,
    errors: Vec<String>,
    warnings: Vec<String>,
}

/// A row of the form.
struct ItemView {
    words: &'static str,
    said: Said,
    /// The choice between alternatives: name, words, whether it is chosen.
    choices: Vec<(&'static str, &'static str, bool)>,
    /// The fields that are shown.
    fields: Vec<FieldView>,
    /// The fields that are not, as alternatives that are not chosen, with what is written there: it stays for when they are.
    put_aside: Vec<(&'static str, String)>,
}

/// A field.
struct FieldView {
    name: &'static str,
    words: &'static str,
    hint: &'static str,
    text: String,
    is_long: bool,
    /// What there is to choose from, if the field is a choice.
    options: Vec<(String, bool)>,
}

impl RunConfigForm {
    pub(in crate::web) fn new(again: String, edit: &Edit, labels: &LabelEdit, result: &Considered) -> Self {
        let base = Base::new(result.inherited.run_config.clone());
        let said = |name, fields: &[&str]| Said::of(name, fields, result);
        Self {
            again,
            fingerprint: super::fingerprint(&result.inherited),
            saying: labels.saying,
            labels: LabelField::new(labels.these.clone()),
            labels_do_not_count: labels.saying == Saying::Inherit && !labels.these.is_empty(),
            label_error: result.said.as_ref().err().copied(),
            inherited_labels: Labels::new(result.inherited.labels.clone()),
            label_source: words::label_source(result.inherited.label_source),
            source: super::source(&result.inherited),
            kinds: RunConfigKind::ALL
                .into_iter()
                .map(|kind| (kind.name(), edit.kind == Some(kind)))
                .collect(),
            has_kind: base.kind().is_some(),
            kind_said: said(TYPE, &[TYPE]),
            items: edit
                .kind
                .map(items)
                .unwrap_or_default()
                .iter()
                .map(|item| ItemView::new(item, edit, result))
                .collect(),
            env: edit.env.iter().cloned().chain(vec![Default::default(); SPARE_ROWS]).collect(),
            env_said: said(ENV, &[ENV]),
            is_override: result.outcome.is_override(),
            was_reset: edit.was_reset.iter().copied().collect(),
        }
    }

    fn states(&self) -> [(&'static str, bool); 3] {
        [Saying::Inherit, Saying::Nothing, Saying::These].map(|saying| (saying.key(), self.saying == saying))
    }

    /// What is replaced, by id, when only what is said beside the fields is rendered again.
    pub(in crate::web) fn said_ids(&self) -> String {
        let items = self.items.iter().map(|item| item.said.name);
        let names = ["labels", TYPE, ENV].into_iter().chain(items);
        names.map(|name| format!("#said-{name}")).collect::<Vec<_>>().join(",")
    }
}

impl Said {
    fn reset_id(&self) -> String {
        format!("reset-{}", self.name)
    }

    fn of(name: &'static str, fields: &[&str], result: &Considered) -> Self {
        let is_of_it = |place: &str| {
            fields.iter().any(|field| {
                place.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
        };
        let found = |severity: Severity| {
            let of_it = move |finding: &&Finding| finding.severity == severity && is_of_it(&finding.field);
            result.findings.iter().filter(of_it).map(|finding| finding.message.clone())
        };
        let unread = result.outcome.errors.iter().filter(|(field, _)| is_of_it(field));
        Self {
            name,
            is_override: result.outcome.overrides.contains(name),
            errors: unread.map(|(_, words)| words.clone()).chain(found(Severity::Error)).collect(),
            warnings: found(Severity::Warning).collect(),
        }
    }
}

impl ItemView {
    fn new(item: &Item, edit: &Edit, result: &Considered) -> Self {
        let names: Vec<_> = item.fields().iter().map(|field| field.name).collect();
        let chosen = edit.texts.get(item.name()).map_or("", String::as_str);
        let (words, choices) = match item {
            Item::One(field) => (field.words, Vec::new()),
            Item::OneOf(alternatives) => {
                let choice = |field: &Field| (field.name, field.words, field.name == chosen);
                (alternatives.words, alternatives.fields.iter().map(choice).collect())
            }
        };
        let is_shown = |field: &&Field| choices.is_empty() || field.name == chosen;
        let (shown, put_aside): (Vec<&Field>, Vec<&Field>) = item.fields().iter().partition(is_shown);
        Self {
            words,
            said: Said::of(item.name(), &names, result),
            fields: shown.into_iter().map(|field| FieldView::new(field, edit)).collect(),
            put_aside: put_aside.into_iter().map(|field| (field.name, edit.text(field.name))).collect(),
            choices,
        }
    }
}

impl FieldView {
    fn new(field: &Field, edit: &Edit) -> Self {
        let text = edit.text(field.name);
        Self {
            name: field.name,
            words: field.words,
            hint: field.hint,
            is_long: field.shape == Shape::Document,
            options: options(field.shape, &text),
            text,
        }
    }
}

/// What there is to choose from; what stands there is among it, even if it is wrong.
fn options(shape: Shape, text: &str) -> Vec<(String, bool)> {
    let Shape::Choice(names) = shape else { return Vec::new() };
    let unknown = (!text.is_empty() && !names.contains(&text)).then_some(text);
    [""].into_iter()
        .chain(names.iter().copied())
        .chain(unknown)
        .map(|it| (it.to_owned(), it == text))
        .collect()
}
