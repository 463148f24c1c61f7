//! The JSON Schemas of `run.json`, `sweep.json`, `cost.json`, `what-if.json` and `comparison.json`, and the reference page `docs/results.md`, generated
//! from the types that are written.
//! `MAPSTORM_WRITE_DOCS=1 cargo test results::reference` writes them anew.

use std::fmt::Write as _;

use serde_json::Value;

use crate::results::{ComparisonReport, Cost, Run, SweepReport, WhatIf};
use crate::workload::update::METHODS;

const INTRODUCTION: &str = include_str!("text/results.md");
const OF_COST: &str = include_str!("text/results-cost.md");
const OF_SWEEPS: &str = include_str!("text/results-sweeps.md");
const OF_WHAT_IF: &str = include_str!("text/results-what-if.md");
const OF_COMPARISONS: &str = include_str!("text/results-comparison.md");

/// The schema of `run.json`.
pub fn schema() -> Value {
    schemars::schema_for!(Run).to_value()
}

/// The schema of `sweep.json`.
pub fn sweep_schema() -> Value {
    schemars::schema_for!(SweepReport).to_value()
}

/// The schema of `what-if.json`.
pub fn what_if_schema() -> Value {
    schemars::schema_for!(WhatIf).to_value()
}

/// The schema of `cost.json`.
pub fn cost_schema() -> Value {
    schemars::schema_for!(Cost).to_value()
}

/// The schema of `comparison.json`.
pub fn comparison_schema() -> Value {
    schemars::schema_for!(ComparisonReport).to_value()
}

/// The text of `docs/results.md`.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    let (of_run, of_sweep, of_cost) = (schema(), sweep_schema(), cost_schema());
    file(&mut page, "run.json", &of_run, &[]);
    let _ = write!(page, "\n{OF_SWEEPS}");
    file(&mut page, "sweep.json", &of_sweep, &[&of_run]);
    let _ = write!(page, "\n{OF_COST}\n{}\n### Fields of cost.json\n", methods());
    file(&mut page, "cost.json", &of_cost, &[&of_run, &of_sweep]);
    let _ = write!(page, "\n{OF_WHAT_IF}");
    let of_what_if = what_if_schema();
    file(&mut page, "what-if.json", &of_what_if, &[&of_run, &of_sweep, &of_cost]);
    let _ = write!(page, "\n{OF_COMPARISONS}");
    file(&mut page, "comparison.json", &comparison_schema(), &[&of_run, &of_sweep, &of_cost, &of_what_if]);
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

/// One file's fields, and those of what is in it; what files that were `told` of before have already is left out.
fn file(page: &mut String, name: &str, schema: &Value, told: &[&Value]) {
    object(page, name, schema);
    let definitions = schema.get("$defs").and_then(Value::as_object);
    for (name, definition) in definitions.into_iter().flatten() {
        if told.iter().any(|told| told.pointer(&format!("/$defs/{name}")).is_some()) {
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
    use super::*;
    use crate::docgen::same_as_committed;

    #[test]
    fn what_several_files_have_means_the_same_in_all() {
        let all = [schema(), sweep_schema(), cost_schema(), comparison_schema()];
        for schema in &all {
            for (name, definition) in schema["$defs"].as_object().unwrap() {
                for other in all.iter().filter_map(|other| other.pointer(&format!("/$defs/{name}"))) {
                    assert_eq!(definition, other, "{name}");
                }
            }
        }
    }

    #[test]
    fn the_committed_page_is_up_to_date() {
        same_as_committed("results.md", &reference());
    }

    #[test]
    fn the_committed_schemas_are_up_to_date() {
        let all = [
            ("run.schema.json", schema()),
            ("sweep.schema.json", sweep_schema()),
            ("cost.schema.json", cost_schema()),
            ("what-if.schema.json", what_if_schema()),
            ("compare.schema.json", comparison_schema()),
        ];
        for (name, schema) in all {
            same_as_committed(name, &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
        }
    }
}
