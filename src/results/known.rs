//! A value that may be unavailable: then there is the reason instead, and never a zero.

pub use crate::os::facts::Availability;

/// A value as text, or why there is none.
pub fn fact<T>(value: &Availability<T>, show: impl Fn(&T) -> String) -> String {
    match value {
        Availability::Value(value) => show(value),
        Availability::Unavailable { unavailable } => format!("unavailable: {unavailable}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Availability;

    #[test]
    fn what_is_unavailable_says_why() {
        let known: Availability<u64> = Ok(7).into();
        assert_eq!(serde_json::to_string(&known).unwrap(), "7");
        let unknown: Availability<u64> = Err("no such file".to_owned()).into();
        assert_eq!(serde_json::to_string(&unknown).unwrap(), r#"{"unavailable":"no such file"}"#);
        assert_eq!(serde_json::from_str::<Availability<u64>>(r#"{"unavailable":"no such file"}"#).unwrap(), unknown);
        assert_eq!(unknown.value(), None);
    }
}
