//! The role of a worker, by the name that every file and chart gives it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The role of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Maps the file and searches in it.
    Reader,
    /// Commits to the file.
    Writer,
}

impl Role {
    pub const ALL: [Role; 2] = [Role::Reader, Role::Writer];

    pub fn name(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Writer => "writer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Comparisons with a name, for charts and texts that go by names.
impl PartialEq<str> for Role {
    fn eq(&self, name: &str) -> bool {
        self.name() == name
    }
}

impl PartialEq<&str> for Role {
    fn eq(&self, name: &&str) -> bool {
        self.name() == *name
    }
}
