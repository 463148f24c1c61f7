//! Each kind of result as a document.

pub(crate) mod comparison;
pub(crate) mod cost;
pub(crate) mod environment;
pub(crate) mod parts;
pub(crate) mod run;
pub(crate) mod sweep;
pub(crate) mod what_if;

use std::fmt;

use super::{Grid, document::Document};
use crate::{
    conclude::{MatchedRow, wording::yes},
    results::{
        Availability, Compared, Comparison, Cost, Environment, Listed, Matched, Ranking, Run, SweepReport, WhatIf,
    },
};

/// Displayed, a result is what the terminal shows of it.
macro_rules! displayed {
    ($($kind:ty: $document:expr;)*) => {$(
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let document: fn(&$kind) -> Document<'static> = $document;
                document(self).fmt(f)
            }
        }
    )*};
}

displayed! {
    Run: |run| run::document(run, None, &[]);
    SweepReport: |sweep| sweep::document(sweep, &[]);
    WhatIf: |what_if| what_if::document(what_if, &unneeded(), &[]);
    Cost: |cost| cost::document(cost, &unneeded(), &[]);
    Compared: |compared| comparison::document(compared, &[], &[]);
    Comparison: |comparison| comparison::of_pair(comparison, &[]);
    Ranking: |ranking| comparison::of_ranking(ranking, &[]);
    Environment: environment::document;
}

impl<D: MatchedRow> fmt::Display for Matched<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        comparison::of_matched(self, "", &[]).fmt(f)
    }
}

/// What stands in other files, which only the page shows.
fn unneeded<T>() -> Availability<T> {
    Availability::Unavailable { unavailable: "the terminal does not show it".to_owned() }
}

impl Run {
    /// Verdict, freezes and findings as text.
    pub fn diagnosis_text(&self) -> String {
        run::diagnosis(self).to_string()
    }
}

/// A line for each result, newest last.
pub fn results_table(listed: &[Listed]) -> Grid {
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unavailable".to_owned());
    Grid::of(listed)
        .words("when (UTC)", |result| result.started.replace('T', " ").trim_end_matches('Z').to_owned())
        .words("kind", |result| result.kind)
        .words("name", |result| &result.name)
        .words("host", |result| known(&result.host))
        .words("system", |result| known(&result.system))
        .words("conclusion", |result| &result.says)
        .words("complete", |result| yes(result.complete))
        .words("where", |result| result.path.display())
        .into()
}
