//! The tables of causes and of mitigations in `docs/diagnosis.md`.

use std::{fmt::Write as _, fs};

use crate::{diagnose::CAUSES, experiment::mitigations::MITIGATIONS};

fn causes() -> String {
    let mut table = "\n| cause | what it is | what to do |\n|---|---|---|\n".to_owned();
    for cause in &CAUSES {
        let advice: Vec<String> = cause.advice.iter().map(|advice| advice.replace('|', "\\|")).collect();
        let _ = writeln!(table, "| `{}` | {} | {} |", cause.name, cause.meaning, advice.join("; "));
    }
    table + "\n"
}

fn mitigations() -> String {
    let mut table =
        "\n| mitigation | what it is | why the load stays the same | suggested by |\n|---|---|---|---|\n".to_owned();
    for mitigation in &MITIGATIONS {
        let causes: Vec<String> = mitigation.causes.iter().map(|cause| format!("`{cause}`")).collect();
        let (name, meaning, load) = (mitigation.name, mitigation.meaning, mitigation.same_load);
        let _ = writeln!(table, "| `{name}` | {meaning} | {load} | {} |", causes.join(", "));
    }
    table + "\n"
}

/// The page with a table between the line that begins with `begin` and the one that is `end`.
fn with_table(page: &str, begin: &str, end: &str, table: &str) -> String {
    let start = page.find(begin).expect("a place for the table");
    let start = start + page[start..].find('\n').unwrap() + 1;
    let stop = start + page[start..].find(end).expect("the end of the table");
    format!("{}{table}{}", &page[..start], &page[stop..])
}

/// The text of `docs/diagnosis.md`, which is written by hand but for its tables.
pub fn page() -> String {
    let page = fs::read_to_string(super::path("diagnosis.md")).unwrap();
    let page = with_table(&page, "<!-- causes:", "<!-- end of causes -->", &causes());
    with_table(&page, "<!-- mitigations:", "<!-- end of mitigations -->", &mitigations())
}
