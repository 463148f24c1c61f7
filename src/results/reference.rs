//! The JSON Schemas of what is written, and the reference page `docs/results.md`, all generated from the types.
//! `MAPSTORM_WRITE_DOCS=1 cargo test results::reference` writes them anew.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::Value;

use super::{Run, WhatIf};

const INTRODUCTION: &str = include_str!("reference/introduction.md");

/// The schema of `run.json`.
pub fn schema() -> Value {
    schemars::schema_for!(Run).to_value()
}

/// The schema of `what-if.json`.
pub fn what_if_schema() -> Value {
    schemars::schema_for!(WhatIf).to_value()
}

/// The text of `docs/results.md`.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut told = BTreeSet::new();
    fields(&mut page, "run.json", &schema(), &mut told);
    fields(&mut page, "what-if.json", &what_if_schema(), &mut told);
    page
}

/// All fields of a file. What was `told` already of another file is not told again.
fn fields(page: &mut String, file: &str, schema: &Value, told: &mut BTreeSet<String>) {
    let _ = write!(page, "\n## Fields of {file}\n");
    object(page, file, schema);
    let definitions = schema.get("$defs").and_then(Value::as_object);
    for (name, definition) in definitions.into_iter().flatten() {
        if !told.insert(name.clone()) {
            continue;
        }
        if definition.get("properties").is_some() {
            object(page, name, definition);
        } else if let Some(choices) = choices(definition) {
            let _ = write!(page, "\n### {name}\n\n{}\n\nOne of {choices}.\n", description(definition));
        }
    }
}

fn description(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    text.replace("\n\n", "<br>").replace('\n', " ").replace('|', "\\|")
}

fn object(page: &mut String, name: &str, schema: &Value) {
    let _ = write!(page, "\n### {name}\n\n{}\n\n| field | type | meaning |\n|---|---|---|\n", description(schema));
    for (field, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let _ = writeln!(page, "| `{field}` | {} | {} |", kind(property), description(property));
    }
}

/// What values a field has, in words.
fn kind(schema: &Value) -> String {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return target.trim_start_matches("#/$defs/").to_owned();
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(several).and_then(Value::as_array) {
            return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    // The other half of every `Known`.
    if schema.pointer("/properties/unavailable").is_some() {
        return "`{\"unavailable\": why}`".to_owned();
    }
    match schema.get("type") {
        Some(Value::String(one)) if one == "array" => {
            format!("list of {}", schema.get("items").map_or_else(|| "anything".to_owned(), kind))
        }
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => schema.get("const").map_or_else(|| "object".to_owned(), |value| format!("`{value}`")),
    }
}

/// The spellings of a definition that is a choice of words.
fn choices(schema: &Value) -> Option<String> {
    let word = |choice: &Value| {
        let word = choice.get("const").or(choice.get("enum")?.get(0))?.as_str()?;
        Some(format!("`{word}`"))
    };
    let words: Option<Vec<String>> = match schema.get("enum").and_then(Value::as_array) {
        Some(words) => words.iter().map(|word| Some(format!("`{}`", word.as_str()?))).collect(),
        None => schema
            .get("oneOf")?
            .as_array()?
            .iter()
            .map(|c| c.get("const").and_then(Value::as_str).map(|word| format!("`{word}`")).or_else(|| word(c)))
            .collect(),
    };
    words.map(|words| words.join(", "))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    fn same_as_committed(name: &str, text: &str) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        if std::env::var_os("MAPSTORM_WRITE_DOCS").is_some() {
            fs::write(&path, text).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "docs/{name} is out of date: MAPSTORM_WRITE_DOCS=1 cargo test results::reference");
    }

    #[test]
    fn the_committed_page_is_up_to_date() {
        same_as_committed("results.md", &reference());
    }

    #[test]
    fn the_committed_schemas_are_up_to_date() {
        same_as_committed("run.schema.json", &(serde_json::to_string_pretty(&schema()).unwrap() + "\n"));
        same_as_committed("what-if.schema.json", &(serde_json::to_string_pretty(&what_if_schema()).unwrap() + "\n"));
    }
}
