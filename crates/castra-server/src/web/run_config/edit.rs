//! A run config while somebody edits it: every field as the text that was typed. What differs from the run config that
//! counts otherwise is an override; what does not is not sent. Pure.

use std::collections::{BTreeMap, BTreeSet};

use castra_core::mask::MASK;
use castra_core::run_config::{RunConfig, RunConfigError, RunConfigKind};
use serde_json::{Map, Value as Json};

use super::item::{Item, items};
use super::text::{read, same, shown, shown_variable};
use crate::web::fields::Fields;

/// The field that holds the type.
pub(super) const TYPE: &str = "type";
/// The fields that hold the variables.
pub(super) const ENV: &str = "env";
/// What any two types have in common, and keep when one is changed for the other.
const SHARED: [&str; 2] = [ENV, "image"];

/// The run config that counts unless it is overridden.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Base {
    run_config: Option<Json>,
    kind: Option<RunConfigKind>,
    /// What the form began with, if not with this.
    begun_with: Option<Json>,
}

impl Base {
    /// This one, in wire form. One that cannot be read has no type, and can only be replaced whole.
    pub(in crate::web) fn new(run_config: Option<Json>) -> Self {
        let kind = run_config.as_ref().and_then(|it| RunConfig::from_json(it).ok()).map(|it| it.kind());
        Self { run_config, kind, begun_with: None }
    }

    /// The form began with another run config, whose secrets its masks stand for.
    pub(in crate::web) fn begun_with(self, run_config: Option<Json>) -> Self {
        Self { begun_with: run_config, ..self }
    }

    /// Its type.
    pub(super) fn kind(&self) -> Option<RunConfigKind> {
        self.kind
    }

    /// What the fields of this type say unless they are overridden.
    fn reference(&self, kind: RunConfigKind) -> Map<String, Json> {
        let defaults = RunConfig::new(kind).to_json().as_object().cloned().unwrap_or_default();
        let Some(Json::Object(own)) = &self.run_config else { return defaults };
        let is_same = self.kind == Some(kind);
        let mut reference = defaults;
        for (name, value) in own {
            if is_same || SHARED.contains(&name.as_str()) && reference.contains_key(name) {
                reference.insert(name.clone(), value.clone());
            }
        }
        reference
    }
}

/// What stands in the form.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::web) struct Edit {
    /// The type; none is chosen where there is no run config.
    pub(super) kind: Option<RunConfigKind>,
    /// The fields of the type by name, and the choices between alternatives.
    pub(super) texts: BTreeMap<&'static str, String>,
    /// Names and values of variables.
    pub(super) env: Vec<(String, String)>,
    /// What was reset, by the names of the form: masks there stand for the secrets of the base, not for those that the form
    /// began with.
    pub(super) was_reset: BTreeSet<&'static str>,
}

/// What comes of an edit.
#[derive(Debug, Default, PartialEq)]
pub(in crate::web) struct Outcome {
    /// What is overridden, by the names of the form.
    pub(super) overrides: BTreeSet<&'static str>,
    /// The run config that is to be sent, with the labels of the base; none if nothing is overridden, or something is wrong.
    pub(in crate::web) run_config: Option<RunConfig>,
    /// What is wrong, by field.
    pub(super) errors: BTreeMap<String, String>,
}

impl Outcome {
    /// Whether anything differs from what counts otherwise.
    pub(in crate::web) fn is_override(&self) -> bool {
        !self.overrides.is_empty()
    }

    /// Whether something is wrong.
    pub(in crate::web) fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }
}

impl Edit {
    /// The form as it begins: with `run_config`, which need not be the base.
    pub(in crate::web) fn of(run_config: Option<&Json>) -> Self {
        let base = Base::new(run_config.cloned());
        Self::begin(&base, base.kind)
    }

    fn begin(base: &Base, kind: Option<RunConfigKind>) -> Self {
        let was_reset = BTreeSet::new();
        let Some(kind) = kind else {
            return Self { kind: None, texts: BTreeMap::new(), env: Vec::new(), was_reset };
        };
        let reference = base.reference(kind);
        let texts = items(kind).iter().flat_map(|item| texts_of(item, &reference)).collect();
        Self { kind: Some(kind), texts, env: env_of(&reference), was_reset }
    }

    /// The form as it was sent. What it does not hold, as those fields of another type that was just chosen, is as in the base.
    pub(in crate::web) fn read(fields: &Fields, base: &Base) -> Self {
        let kind = match fields.raw(TYPE) {
            Some(name) => RunConfigKind::from_name(name),
            None => base.kind,
        };
        let mut edit = Self::begin(base, kind);
        for (name, text) in &mut edit.texts {
            if let Some(sent) = fields.raw(name) {
                *text = sent.to_owned();
            }
        }
        if fields.raw("env.name").is_some() {
            let pairs = fields.raws("env.name").zip(fields.raws("env.value"));
            edit.env = pairs.map(|(name, value)| (name.trim().to_owned(), value.to_owned())).collect();
            edit.env.retain(|(name, value)| !name.is_empty() || !value.is_empty());
        }
        edit.was_reset = names(kind).filter(|name| fields.all("was_reset").any(|it| it == *name)).collect();
        match fields.text("reset") {
            Some(name) => edit.reset(name, base),
            None => edit,
        }
    }

    /// The form with one thing as in the base again.
    fn reset(mut self, name: &str, base: &Base) -> Self {
        if name == TYPE {
            let original = Self::begin(base, base.kind);
            return Self { was_reset: names(base.kind).collect(), ..original };
        }
        self.was_reset.extend(names(self.kind).find(|it| *it == name));
        let original = Self::begin(base, self.kind);
        if name == ENV {
            return Self { env: original.env, ..self };
        }
        let item = self.kind.and_then(|kind| items(kind).iter().find(|item| item.name() == name));
        let is_of_it = |key: &str| {
            key == name || item.is_some_and(|item| item.fields().iter().any(|field| field.name == key))
        };
        let choose = |(key, text): (&'static str, String)| match is_of_it(key) {
            true => (key, original.texts.get(key).cloned().unwrap_or_default()),
            false => (key, text),
        };
        Self { texts: self.texts.into_iter().map(choose).collect(), ..self }
    }

    /// What a field of an item held when the form began, unless the item was reset since.
    fn begun<'a>(&self, item: &str, field: &str, base: &'a Base) -> Option<&'a Json> {
        base.begun_with.as_ref()?.get(field).filter(|_| !self.was_reset.contains(item))
    }

    /// What is written in a field.
    pub(super) fn text(&self, field: &str) -> String {
        self.texts.get(field).cloned().unwrap_or_default()
    }

    /// The form with a variable set; without a type, it becomes one that any agent takes.
    pub(in crate::web) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.kind.get_or_insert(RunConfigKind::Universal);
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What is to be sent.
    pub(in crate::web) fn outcome(&self, base: &Base) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(kind) = self.kind else { return outcome };
        let mut document = base.reference(kind);
        if base.kind != Some(kind) {
            outcome.overrides.insert(TYPE);
        }
        for item in items(kind) {
            self.take_item(item, base, &mut document, &mut outcome);
        }
        self.take_env(base, &mut document, &mut outcome);
        if outcome.is_override() {
            match RunConfig::from_json(&document.into()) {
                Ok(run_config) => outcome.run_config = Some(run_config).filter(|_| !outcome.is_wrong()),
                Err(error) => {
                    outcome.errors.entry(field_of(&error).to_owned()).or_insert_with(|| error.to_string());
                }
            }
        }
        outcome
    }

    fn take_item(&self, item: &Item, base: &Base, document: &mut Map<String, Json>, outcome: &mut Outcome) {
        let chosen = match item {
            Item::One(field) => Some(field.name),
            Item::OneOf(alternatives) => self.texts.get(alternatives.name).map(String::as_str),
        };
        for field in item.fields() {
            let before = document.get(field.name).cloned().unwrap_or_default();
            let text = self.text(field.name);
            let is_chosen = chosen == Some(field.name);
            let known: Vec<_> =
                self.begun(item.name(), field.name, base).into_iter().chain([&before]).collect();
            let value = match is_chosen {
                true => read(field.shape, &text, &known),
                false => Ok(Json::Null),
            };
            match value {
                Ok(Json::Null) if is_chosen && matches!(item, Item::OneOf(_)) => {
                    let words = "nothing is written here: fill it in, or choose the agent's default";
                    outcome.overrides.insert(item.name());
                    outcome.errors.insert(field.name.to_owned(), words.to_owned());
                }
                Ok(value) if value == before => {}
                Ok(value) => {
                    outcome.overrides.insert(item.name());
                    document.insert(field.name.to_owned(), value);
                }
                Err(words) => {
                    outcome.overrides.insert(item.name());
                    outcome.errors.insert(field.name.to_owned(), words);
                }
            }
        }
    }

    fn take_env(&self, base: &Base, document: &mut Map<String, Json>, outcome: &mut Outcome) {
        let before = document.get(ENV).and_then(Json::as_object).cloned().unwrap_or_default();
        let mut env = Map::new();
        for (name, value) in &self.env {
            let begun = self.begun(ENV, ENV, base).and_then(|env| env.get(name));
            let known = begun
                .into_iter()
                .chain(before.get(name))
                .find(|known| same(&shown_variable(name, known), value));
            if let Some(words) = variable_error(name, value, known.is_some(), env.contains_key(name)) {
                outcome.errors.insert(ENV.to_owned(), words);
            }
            env.insert(name.clone(), known.cloned().unwrap_or_else(|| value.as_str().into()));
        }
        if env != before {
            outcome.overrides.insert(ENV);
            document.insert(ENV.to_owned(), env.into());
        }
    }
}

fn variable_error(name: &str, value: &str, is_known: bool, is_there: bool) -> Option<String> {
    if name.is_empty() {
        return Some("a variable has a value and no name: name it, or remove the value".to_owned());
    }
    if is_there {
        return Some(format!("`{name}` is there twice: keep one"));
    }
    let is_mask = value == MASK && !is_known;
    is_mask.then(|| {
        format!("`{name}`: {MASK} stands for a value that is not shown here: write the value itself")
    })
}

/// What a form of this type marks and resets beside the type itself.
fn names(kind: Option<RunConfigKind>) -> impl Iterator<Item = &'static str> {
    kind.map(items).unwrap_or_default().iter().map(Item::name).chain([ENV])
}

/// The texts of an item: of its fields, and of the choice between them.
fn texts_of(item: &Item, reference: &Map<String, Json>) -> Vec<(&'static str, String)> {
    let value = |name: &str| reference.get(name).unwrap_or(&Json::Null);
    let mut texts: Vec<_> =
        item.fields().iter().map(|field| (field.name, shown(field.shape, value(field.name)))).collect();
    if let Item::OneOf(alternatives) = item {
        let given = alternatives.fields.iter().find(|field| !value(field.name).is_null());
        texts.push((alternatives.name, given.map_or("", |field| field.name).to_owned()));
    }
    texts
}

fn env_of(reference: &Map<String, Json>) -> Vec<(String, String)> {
    let env = reference.get(ENV).and_then(Json::as_object);
    env.into_iter().flatten().map(|(name, value)| (name.clone(), shown_variable(name, value))).collect()
}

/// The field beside which an error is shown.
fn field_of(error: &RunConfigError) -> &'static str {
    match error {
        RunConfigError::InvalidValue { field, .. }
        | RunConfigError::UnreadableFile { field, .. }
        | RunConfigError::Yaml { field, .. } => field,
        RunConfigError::Exclusive { second, .. } => second,
        RunConfigError::NotAnObject { .. }
        | RunConfigError::MissingType
        | RunConfigError::UnknownType { .. }
        | RunConfigError::UnknownArgument { .. } => TYPE,
    }
}

#[cfg(test)]
mod tests;
