//! A value that a machine may not tell: then there is the reason instead, and never a zero.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value, or `{"unavailable": "why"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Known<T> {
    /// The value.
    Value(T),
    /// There is none.
    Unavailable {
        /// Why, and where it helps what would change that.
        unavailable: String,
    },
}

impl<T> Known<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Known::Value(value) => Some(value),
            Known::Unavailable { .. } => None,
        }
    }
}

impl<T> From<Result<T, String>> for Known<T> {
    fn from(told: Result<T, String>) -> Known<T> {
        match told {
            Ok(value) => Known::Value(value),
            Err(unavailable) => Known::Unavailable { unavailable },
        }
    }
}

/// A value in words, or why there is none.
pub fn fact<T>(value: &Known<T>, show: impl Fn(&T) -> String) -> String {
    match value {
        Known::Value(value) => show(value),
        Known::Unavailable { unavailable } => format!("unavailable: {unavailable}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Known;

    #[test]
    fn what_is_unavailable_says_why() {
        let known: Known<u64> = Ok(7).into();
        assert_eq!(serde_json::to_string(&known).unwrap(), "7");
        let unknown: Known<u64> = Err("no such file".to_owned()).into();
        assert_eq!(serde_json::to_string(&unknown).unwrap(), r#"{"unavailable":"no such file"}"#);
        assert_eq!(serde_json::from_str::<Known<u64>>(r#"{"unavailable":"no such file"}"#).unwrap(), unknown);
        assert_eq!(unknown.value(), None);
    }
}
