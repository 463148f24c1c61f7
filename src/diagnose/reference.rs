//! The table of causes in docs/diagnosis.md, generated from the rules so that the two cannot differ.

use std::fmt::Write as _;

use super::CAUSES;

/// Lines of the page around the table.
const BEGIN: &str = "<!-- causes:";
const END: &str = "<!-- end of causes -->";

/// The page with its table made anew; `None` if it has no place for one.
pub fn with_causes(page: &str) -> Option<String> {
    with_table(page, BEGIN, END, &causes())
}

/// The page with a table put between the line that begins with `begin` and the one that is `end`; `None` if it has no place for one.
pub fn with_table(page: &str, begin: &str, end: &str, table: &str) -> Option<String> {
    let start = page.find(begin)?;
    let start = start + page[start..].find('\n')? + 1;
    let stop = start + page[start..].find(end)?;
    Some(format!("{}{table}{}", &page[..start], &page[stop..]))
}

fn causes() -> String {
    let mut table = "\n| cause | what it is | what to do |\n|---|---|---|\n".to_owned();
    for cause in &CAUSES {
        let advice: Vec<String> = cause.advice.iter().map(|advice| advice.replace('|', "\\|")).collect();
        let _ = writeln!(table, "| `{}` | {} | {} |", cause.name, cause.meaning, advice.join("; "));
    }
    table + "\n"
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    #[test]
    fn the_committed_table_is_up_to_date() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/diagnosis.md");
        let page = fs::read_to_string(&path).unwrap();
        let wanted = super::with_causes(&page).expect("a place for the table");
        if std::env::var_os("MAPSTORM_WRITE_DOCS").is_some() {
            fs::write(&path, &wanted).unwrap();
            return;
        }
        assert!(
            page == wanted,
            "docs/diagnosis.md is out of date: MAPSTORM_WRITE_DOCS=1 cargo test diagnose::reference"
        );
    }
}
