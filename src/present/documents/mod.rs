//! Each kind of result as a document.

pub(crate) mod ab;
pub(crate) mod comparison;
pub(crate) mod cost;
pub(crate) mod environment;
pub(crate) mod history;
pub(crate) mod inspection;
pub(crate) mod parts;
pub(crate) mod qualify;
pub(crate) mod ranking;
pub(crate) mod run;
pub(crate) mod shootdown;
pub(crate) mod sweep;
#[cfg(test)]
mod tests;
pub(crate) mod what_if;

use std::fmt;

use super::{Grid, document::Document, terminal::Screen};
use crate::{
    conclude::{
        MatchedRow,
        compare::machine::Unavailable,
        wording::{incomplete, or_unavailable, yes},
    },
    results::{
        Ab, Availability, Compared, Comparison, Cost, Environment, HistoryReport, Inspection, Listed, Matched,
        Qualification, Ranking, Run, Shootdown, SweepReport, WhatIf,
    },
};

/// What the terminal shows of a result.
pub trait OnScreen {
    fn on(&self, screen: Screen) -> String;
}

/// Displayed, a result is all that the terminal shows of it.
macro_rules! displayed {
    ($($kind:ty: $document:expr;)*) => {$(
        impl OnScreen for $kind {
            fn on(&self, screen: Screen) -> String {
                let document: fn(&$kind) -> Document<'static> = $document;
                document(self).on(screen)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.on(Screen::WHOLE))
            }
        }
    )*};
}

displayed! {
    Run: |run| run::document(run, None, &[]);
    SweepReport: |sweep| sweep::document(sweep, &[]);
    WhatIf: |what_if| what_if::document(what_if, &unneeded(), &[]);
    Cost: |cost| cost::document(cost, &unneeded(), &[]);
    Qualification: |found| qualify::document(found, &[]);
    Ab: |found| ab::document(found, &[]);
    Shootdown: |found| shootdown::document(found, &[]);
    Inspection: |found| inspection::document(found, &[]);
    Compared: |compared| comparison::document(compared, &[], &[]);
    HistoryReport: |report| history::document(report, &[]);
    Comparison: |comparison| comparison::of_pair(comparison, &[]);
    Ranking: |ranking| ranking::document(ranking, &[]);
    Environment: |environment| environment::document(environment, Unavailable::Explained);
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
    /// Freezes, findings and, at the end, the verdict as text.
    pub fn diagnosis_on(&self, screen: Screen) -> String {
        run::diagnosis(self).on(screen)
    }

    /// The same, as wide as it is.
    pub fn diagnosis_text(&self) -> String {
        self.diagnosis_on(Screen::WHOLE)
    }
}

/// Results, newest last: a table where that fits the columns, else two lines for each, the second its directory.
pub fn results_list(listed: &[Listed], columns: usize) -> String {
    let known = |value: &Option<String>| or_unavailable(value.clone(), |text| text);
    let when = |result: &Listed| result.started.replace('T', " ").trim_end_matches('Z').to_owned();
    let table: Grid = Grid::of(listed)
        .words("when (UTC)", when)
        .words("kind", |result| result.kind)
        .words("name", |result| &result.name)
        .words("host", |result| known(&result.host))
        .words("system", |result| known(&result.system))
        .words("conclusion", |result| &result.says)
        .words("complete", |result| yes(result.complete))
        .words("where", |result| result.path.display())
        .into();
    let table = format!("{}\n", table.within(None));
    if table.lines().all(|line| line.chars().count() <= columns) {
        return table;
    }
    let mut document = Document::default();
    for result in listed {
        let whole = incomplete(result.complete);
        let name = if result.name == result.kind { "" } else { &*result.name };
        let host = result.host.as_ref().map_or_else(|| "host unavailable".to_owned(), |host| format!("on {host}"));
        let words =
            [result.kind, name, &host].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let words = format!("{words}: {}{whole}", result.says);
        document.terminal().text(format!("{}  ", when(result)), words).text("  ", result.path.display().to_string());
    }
    document.on(Screen { is_whole: true, columns: Some(columns) })
}

/// Built-in scenarios: the name and the description of each.
pub fn scenarios_list(scenarios: &[(String, String)], columns: usize) -> String {
    let longest = scenarios.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut document = Document::default();
    for (name, description) in scenarios {
        document.terminal().text(format!("{name:longest$}  "), description);
    }
    document.on(Screen { is_whole: true, columns: Some(columns) })
}
