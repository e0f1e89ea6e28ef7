//! The fields of a form or of an address, as they were sent: names may repeat.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::{Form, extract::Query};
use castra_core::label::LabelSet;
use jiff::Timestamp;
use uuid::Uuid;

use super::page_error::PageError;

/// Named texts, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field that is not blank, without the blanks around it.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a field that is not blank.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(field, _)| field == name);
        named.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The first value of a field as it was sent, blank or not.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.raws(name).next()
    }

    /// Every value of a field as it was sent.
    pub(super) fn raws(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// A field that has to be there.
    ///
    /// # Errors
    /// What is missing.
    pub(super) fn required(&self, name: &str) -> Result<&str, PageError> {
        self.text(name).ok_or_else(|| PageError::bad(format!("The field “{name}” is empty: fill it in.")))
    }

    /// A field read as something, if it is there.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, PageError> {
        let read = |text: &str| {
            text.parse().map_err(|error| PageError::bad(format!("{name}: “{text}” cannot be read: {error}")))
        };
        self.text(name).map(read).transpose()
    }

    /// Every value of a field, as ids.
    ///
    /// # Errors
    /// Which is none.
    pub(super) fn ids(&self, name: &str) -> Result<Vec<Uuid>, PageError> {
        let read = |text: &str| {
            Uuid::parse_str(text).map_err(|_| PageError::bad(format!("{name}: “{text}” is no id")))
        };
        self.all(name).map(read).collect()
    }

    /// The labels of a field for labels: the chips that are still ticked, and what is typed beside them.
    pub(super) fn labels(&self) -> LabelSet {
        let typed = self.raws("labels.these").flat_map(split);
        self.raws("labels.kept").filter(|label| !label.is_empty()).chain(typed).collect()
    }

    /// An instant, as links of this UI carry it, or as a browser's field for date and time gives it, which is taken as UTC.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, PageError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let naive = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
        let instant = text.parse().ok().or_else(|| Some(naive()?.timestamp()));
        let words = || PageError::bad(format!("{name}: “{text}” is no time: write it as 2026-11-25T14:30"));
        instant.map(Some).ok_or_else(words)
    }
}

#[cfg(test)]
impl Fields {
    /// These fields.
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

/// Labels as a person writes them, separated by commas.
pub(super) fn labels(text: &str) -> LabelSet {
    split(text).collect()
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|label| !label.is_empty())
}

/// The fields of an address, behind its question mark.
#[derive(Debug)]
pub(super) struct InAddress(pub(super) Fields);

impl<S: Send + Sync> FromRequestParts<S> for InAddress {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let Query(fields) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| PageError::bad(format!("The address cannot be read: {rejection}")))?;
        Ok(Self(Fields(fields)))
    }
}

/// The fields of a form that was sent.
#[derive(Debug)]
pub(super) struct InForm(pub(super) Fields);

impl<S: Send + Sync> FromRequest<S> for InForm {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let Form(fields) = Form::from_request(request, state)
            .await
            .map_err(|rejection| PageError::bad(format!("The form cannot be read: {rejection}")))?;
        Ok(Self(Fields(fields)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_chips_and_what_is_typed_beside_them() {
        let fields = [("labels.kept", "a, b"), ("labels.kept", "gpu"), ("labels.these", "eu, gpu,")];
        let labels: LabelSet = ["a, b", "gpu", "eu"].into_iter().collect();
        assert_eq!(Fields::of(&fields).labels(), labels);
    }
}
