//! A series by the name that every file and chart gives it. Shared memory has it without serde.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::shm::Series;

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Series {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Series {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Series, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Series::named(&name).ok_or_else(|| D::Error::custom(format!("no series is named `{name}`")))
    }
}

impl JsonSchema for Series {
    fn schema_name() -> Cow<'static, str> {
        "Series".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Series::every().map(Series::name).collect();
        json_schema!({ "type": "string", "enum": names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_is_read_back_by_its_name_and_no_other_name_is_one() {
        for series in Series::every() {
            let json = serde_json::to_string(&series).unwrap();
            assert_eq!(serde_json::from_str::<Series>(&json).unwrap(), series);
        }
        let error = serde_json::from_str::<Series>("\"late\"").unwrap_err().to_string();
        assert!(error.contains("no series is named `late`"), "{error}");
    }
}
