//! The JSON Schemas of all results, and the reference page `docs/results.md`, generated from the types that are written.

use std::fmt::Write as _;

use schemars::schema_for;
use serde_json::Value;

use crate::results::{
    Ab, ComparisonReport, Cost, HistoryReport, Inspection, Qualification, Run, Shootdown, SweepReport, WhatIf,
};
use crate::workload::update::METHODS;

macro_rules! files {
    ($($json:literal, $schema:literal, $text:literal, $result:ty;)*) => {
        [$(($json, $schema, include_str!(concat!("text/", $text)), schema_for!($result).to_value())),*]
    };
}

/// Each result's JSON file, the file of its schema, the text before its fields, and its schema.
fn files() -> [(&'static str, &'static str, &'static str, Value); 10] {
    files! {
        "run.json", "run.schema.json", "results.md", Run;
        "sweep.json", "sweep.schema.json", "results-sweeps.md", SweepReport;
        "cost.json", "cost.schema.json", "results-cost.md", Cost;
        "what-if.json", "what-if.schema.json", "results-what-if.md", WhatIf;
        "qualify.json", "qualify.schema.json", "results-qualify.md", Qualification;
        "ab.json", "ab.schema.json", "results-ab.md", Ab;
        "shootdown.json", "shootdown.schema.json", "results-shootdown.md", Shootdown;
        "inspection.json", "inspection.schema.json", "results-inspection.md", Inspection;
        "comparison.json", "compare.schema.json", "results-comparison.md", ComparisonReport;
        "history.json", "history.schema.json", "results-history.md", HistoryReport;
    }
}

/// The names and texts of the schemas.
pub fn schemas() -> impl Iterator<Item = (&'static str, String)> {
    let text = |schema: &Value| serde_json::to_string_pretty(schema).unwrap() + "\n";
    files().into_iter().map(move |(_, name, _, schema)| (name, text(&schema)))
}

/// The text of `docs/results.md`.
pub fn reference() -> String {
    let (mut page, mut earlier) = (String::new(), Vec::new());
    for (name, _, about, schema) in files() {
        if !page.is_empty() {
            page.push('\n');
        }
        page.push_str(about);
        if name == "cost.json" {
            let _ = write!(page, "\n{}\n### Fields of {name}\n", methods());
        }
        fields(&mut page, name, &schema, &earlier);
        earlier.push(schema);
    }
    page
}

/// The table of update methods.
fn methods() -> String {
    let mut table = "### Update methods\n\n| method | one update is | |\n|---|---|---|\n".to_owned();
    for method in METHODS {
        let kind = if method.emulated { "emulated" } else { "" };
        let _ = writeln!(table, "| `{}` | {} | {kind} |", method.name, method.about.replace('|', "\\|"));
    }
    table
}

/// The fields of a file and of the types in it, without the types of earlier files.
fn fields(page: &mut String, name: &str, schema: &Value, earlier: &[Value]) {
    object(page, name, schema);
    let definitions = schema.get("$defs").and_then(Value::as_object);
    for (name, definition) in definitions.into_iter().flatten() {
        if earlier.iter().any(|earlier| earlier.pointer(&format!("/$defs/{name}")).is_some()) {
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
    // The other half of every `Availability`.
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
    let quoted = |word: &Value| Some(format!("`{}`", word.as_str()?));
    let words: Option<Vec<String>> = match schema.get("enum").and_then(Value::as_array) {
        Some(words) => words.iter().map(quoted).collect(),
        None => {
            let choices = schema.get("oneOf")?.as_array()?.iter();
            choices.map(|choice| quoted(choice.get("const").or_else(|| choice.get("enum")?.get(0))?)).collect()
        }
    };
    words.map(|words| words.join(", "))
}

#[test]
fn types_of_several_files_mean_the_same_in_all() {
    let all = files().map(|(.., schema)| schema);
    for schema in &all {
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            for other in all.iter().filter_map(|other| other.pointer(&format!("/$defs/{name}"))) {
                assert_eq!(definition, other, "{name}");
            }
        }
    }
}
