//! A what-if: the conclusion, then the runs in a table, what was predicted apart from what was measured, then every mitigation.

#[cfg(test)]
mod tests;

use crate::{
    conclude::wording::{NONE, freeze, incomplete, judgement, or_none},
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment,
            parts::{Seed, file_document, reproduce},
        },
    },
    results::{
        Availability, Environment, MeasuredFigures, MitigationStatus, PredictedFigures, ResultKind, Tried, WhatIf,
    },
    scenario::units::{format_duration_ns, number},
    stats::Estimate,
};

/// The times of a run: their names, as they were measured, and as they were predicted.
type Time = (&'static str, fn(&MeasuredFigures) -> Option<u64>, fn(&PredictedFigures) -> Estimate);
const TIMES: [Time; 4] = [
    ("read p50", |measured| measured.reader_p50_ns, |predicted| predicted.reader_p50_ns),
    ("read p99", |measured| measured.reader_p99_ns, |predicted| predicted.reader_p99_ns),
    ("commit p50", |measured| measured.commit_p50_ns, |predicted| predicted.commit_p50_ns),
    ("commit p99", |measured| measured.commit_p99_ns, |predicted| predicted.commit_p99_ns),
];

/// The same of the shares that completed.
type Share = (&'static str, fn(&MeasuredFigures) -> Option<f64>, fn(&PredictedFigures) -> Estimate);
const SHARES: [Share; 2] = [
    ("reads done", |measured| measured.readers_completed_share, |predicted| predicted.readers_completed_share),
    ("commits done", |measured| measured.commits_completed_share, |predicted| predicted.commits_completed_share),
];

/// A what-if with these charts. `environment`: the baseline's, which stands in its own `run.json`.
pub(crate) fn document<'a>(
    what_if: &WhatIf,
    environment: &Availability<Environment>,
    charts: &'a [Chart],
) -> Document<'a> {
    let host = environment.value().map_or("host unavailable", |environment| &environment.host);
    let title = format!("{}: what each mitigation changes{}", what_if.scenario, incomplete(what_if.complete));
    let subtitle = format!("{host}, {} to {}", what_if.started, what_if.ended);
    let mut document = file_document(ResultKind::WhatIf, title.clone(), subtitle);
    document.terminal().line(title);
    for reason in &what_if.incomplete_because {
        document.terminal().text("Incomplete: ", reason);
    }
    document.terminal().closing().text("Conclusion: ", &what_if.conclusion.statement);
    document.page().section("conclusion", "Conclusion", "Conclusion").answer(&what_if.conclusion.statement);
    if !what_if.complete {
        document.page().warnings(["not everything that was to be run was run to its end."]);
    }
    document.both().in_detail().remarks(what_if.start());
    document.page().section("charts", "Charts", "Charts").figures(charts);
    document.page().section("mitigations", "Mitigations", "The mitigations").table(
        "The baseline and the mitigations as they were measured; below each, what was predicted without running it",
        table(what_if),
    );
    document.terminal().table("", table(what_if));
    document.page().heading("What became of each");
    document.both().in_detail().items("- ", what_if.mitigation_sentences()).gap().remarks(what_if.caveats());
    document.page().text(
        "",
        format!(
            "Each run has a result of its own. In the directory of this page, `mapstorm report {}` draws the baseline.",
            what_if.baseline.directory
        ),
    );
    match environment {
        Availability::Value(environment) => environment::section(&mut document, environment, |page| page),
        Availability::Unavailable { unavailable } => {
            let page = document.page().section("machine", "Machine", "The machine");
            page.text("", format!("Unavailable: {unavailable}"));
        }
    }
    let facts = [
        ("mapstorm", what_if.mapstorm_version.clone()),
        ("seed", what_if.seed.to_string()),
        ("scenario", what_if.scenario.clone()),
        ("scenario hash of the baseline (SHA-256)", what_if.baseline.scenario_hash.clone()),
        ("command began", what_if.started.clone()),
        ("last run ended", what_if.ended.clone()),
    ];
    reproduce(&mut document, facts, &what_if.command, Seed::OfScenario(what_if.seed))
        .text("", "The scenario of each run, every default filled in, stands in the run.json of that run.");
    document
}

/// The baseline and each mitigation, with its status, and its run if there was one.
fn tried(what_if: &WhatIf) -> Vec<(&str, MitigationStatus, Option<&Tried>)> {
    let baseline = &what_if.baseline;
    let whole = if baseline.complete { MitigationStatus::Measured } else { MitigationStatus::Incomplete };
    let mitigations = what_if.mitigations.iter();
    let mitigations = mitigations.map(|mitigation| (&*mitigation.name, mitigation.status, mitigation.run.as_ref()));
    std::iter::once(("baseline", whole, Some(baseline))).chain(mitigations).collect()
}

/// Every run, with the shares of readers and of commits that completed; what was predicted stands below what was measured.
fn table(what_if: &WhatIf) -> Grid {
    let mut rows: Vec<(String, &Tried, Option<&PredictedFigures>)> = Vec::new();
    for (name, _, run) in tried(what_if) {
        let Some(run) = run else { continue };
        let cut = if run.complete { "" } else { " (cut)" };
        rows.push((format!("{name}{cut}"), run, None));
        rows.extend(run.predicted.value().map(|predicted| ("  predicted".to_owned(), run, Some(predicted))));
    }
    let grid = TIMES.iter().fold(Grid::of(&rows).words("run", |row| &row.0), |grid, (name, measured, predicted)| {
        grid.number(*name, |(_, run, expected)| match expected {
            None => or_none(measured(&run.measured), format_duration_ns),
            Some(expected) => format_duration_ns(predicted(expected).value as u64),
        })
    });
    let if_measured = |predicted: &Option<_>, text: String| if predicted.is_none() { text } else { String::new() };
    let share = |share: Option<f64>| or_none(share, |share| number(share * 100.0));
    grid.number("done r/c", |(_, run, expected)| {
        let shares = SHARES.map(|(_, measured, predicted)| match expected {
            None => measured(&run.measured),
            Some(expected) => Some(predicted(expected).value),
        });
        shares.map(share).join("/")
    })
    .number("freeze", |(_, run, predicted)| if_measured(predicted, freeze(run.measured.longest_freeze_ns)))
    .number("verdict", |(_, run, predicted)| {
        let verdict = run.verdict.as_ref().map_or(NONE, |verdict| judgement(verdict.outcome));
        if_measured(predicted, verdict.to_owned())
    })
    .dispensable(&["commit p50", "read p50"])
    .into()
}
