//! Bounds on what a GraphQL document may cost before any of it is executed: how deep its brackets nest, which the parser
//! follows by recursion, and how much its fragments grow when they are put in place, which can be exponential.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::graphql::errors::Error;

/// Prefect's own documents nest less than 15 deep.
const MAX_NESTING: usize = 100;
/// Selections of a document with all its fragments in place.
const MAX_SELECTIONS: u64 = 10_000;

/// Checks the text of a document. Brackets in strings and comments count as well: it is a bound, not a parser.
pub(crate) fn check_text(text: &str) -> Result<(), Error> {
    let (mut nesting, mut deepest) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' | b'(' => nesting += 1,
            b'}' | b']' | b')' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(nesting);
    }
    if deepest > MAX_NESTING {
        return Err(Error::BadInput(format!(
            "the query nests more than {MAX_NESTING} brackets deep: send long values as variables"
        )));
    }
    Ok(())
}

/// Checks how many selections a document has with its fragments in place.
pub(crate) fn check_fragments(document: &ExecutableDocument) -> Result<(), Error> {
    let mut sizes = Sizes { document, known: HashMap::new() };
    let total = document.operations.iter().map(|(_, it)| sizes.of(&it.node.selection_set.node));
    if total.fold(0, u64::saturating_add) > MAX_SELECTIONS {
        return Err(Error::BadInput(format!(
            "the query selects more than {MAX_SELECTIONS} fields with its fragments in place: split it"
        )));
    }
    Ok(())
}

struct Sizes<'a> {
    document: &'a ExecutableDocument,
    known: HashMap<&'a str, u64>,
}

impl<'a> Sizes<'a> {
    fn of(&mut self, selections: &'a SelectionSet) -> u64 {
        let sizes = selections.items.iter().map(|selection| match &selection.node {
            Selection::Field(field) => self.of(&field.node.selection_set.node).saturating_add(1),
            Selection::InlineFragment(fragment) => {
                self.of(&fragment.node.selection_set.node).saturating_add(1)
            }
            Selection::FragmentSpread(spread) => {
                self.of_fragment(&spread.node.fragment_name.node).saturating_add(1)
            }
        });
        sizes.fold(0, u64::saturating_add)
    }

    /// A fragment that leads back to itself counts as nothing there; async-graphql refuses it afterwards.
    fn of_fragment(&mut self, name: &'a str) -> u64 {
        if let Some(size) = self.known.get(name) {
            return *size;
        }
        self.known.insert(name, 0);
        let size = match self.document.fragments.get(name) {
            Some(fragment) => self.of(&fragment.node.selection_set.node),
            None => 0,
        };
        self.known.insert(name, size);
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    #[test]
    fn deep_nesting_is_refused_before_it_is_parsed() {
        assert!(check_text("{ flow_run { flow { name } } }").is_ok());
        let deep = format!("{{ flow(where: {}) {{ id }} }}", "[".repeat(100_000));
        insta::assert_snapshot!(check_text(&deep).unwrap_err(), @"the query nests more than 100 brackets deep: send long values as variables");
    }

    #[test]
    fn fragments_that_grow_exponentially_are_refused() {
        let mut document = "{ flow { ...f0 } }".to_owned();
        for level in 0..30 {
            document += &format!("fragment f{level} on flow {{ ...f{n} ...f{n} }}", n = level + 1);
        }
        let error = check_fragments(&parse_query(&document).unwrap()).unwrap_err();
        insta::assert_snapshot!(error, @"the query selects more than 10000 fields with its fragments in place: split it");
        assert!(check_fragments(&parse_query("{ ...a } fragment a on Query { ...a }").unwrap()).is_ok());
    }
}
