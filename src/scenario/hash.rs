//! The identity of a scenario: a hash over everything that could change a result.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Scenario;

impl Scenario {
    /// SHA-256 over the scenario's canonical JSON (keys sorted, no white space), as 64 lower-case hex digits.
    pub fn hash(&self) -> String {
        // Without serde_json's `preserve_order`, the keys of a `Value` are sorted.
        let canonical = serde_json::to_value(self).map(|mut value| {
            // What a run is judged by does not change its load.
            value.as_object_mut().map(|sections| sections.remove("slo"));
            value.to_string()
        });
        let digest = Sha256::digest(canonical.expect("a scenario is made of finite numbers and strings"));
        digest.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_under_the_hash_has_sorted_keys() {
        let scenario = Scenario::parse("x", "[file]\nsize = '1MiB'", &[]).unwrap();
        let canonical = serde_json::to_value(&scenario).unwrap().to_string();
        let top = serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(&canonical).unwrap();
        assert!(top.keys().is_sorted(), "{canonical}");
        assert!(canonical.starts_with(r#"{"description":null,"file":{"contents":"#), "{canonical}");
    }
}
