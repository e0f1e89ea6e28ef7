//! The parameters of a run that is to be created, each as a text of a type: the type of its default unless somebody chooses
//! another.

use serde_json::{Map, Number, Value as Json};

use crate::web::fields::Fields;

/// What a text is read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Text,
    Number,
    Boolean,
    Json,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Text, Self::Number, Self::Boolean, Self::Json];

    /// As the form shows and sends it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "true or false",
            Self::Json => "JSON",
        }
    }

    fn of(value: &Json) -> Self {
        match value {
            // An input holds one line.
            Json::String(text) if !text.contains(['\n', '\r']) => Self::Text,
            Json::Number(_) => Self::Number,
            Json::Bool(_) => Self::Boolean,
            _ => Self::Json,
        }
    }
}

/// A parameter in the form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ParameterEdit {
    pub(super) name: String,
    /// What it is unless the run says otherwise; none if the run has to say.
    pub(super) default: Option<Json>,
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// The parameters that a flow declares, with the defaults that count: those set on the flow, then its own.
pub(super) fn declared(declared: &Json, set: &Map<String, Json>) -> Vec<(String, Option<Json>)> {
    let parameter = |parameter: &Json| {
        let name = parameter.get("name")?.as_str()?.to_owned();
        let is_required = parameter.get("required").and_then(Json::as_bool).unwrap_or(true);
        let own = || (!is_required).then(|| parameter.get("default").cloned().unwrap_or_default());
        let default = set.get(&name).cloned().or_else(own);
        Some((name, default))
    };
    declared.as_array().into_iter().flatten().filter_map(parameter).collect()
}

impl ParameterEdit {
    /// The form as it begins: with a value, or the default.
    pub(super) fn of((name, default): (String, Option<Json>), value: Option<&Json>) -> Self {
        let shown = value.or(default.as_ref());
        let kind = shown.map(Kind::of).unwrap_or_default();
        let text = match (kind, shown) {
            (_, None) => String::new(),
            (Kind::Text, Some(Json::String(text))) => text.clone(),
            (_, Some(value)) => value.to_string(),
        };
        Self { name, default, kind, text }
    }

    /// The form as it was sent.
    pub(super) fn read(fields: &Fields, declared: (String, Option<Json>)) -> Self {
        let begun = Self::of(declared, None);
        let of_it = |field: &str| format!("{field}.{}", begun.name);
        if fields.raw("reset") == Some(&of_it("parameter")) {
            return begun;
        }
        let sent = fields.raw(&of_it("kind"));
        let kind = Kind::ALL.into_iter().find(|kind| Some(kind.name()) == sent).unwrap_or(begun.kind);
        let text = fields.raw(&of_it("parameter")).map_or_else(|| begun.text.clone(), str::to_owned);
        Self { kind, text, ..begun }
    }

    /// The value to send: none if it is the default.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn value(&self) -> Result<Option<Json>, String> {
        if self.text.is_empty() && self.default.is_none() {
            return Err("the run needs a value: write one; an empty text is \"\" as JSON".to_owned());
        }
        let value = self.read_text()?;
        Ok((self.default.as_ref() != Some(&value)).then_some(value))
    }

    fn read_text(&self) -> Result<Json, String> {
        let text = self.text.trim();
        match self.kind {
            Kind::Text => Ok(self.text.clone().into()),
            Kind::Number => number(text),
            Kind::Boolean => match text {
                "true" | "True" => Ok(true.into()),
                "false" | "False" => Ok(false.into()),
                _ => Err(format!("“{text}” is neither true nor false")),
            },
            Kind::Json => serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}")),
        }
    }
}

fn number(text: &str) -> Result<Json, String> {
    let read = |text: &str| text.parse::<Number>().ok();
    let refused = || match read(&text.replace(',', ".")) {
        Some(meant) => format!("“{text}” is no number (did you mean {meant}?)"),
        None => format!("“{text}” is no number: write e.g. 5 or 2.5, or choose another type"),
    };
    read(text).map(Json::Number).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(kind: Kind, text: &str, default: Option<Json>) -> Result<Option<Json>, String> {
        ParameterEdit { name: "x".to_owned(), default, kind, text: text.to_owned() }.value()
    }

    #[test]
    fn what_is_left_as_it_was_is_not_sent() {
        for default in
            [json!("a"), json!(""), json!(2.5), json!(true), json!(null), json!({"a": [1]}), json!("a\nb")]
        {
            let begun = ParameterEdit::of(("x".to_owned(), Some(default)), None);
            assert_eq!(begun.value(), Ok(None), "{begun:?}");
        }
    }

    #[test]
    fn values_are_read_by_their_type() {
        assert_eq!(sent(Kind::Text, "5", None), Ok(Some(json!("5"))));
        assert_eq!(sent(Kind::Number, " 5 ", None), Ok(Some(json!(5))));
        assert_eq!(sent(Kind::Boolean, "true", Some(json!(false))), Ok(Some(json!(true))));
        assert_eq!(sent(Kind::Json, "[1, null]", Some(json!("x"))), Ok(Some(json!([1, null]))));
        assert_eq!(sent(Kind::Text, "", Some(json!("x"))), Ok(Some(json!(""))));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let refused = |kind, text| sent(kind, text, None).unwrap_err();
        insta::assert_snapshot!(refused(Kind::Text, ""), @r#"the run needs a value: write one; an empty text is "" as JSON"#);
        insta::assert_snapshot!(refused(Kind::Number, "2,5"), @"“2,5” is no number (did you mean 2.5?)");
        insta::assert_snapshot!(refused(Kind::Number, "many"), @"“many” is no number: write e.g. 5 or 2.5, or choose another type");
        insta::assert_snapshot!(refused(Kind::Boolean, "yes"), @"“yes” is neither true nor false");
        insta::assert_snapshot!(refused(Kind::Json, "{a"), @"this is no JSON: key must be a string at line 1 column 2");
    }

    #[test]
    fn defaults_set_on_the_flow_come_before_its_own() {
        let declared_by_flow =
            json!([{"name": "a", "required": true}, {"name": "b", "required": false, "default": 1}]);
        let set = Map::from_iter([("a".to_owned(), json!("DE"))]);
        let expected = vec![("a".to_owned(), Some(json!("DE"))), ("b".to_owned(), Some(json!(1)))];
        assert_eq!(declared(&declared_by_flow, &set), expected);
        assert_eq!(declared(&declared_by_flow, &Map::new())[0], ("a".to_owned(), None));
    }
}
