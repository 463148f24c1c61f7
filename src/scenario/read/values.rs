//! The values of all keys: given or default. A wrong value is absent, so that rules between values say nothing about it again.

use std::collections::BTreeMap;

use super::problem::Place;
use crate::scenario::Clause;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A name, a line or a path.
    Text(String),
    /// A count, bytes, or nanoseconds.
    Number(u64),
    PerSecond(f64),
    Choice(&'static str),
    Flag(bool),
    Weights(Vec<(&'static str, f64)>),
    Ramp(Values),
    NoRamp,
    Clauses(Vec<Clause>),
    Axes(Vec<WrittenAxis>),
}

/// An axis, and where its parts stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WrittenAxis {
    pub path: String,
    pub path_place: Place,
    /// At least one.
    pub values: Vec<(String, Place)>,
}

type Name = (&'static str, &'static str);

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values {
    pub values: BTreeMap<Name, Value>,
    /// Where a key was given, also if its value is wrong.
    pub given: BTreeMap<Name, Place>,
    /// Where a section begins in the file.
    pub sections: BTreeMap<&'static str, Place>,
}

impl Values {
    /// `None` if the value is wrong, or neither given nor a default.
    pub(crate) fn get(&self, section: &'static str, name: &'static str) -> Option<&Value> {
        self.values.get(&(section, name))
    }

    pub(crate) fn given(&self, section: &'static str, name: &'static str) -> Option<Place> {
        self.given.get(&(section, name)).cloned()
    }

    pub(crate) fn number(&self, section: &'static str, name: &'static str) -> Option<u64> {
        if let Some(Value::Number(number)) = self.get(section, name) { Some(*number) } else { None }
    }

    pub(crate) fn choice(&self, section: &'static str, name: &'static str) -> Option<&'static str> {
        if let Some(Value::Choice(choice)) = self.get(section, name) { Some(choice) } else { None }
    }

    /// Whether the value is this word; false if it is wrong.
    pub(crate) fn is(&self, section: &'static str, name: &'static str, word: &str) -> bool {
        self.choice(section, name) == Some(word)
    }
}
