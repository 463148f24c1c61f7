//! The JSON Schemas of all results, and the reference page `docs/results.md`, generated from the types that are written.

use std::fmt::Write as _;

use schemars::schema_for;
use serde_json::Value;

use crate::results::{
    Ab, ComparisonReport, Cost, HistoryReport, Inspection, Qualification, Run, Shootdown, SweepReport, WhatIf,
};
use crate::workload::update::METHODS;

const INTRODUCTION: &str = include_str!("text/results.md");
const OF_COST: &str = include_str!("text/results-cost.md");
const OF_SWEEPS: &str = include_str!("text/results-sweeps.md");
const OF_WHAT_IF: &str = include_str!("text/results-what-if.md");
const OF_QUALIFICATIONS: &str = include_str!("text/results-qualify.md");
const OF_AB: &str = include_str!("text/results-ab.md");
const OF_SHOOTDOWNS: &str = include_str!("text/results-shootdown.md");
const OF_INSPECTIONS: &str = include_str!("text/results-inspection.md");
const OF_COMPARISONS: &str = include_str!("text/results-comparison.md");
const OF_HISTORIES: &str = include_str!("text/results-history.md");

/// Each result's JSON file, the file of its schema, the text before its fields, and its schema.
fn files() -> [(&'static str, &'static str, String, Value); 10] {
    let of_cost = format!("\n{OF_COST}\n{}\n### Fields of cost.json\n", methods());
    [
        ("run.json", "run.schema.json", INTRODUCTION.to_owned(), schema_for!(Run).to_value()),
        ("sweep.json", "sweep.schema.json", format!("\n{OF_SWEEPS}"), schema_for!(SweepReport).to_value()),
        ("cost.json", "cost.schema.json", of_cost, schema_for!(Cost).to_value()),
        ("what-if.json", "what-if.schema.json", format!("\n{OF_WHAT_IF}"), schema_for!(WhatIf).to_value()),
        (
            "qualify.json",
            "qualify.schema.json",
            format!("\n{OF_QUALIFICATIONS}"),
            schema_for!(Qualification).to_value(),
        ),
        ("ab.json", "ab.schema.json", format!("\n{OF_AB}"), schema_for!(Ab).to_value()),
        ("shootdown.json", "shootdown.schema.json", format!("\n{OF_SHOOTDOWNS}"), schema_for!(Shootdown).to_value()),
        (
            "inspection.json",
            "inspection.schema.json",
            format!("\n{OF_INSPECTIONS}"),
            schema_for!(Inspection).to_value(),
        ),
        (
            "comparison.json",
            "compare.schema.json",
            format!("\n{OF_COMPARISONS}"),
            schema_for!(ComparisonReport).to_value(),
        ),
        ("history.json", "history.schema.json", format!("\n{OF_HISTORIES}"), schema_for!(HistoryReport).to_value()),
    ]
}

/// The text of `docs/results.md`.
fn reference() -> String {
    let (mut page, mut earlier) = (String::new(), Vec::new());
    for (name, _, about, schema) in files() {
        page.push_str(&about);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docgen::same_as_committed;

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

    #[test]
    fn the_committed_page_and_schemas_are_up_to_date() {
        same_as_committed("results.md", &reference());
        for (_, name, _, schema) in files() {
            same_as_committed(name, &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
        }
    }
}
