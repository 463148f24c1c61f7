//! The TOML document as a tree that remembers where every key and value stands.
//! Unlike the parser's own it owns its text, so that file and overrides can be laid into one.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub place: Place,
    pub value: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Text(String),
    /// `None`: not from 0 to 2⁶⁴ − 1.
    Integer(Option<u64>),
    Float(f64),
    Flag(bool),
    Datetime,
    List(Vec<Node>),
    Table(Table),
}

/// The entries of a table; every key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table(pub Vec<Entry>);

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub key: String,
    pub key_place: Place,
    pub node: Node,
}

impl Content {
    /// The word for this kind of value, with its article.
    pub(super) fn a_noun(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(Some(_)) => "a whole number",
            Self::Integer(None) => "a negative or very large number",
            Self::Float(_) => "a decimal number",
            Self::Flag(_) => "a boolean",
            Self::Datetime => "a date or time",
            Self::List(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

impl Table {
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.0.iter_mut().find(|entry| entry.key == key)
    }
}

/// Parses a document; what is wrong with its syntax goes to `problems`.
pub(super) fn parse(text_number: usize, text: &str, problems: &mut Vec<Problem>) -> Table {
    let (document, errors) = DeTable::parse_recoverable(text);
    problems.extend(errors.iter().map(|error| {
        let span = error.span().unwrap_or(0..0);
        Problem::new("this is not TOML").at(Place::new(text_number, span), error.message())
    }));
    table(document.into_inner(), text_number, 0)
}

/// Parses a single value that begins `offset` bytes into its text.
/// Errors: The parser's message, and the place it is about.
pub(super) fn parse_value(text_number: usize, text: &str, offset: usize) -> Result<Node, (Place, String)> {
    match DeValue::parse(text) {
        Ok(value) => Ok(node(value, text_number, offset)),
        Err(error) => {
            let span = error.span().unwrap_or(0..text.len());
            Err((Place::new(text_number, span.start + offset..span.end + offset), error.message().to_owned()))
        }
    }
}

fn table(table: DeTable<'_>, text: usize, offset: usize) -> Table {
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, _)| Entry {
        key_place: Place::new(text, key.span().start + offset..key.span().end + offset),
        key: key.into_inner().into_owned(),
        node: node(value, text, offset),
    };
    Table(table.into_iter().map(entry).collect())
}

fn node(spanned: Spanned<DeValue<'_>>, text: usize, offset: usize) -> Node {
    let span = spanned.span();
    let value = match spanned.into_inner() {
        DeValue::String(string) => Content::Text(string.into_owned()),
        DeValue::Integer(integer) => Content::Integer(u64::from_str_radix(integer.as_str(), integer.radix()).ok()),
        // The parser has checked the form; what no f64 can hold is as wrong as any other non-number.
        DeValue::Float(float) => Content::Float(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Content::Flag(flag),
        DeValue::Datetime(_) => Content::Datetime,
        DeValue::Array(array) => Content::List(array.into_iter().map(|value| node(value, text, offset)).collect()),
        DeValue::Table(inner) => Content::Table(table(inner, text, offset)),
    };
    Node { place: Place::new(text, span.start + offset..span.end + offset), value }
}
