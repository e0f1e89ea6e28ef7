//! YAML text as JSON, read as Prefect 1 reads job templates and task definitions: PyYAML's `safe_load`, that is
//! YAML 1.1, where `yes` is true and `0644` is octal. What JSON cannot hold (dates, binary, infinities) is refused.
//!
//! The grammar is `saphyr-parser`'s; here its events become values, with a bound on what aliases can unfold to.

mod scalar;

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};

use scalar::{Resolution, Scalar};

/// Nesting beyond this is refused, so that no document exhausts the stack.
const DEEPEST: usize = 100;
/// More values than this are refused, so that nested aliases cannot exhaust memory.
const MOST_NODES: usize = 100_000;
/// What all tags of YAML's own types begin with.
const YAML_TAG: &str = "tag:yaml.org,2002:";

/// Why YAML text cannot be taken, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the YAML text is wrong at line {line}, column {column}: {reason}")]
pub struct YamlError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

/// Reads one YAML document; empty text is null.
///
/// # Errors
/// The text is not one YAML document, or holds what JSON cannot.
pub fn parse(text: &str) -> Result<Value, YamlError> {
    Composer { parser: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 }.document()
}

/// A value and how many nodes it unfolded to.
struct Anchored {
    value: Value,
    nodes: usize,
}

struct Composer<'text> {
    parser: Parser<'text, saphyr_parser::StrInput<'text>>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
}

impl<'text> Composer<'text> {
    fn document(mut self) -> Result<Value, YamlError> {
        let mut document = None;
        loop {
            let (event, at) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(document.unwrap_or(Value::Null)),
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                _ if document.is_some() => return Err(error(at, "only one document is allowed")),
                first => document = Some(self.node(first, at, 0)?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'text>, Marker), YamlError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start)),
            Some(Err(scan)) => Err(error(*scan.marker(), scan.info())),
            None => Ok((Event::StreamEnd, Marker::default())),
        }
    }

    fn node(&mut self, event: Event<'text>, at: Marker, depth: usize) -> Result<Value, YamlError> {
        if depth > DEEPEST {
            return Err(error(at, format!("nesting is deeper than {DEEPEST}")));
        }
        let nodes_before = self.nodes;
        self.count(1, at)?;
        let (value, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, at),
            Event::Scalar(text, style, anchor, tag) => {
                (scalar_value(&text, style, tag.as_deref(), at)?, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                expect_tag(tag.as_deref(), "seq", at)?;
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                expect_tag(tag.as_deref(), "map", at)?;
                (self.mapping(depth)?, anchor)
            }
            _ => return Err(error(at, "a value is missing")),
        };
        if anchor != 0 {
            let nodes = self.nodes - nodes_before;
            self.anchors.insert(anchor, Anchored { value: value.clone(), nodes });
        }
        Ok(value)
    }

    fn alias(&mut self, anchor: usize, at: Marker) -> Result<Value, YamlError> {
        let Some(Anchored { value, nodes }) = self.anchors.get(&anchor) else {
            return Err(error(at, "an alias stands inside the value it names"));
        };
        let (value, nodes) = (value.clone(), *nodes);
        self.count(nodes, at)?;
        Ok(value)
    }

    fn count(&mut self, nodes: usize, at: Marker) -> Result<(), YamlError> {
        self.nodes += nodes;
        match self.nodes > MOST_NODES {
            true => Err(error(at, format!("aliases unfold to more than {MOST_NODES} values"))),
            false => Ok(()),
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Array(items)),
                (event, at) => items.push(self.node(event, at, depth + 1)?),
            }
        }
    }

    /// A mapping; a later key replaces an equal earlier one, and own keys replace those merged in with `<<`.
    fn mapping(&mut self, depth: usize) -> Result<Value, YamlError> {
        let (mut merged, mut own) = (Map::new(), Map::new());
        loop {
            let (event, key_at) = self.next()?;
            if event == Event::MappingEnd {
                merged.extend(own);
                return Ok(Value::Object(merged));
            }
            let merges = is_merge_key(&event);
            let key = if merges { String::new() } else { self.key(event, key_at, depth)? };
            let (event, at) = self.next()?;
            let value = self.node(event, at, depth + 1)?;
            if merges {
                merged.extend(merge_sources(value, at)?.into_iter().flatten());
            } else {
                own.insert(key, value);
            }
        }
    }

    /// A key as JSON text: numbers, booleans and null turn into the text Python's `json.dumps` gives them.
    fn key(&mut self, event: Event<'text>, at: Marker, depth: usize) -> Result<String, YamlError> {
        if matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "=") {
            return Ok("=".to_owned());
        }
        match self.node(event, at, depth + 1)? {
            Value::String(text) => Ok(text),
            Value::Array(_) | Value::Object(_) => Err(error(at, "a key is a scalar")),
            Value::Number(number) => Ok(crate::python::text(&Value::Number(number)).unwrap_or_default()),
            scalar => Ok(scalar.to_string()),
        }
    }
}

fn is_merge_key(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<")
}

/// The mappings a `<<` key names; the first of a list wins, so the list is taken from its end.
fn merge_sources(value: Value, at: Marker) -> Result<Vec<Map<String, Value>>, YamlError> {
    let sources = match value {
        Value::Array(sources) => sources,
        source => vec![source],
    };
    let mappings: Option<Vec<_>> = sources
        .into_iter()
        .rev()
        .map(|source| match source {
            Value::Object(mapping) => Some(mapping),
            _ => None,
        })
        .collect();
    mappings.ok_or_else(|| error(at, "`<<` merges a mapping or a list of mappings"))
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>, at: Marker) -> Result<Value, YamlError> {
    let tag = tag.map(full_tag);
    let scalar = match tag.as_deref() {
        // The tag `!` alone asks for the text to be understood, quoted or not.
        Some("!") => Scalar::Plain,
        None if style == ScalarStyle::Plain => Scalar::Plain,
        None => return Ok(Value::String(text.to_owned())),
        Some(tag) => Scalar::Tagged(tag.strip_prefix(YAML_TAG).unwrap_or(tag)),
    };
    match scalar::resolve(text, scalar) {
        Resolution::Value(value) => Ok(value),
        Resolution::NotJson(what) => {
            Err(error(at, format!("{text:?} is {what}, which JSON cannot hold; quote it if it is text")))
        }
        Resolution::Malformed(what) => Err(error(at, format!("{text:?} is no {what}"))),
    }
}

fn expect_tag(tag: Option<&Tag>, expected: &str, at: Marker) -> Result<(), YamlError> {
    match tag.map(full_tag) {
        Some(tag) if tag != "!" && tag.strip_prefix(YAML_TAG) != Some(expected) => {
            Err(error(at, format!("the tag {tag} is not allowed here")))
        }
        _ => Ok(()),
    }
}

fn full_tag(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

fn error(at: Marker, reason: impl Into<String>) -> YamlError {
    YamlError { line: at.line(), column: at.col() + 1, reason: reason.into() }
}

#[cfg(test)]
mod tests;
