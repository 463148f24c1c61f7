//! The page of a result: one HTML file that says and shows all of it, needs no network, no script, and no other file.
//! Every number on it stands in the result; what is not known says so.

mod command;
mod comparison;
mod cost;
mod parts;
mod run;
mod style;
mod sweep;
#[cfg(test)]
mod tests;
mod what_if;

pub use comparison::comparison_page;
pub use cost::cost_page;
pub use run::run_page;
pub use sweep::sweep_page;
pub use what_if::what_if_page;

use crate::results::{COMPARISON_FILE, Judgement, ResultKind, Verdict};

/// What stands at the top of every page, and in its head.
struct Head {
    title: String,
    kind: &'static str,
    subtitle: String,
    description: Option<String>,
    /// The file that the page was made from.
    source: &'static str,
    version: &'static str,
    style: String,
}

impl Head {
    /// The top of a page: what it is about; then where and when that was measured.
    fn new(kind: ResultKind, title: String, subtitle: String) -> Head {
        Head {
            kind: match kind {
                ResultKind::Run => "a run",
                ResultKind::Sweep => "many runs",
                ResultKind::WhatIf => "what would cure it",
                ResultKind::Cost => "what an update costs",
            },
            source: kind.file(),
            ..Head::of_comparison(title, subtitle)
        }
    }

    /// The top of the page of a comparison.
    fn of_comparison(title: String, subtitle: String) -> Head {
        Head {
            title,
            kind: "a comparison",
            subtitle,
            description: None,
            source: COMPARISON_FILE,
            version: env!("CARGO_PKG_VERSION"),
            style: style::sheet(),
        }
    }
}

/// A share in percent.
fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A value, or the word that there is none.
fn or_unavailable<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "unavailable".to_owned(), show)
}

/// The answer of a verdict in two words.
fn verdict_word(verdict: &Verdict) -> String {
    match verdict.outcome {
        Judgement::Met => "met",
        Judgement::NotMet => "NOT MET",
        Judgement::Invalid => "INVALID",
    }
    .to_owned()
}
