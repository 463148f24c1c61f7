//! The list of results as people read it in the terminal: a line each, newest last.
//! What a result does not tell is said to be unavailable.

use crate::present::Grid;
use crate::results::Listed;

const HEADER: [&str; 8] = ["when (UTC)", "kind", "name", "host", "system", "what it says", "complete", "where"];

/// The table.
pub fn table(listed: &[Listed]) -> Grid {
    let mut table = Grid::new(HEADER, HEADER.len());
    let told = |value: &Option<String>| value.clone().unwrap_or_else(|| "unavailable".to_owned());
    for result in listed {
        table.add_row([
            result.started.replace('T', " ").trim_end_matches('Z').to_owned(),
            result.kind.to_owned(),
            result.name.clone(),
            told(&result.host),
            told(&result.system),
            result.says.clone(),
            if result.complete { "yes".to_owned() } else { "NO".to_owned() },
            result.path.display().to_string(),
        ]);
    }
    table
}
