//! A what-if: the conclusion, then the runs in a table, what was predicted apart from what was measured, then every mitigation.

#[cfg(test)]
mod tests;

use crate::{
    conclude::wording::{NONE, or_none, or_unavailable},
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment,
            parts::{Seed, file_document, reproduce, verdict_word},
        },
    },
    results::{Availability, Environment, Judgement, MitigationStatus, ResultKind, Tried, WhatIf},
    scenario::units::{format_duration_ns, percent},
    stats::Estimate,
};

/// A what-if with these charts. `environment`: the baseline's, which stands in its own `run.json`.
pub(crate) fn document<'a>(
    what_if: &WhatIf,
    environment: &Availability<Environment>,
    charts: &'a [Chart],
) -> Document<'a> {
    let host = environment.value().map_or("host unavailable", |environment| &environment.host);
    let state = if what_if.complete { "" } else { " (INCOMPLETE)" };
    let title = format!("{}: what would cure it{state}", what_if.scenario);
    let subtitle = format!("{host}, {} to {}", what_if.started, what_if.ended);
    let mut document = file_document(ResultKind::WhatIf, title, subtitle);
    let title = document.title.clone();
    document.terminal().line(title);
    for reason in &what_if.incomplete_because {
        document.terminal().text("Incomplete: ", reason);
    }
    document.terminal().gap().text("Conclusion: ", &what_if.conclusion.statement);
    document.page().section("conclusion", "Conclusion", "Conclusion").answer(&what_if.conclusion.statement);
    if !what_if.complete {
        document.page().warnings(["not everything that was to be run was run to its end."]);
    }
    document.both().remarks(what_if.start());
    document.page().section("charts", "Charts", "Charts").figures(charts);
    document.page().section("mitigations", "Cures", "The cures").table(
        "The baseline and the cures: each figure as it was measured, and as it was predicted without running",
        figures(what_if),
    );
    document.terminal().table("", table(what_if));
    document.page().heading("What became of each");
    document.both().items("- ", what_if.mitigation_sentences()).gap().remarks(what_if.caveats());
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

/// What was predicted stands below what was measured.
fn table(what_if: &WhatIf) -> Grid {
    let header = ["run", "read p50", "read p99", "commit p50", "commit p99", "reached", "freeze", "verdict"];
    let mut rows = Grid::new(header, 1);
    let runs = what_if.mitigations.iter().filter_map(|mitigation| Some((&*mitigation.name, mitigation.run.as_ref()?)));
    for (name, run) in std::iter::once(("baseline", &what_if.baseline)).chain(runs) {
        let measured = &run.measured;
        let time = |ns: Option<u64>| or_none(ns, format_duration_ns);
        let times = [measured.reader_p50_ns, measured.reader_p99_ns, measured.commit_p50_ns, measured.commit_p99_ns];
        let completed_share = or_none(measured.completed_share, percent);
        let freeze = match measured.longest_freeze_ns {
            0 => "none".to_owned(),
            length => format_duration_ns(length),
        };
        let verdict = match run.verdict.as_ref().map(|verdict| verdict.outcome) {
            None => NONE,
            Some(Judgement::Met) => "met",
            Some(Judgement::NotMet) => "not met",
            Some(Judgement::Invalid) => "invalid",
        };
        let whole = if run.complete { name.to_owned() } else { format!("{name} (cut)") };
        rows.add_row([whole].into_iter().chain(times.map(time)).chain([completed_share, freeze, verdict.to_owned()]));
        if let Availability::Value(predicted) = &run.predicted {
            let times = [
                &predicted.reader_p50_ns,
                &predicted.reader_p99_ns,
                &predicted.commit_p50_ns,
                &predicted.commit_p99_ns,
            ];
            let times = times.map(|time| format_duration_ns(time.value as u64));
            let completed_share = percent(predicted.completed_share.value);
            rows.add_row(["  predicted".to_owned()].into_iter().chain(times).chain([completed_share]));
        }
    }
    rows
}

fn figures(what_if: &WhatIf) -> Grid {
    let header = [
        "run",
        "status",
        "verdict",
        "read p50, MEASURED",
        "read p50, PREDICTED",
        "read p99, MEASURED",
        "read p99, PREDICTED",
        "commit p50, MEASURED",
        "commit p50, PREDICTED",
        "commit p99, MEASURED",
        "commit p99, PREDICTED",
        "completed of due, MEASURED",
        "completed of due, PREDICTED",
        "longest freeze, MEASURED",
        "its result",
    ];
    let mut grid = Grid::new(header, 3).with_words_last();
    let whole = if what_if.baseline.complete { "measured" } else { "incomplete" };
    grid.add_row(row("baseline", whole, Some(&what_if.baseline)));
    for mitigation in &what_if.mitigations {
        let status = match mitigation.status {
            MitigationStatus::Measured => "measured",
            MitigationStatus::Incomplete => "incomplete",
            MitigationStatus::NotApplicable => "does not apply",
            MitigationStatus::Refused => "refused",
            MitigationStatus::Failed => "failed",
            MitigationStatus::NotRun => "not run",
        };
        grid.add_row(row(&mitigation.name, status, mitigation.run.as_ref()));
    }
    grid
}

fn row(name: &str, status: &str, run: Option<&Tried>) -> Vec<String> {
    let mut row = vec![name.to_owned(), status.to_owned()];
    let Some(run) = run else {
        row.extend(std::iter::repeat_n("not run".to_owned(), 13));
        return row;
    };
    let verdict = run.verdict.as_ref().map_or_else(|| "no objectives".to_owned(), verdict_word);
    let (measured, predicted) = (&run.measured, run.predicted.value());
    let time = |ns: Option<u64>| ns.map_or_else(|| "none completed".to_owned(), format_duration_ns);
    let expected = |it: Option<Estimate>| or_unavailable(it, |it| format_duration_ns(it.value as u64));
    row.extend([
        verdict,
        time(measured.reader_p50_ns),
        expected(predicted.map(|it| it.reader_p50_ns)),
        time(measured.reader_p99_ns),
        expected(predicted.map(|it| it.reader_p99_ns)),
        time(measured.commit_p50_ns),
        expected(predicted.map(|it| it.commit_p50_ns)),
        time(measured.commit_p99_ns),
        expected(predicted.map(|it| it.commit_p99_ns)),
        or_unavailable(measured.completed_share, percent),
        or_unavailable(predicted, |it| percent(it.completed_share.value)),
        match measured.longest_freeze_ns {
            0 => "none".to_owned(),
            length => format_duration_ns(length),
        },
        run.directory.clone(),
    ]);
    row
}
