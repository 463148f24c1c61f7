//! The table of cures in docs/diagnosis.md, generated from the cures themselves so that the two cannot differ.

use std::fmt::Write as _;

use super::CURES;
use crate::diagnose::with_table;

/// Lines of the page around the table.
const BEGIN: &str = "<!-- cures:";
const END: &str = "<!-- end of cures -->";

/// The page with its table made anew; `None` if it has no place for one.
pub fn with_cures(page: &str) -> Option<String> {
    with_table(page, BEGIN, END, &cures())
}

fn cures() -> String {
    let mut table =
        "\n| cure | what it is | why the load stays the same | suggested by |\n|---|---|---|---|\n".to_owned();
    for cure in &CURES {
        let causes: Vec<String> = cure.causes.iter().map(|cause| format!("`{cause}`")).collect();
        let (name, meaning, load) = (cure.name, cure.meaning, cure.same_load);
        let _ = writeln!(table, "| `{name}` | {meaning} | {load} | {} |", causes.join(", "));
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
        let wanted = super::with_cures(&page).expect("a place for the table");
        if std::env::var_os("MAPSTORM_WRITE_DOCS").is_some() {
            fs::write(&path, &wanted).unwrap();
            return;
        }
        assert!(page == wanted, "docs/diagnosis.md is out of date: MAPSTORM_WRITE_DOCS=1 cargo test cures::reference");
    }
}
