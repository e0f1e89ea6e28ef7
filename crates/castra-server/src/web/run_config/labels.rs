//! The labels of a run or of a flow, in the three states that they can be in: nothing said, none, these.

use castra_core::label::LabelSet;

use crate::web::fields::Fields;

/// What somebody says of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::web) enum Saying {
    /// Nothing: those that are inherited count.
    #[default]
    Inherit,
    /// No labels.
    Nothing,
    /// The labels that are written down.
    These,
}

impl Saying {
    const ALL: [Self; 3] = [Self::Inherit, Self::Nothing, Self::These];

    /// As the form sends it.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Inherit => "inherit",
            Self::Nothing => "none",
            Self::These => "these",
        }
    }
}

/// The labels as they stand in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::web) struct LabelEdit {
    pub(super) saying: Saying,
    /// The labels that are written down, whether they count or not.
    pub(super) these: LabelSet,
}

impl LabelEdit {
    /// The form as it begins.
    pub(in crate::web) fn of(labels: Option<&LabelSet>) -> Self {
        let saying = match labels {
            None => Saying::Inherit,
            Some(labels) if labels.is_empty() => Saying::Nothing,
            Some(_) => Saying::These,
        };
        Self { saying, these: labels.cloned().unwrap_or_default() }
    }

    /// The form as it was sent.
    pub(in crate::web) fn read(fields: &Fields) -> Self {
        let sent = fields.text("labels.saying");
        let saying = Saying::ALL.into_iter().find(|saying| Some(saying.key()) == sent).unwrap_or_default();
        Self { saying, these: fields.labels() }
    }

    /// What is said; `None` if nothing is.
    ///
    /// # Errors
    /// What is missing.
    pub(in crate::web) fn said(&self) -> Result<Option<LabelSet>, &'static str> {
        match self.saying {
            Saying::Inherit => Ok(None),
            Saying::Nothing => Ok(Some(LabelSet::empty())),
            Saying::These if self.these.is_empty() => {
                Err("no label is written here: write one, or choose “none”")
            }
            Saying::These => Ok(Some(self.these.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(saying: &str, text: &str) -> Result<Option<LabelSet>, &'static str> {
        LabelEdit::read(&Fields::of(&[("labels.saying", saying), ("labels.these", text)])).said()
    }

    #[test]
    fn nothing_said_none_and_these_are_three_things() {
        assert_eq!(said("inherit", "gpu"), Ok(None));
        assert_eq!(said("none", "gpu"), Ok(Some(LabelSet::empty())));
        assert_eq!(said("these", "gpu, eu,"), Ok(Some(["eu", "gpu"].into_iter().collect())));
        insta::assert_snapshot!(said("these", " , ").unwrap_err(), @"no label is written here: write one, or choose “none”");
    }

    #[test]
    fn the_form_begins_with_what_is_said() {
        for labels in [None, Some(LabelSet::empty()), Some(["a", "b"].into_iter().collect::<LabelSet>())] {
            assert_eq!(LabelEdit::of(labels.as_ref()).said(), Ok(labels));
        }
    }
}
