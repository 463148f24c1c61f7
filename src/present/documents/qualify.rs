//! Is this machine fit? The verdict in one sentence, the figures behind it, the limit, and what would help. The page can be handed on.

use crate::{
    conclude::{
        headlines::Headline,
        wording::{at_least, estimate, judgement, known, or_none, or_unavailable},
    },
    present::{
        Chart, Grid,
        document::Document,
        documents::{
            environment::{host_of, machine_line, machine_section},
            parts::{Seed, file_document, reproduce},
            run::diagnosis::{judged, objectives},
        },
    },
    results::{JudgedClause, Qualification, Responses, ResultKind, Role, SweptRun},
    scenario::units::{format_duration_ns, number, short_ns},
};

/// So many mitigations the terminal shows; the page has all.
const SHOWN: usize = 3;

/// A qualification with these charts.
pub(crate) fn document<'a>(found: &Qualification, charts: &'a [Chart]) -> Document<'a> {
    let host = host_of(found.machine.as_ref());
    let subtitle = format!("{host}, {}, {} to {}", found.scenario, found.started, found.ended);
    let title = format!("Is {host} fit for {} processes?", found.wanted);
    let mut document = file_document(ResultKind::Qualify, title.clone(), subtitle);
    document.terminal().line(title).lines(found.machine.as_ref().map(machine_line));
    document.page().section("verdict", "Verdict", "Verdict").answer(found.statement.clone());
    document.page().headlines(headlines(found));
    let clauses = confirmed(found);
    if !clauses.is_empty() {
        let caption = format!("Objectives, and what the longer run at {} processes measured", found.wanted);
        document.page().table(caption, objectives(&clauses).number("values", JudgedClause::values_text));
        document.terminal().gap().remarks(clauses.iter().map(judged));
    }
    document.page().figures(charts);
    limit(&mut document, found);
    document.both().items("  note: ", found.notes.iter().cloned());
    document.terminal().closing().text("", found.statement.clone()).headlines(headlines(found).split_off(1));
    document
        .page()
        .section("runs", "Runs", "The runs")
        .table("Every run: those of the search, and the longer one, which decides", runs(found));
    machine_section(&mut document, found.machine.as_ref());
    let facts = [
        ("mapstorm", found.mapstorm_version.clone()),
        ("scenario", found.scenario.clone()),
        ("command began", found.started.clone()),
        ("last run ended", found.ended.clone()),
        ("cost model of a commit", known(&found.cost_model, |model| model.source.clone())),
    ];
    let seed = found.search.as_ref().map_or(Seed::Unknown, |search| Seed::OfScenario(search.seed));
    reproduce(&mut document, facts, &found.command, seed).text(
        "",
        "The search has a result of its own in `knee/`, and the longer run in `confirmation/`: `mapstorm report` draws them.",
    );
    document
}

fn confirmed(found: &Qualification) -> Vec<JudgedClause> {
    found.confirmation.iter().flat_map(|run| &run.verdict).flat_map(|verdict| verdict.clauses.clone()).collect()
}

/// The verdict's figures: how far the objectives hold, and what readers and commits waited at the wanted load.
fn headlines(found: &Qualification) -> Vec<Headline> {
    let new =
        |label: &str, value: String, note: &str| Headline { label: label.to_owned(), value, note: note.to_owned() };
    let verdict = found.verdict.words();
    let mut headlines = vec![new("verdict", verdict.to_owned(), &format!("for {} processes", found.wanted))];
    if let Some(knee) = found.knee {
        let (label, value) = match (knee.low, knee.high) {
            (Some(_), Some(_)) => ("objectives hold up to", number(knee.load.round())),
            (Some(low), None) => ("objectives hold up to", format!("at least {}", number(low))),
            _ => ("objectives hold", format!("at no load down to {}", number(knee.load))),
        };
        let margin = found.margin().map_or_else(|| "no margin".to_owned(), |margin| format!("{margin:.2}× the wanted"));
        headlines.push(new(label, value, &margin));
    }
    for (role, label) in [(Role::Reader, "readers' p99"), (Role::Writer, "commits' p99")] {
        let responses = found.confirmation.as_ref().and_then(|run| run.all(role));
        headlines.push(new(
            label,
            or_unavailable(responses, p99),
            &or_unavailable(responses, |all| format!("measured, n = {}", all.count + all.unfinished)),
        ));
    }
    if let Some(model) = found.cost_model.value() {
        let commit = model.commit_ns(found.wanted as f64 + 1.0);
        headlines.push(new("one commit costs", estimate(commit, short_ns), "predicted from the cost model"));
    }
    headlines
}

fn p99(all: &Responses) -> String {
    let is_bound = all.at_least_from.is_some_and(|from| from <= 0.99);
    or_none(all.supported(0.99), |ns| at_least(is_bound, format_duration_ns(ns)))
}

fn limit(document: &mut Document<'_>, found: &Qualification) {
    let Some(limit) = &found.limit else { return };
    document.page().section("limit", "Limit", "What the limit is").text("", format!("{}.", limit.statement));
    document.page().items("", limit.missed.iter().map(|missed| format!("At {}: {missed}.", number(limit.load))));
    if found.advice.is_empty() {
        return;
    }
    let cost = |estimate_ns| or_none(estimate_ns, |ns| estimate(ns, short_ns));
    let table = Grid::of(&found.advice)
        .words("mitigation", |advice| &advice.mitigation)
        .words("change", |advice| &advice.meaning)
        .number("commit now", |advice| cost(advice.commit_now_ns))
        .number("commit then", |advice| cost(advice.commit_then_ns));
    let measure = "`mapstorm run SCENARIO --what-if=NAME` measures one of them";
    document
        .page()
        .section("help", "What would help", "What would help")
        .table(format!("PREDICTED from cost models that were measured here; {measure}"), table);
    document.terminal().gap();
    for advice in found.advice.iter().take(SHOWN) {
        let then = advice.commit_now_ns.zip(advice.commit_then_ns);
        let effect = then.map_or_else(
            || "no prediction".to_owned(),
            |(now, then)| format!("a commit {} instead of {}, predicted", short_ns(then.value), short_ns(now.value)),
        );
        document.terminal().text("Would help: ", format!("{}: {effect}", advice.mitigation));
    }
}

fn runs(found: &Qualification) -> Grid {
    let time = |run: &SweptRun, role: Role| run.all(role).map_or_else(|| "none completed".to_owned(), p99);
    let short = found.search.iter().flat_map(|search| &search.runs).map(|run| ("search", run));
    let all: Vec<(&str, &SweptRun)> = short.chain(found.confirmation.iter().map(|run| ("longer run", run))).collect();
    let loads =
        |run: &SweptRun| run.settings.iter().map(|setting| setting.value.clone()).collect::<Vec<_>>().join(", ");
    Grid::of(&all)
        .words("run", |(what, _)| what)
        .number("processes", |(_, run)| loads(run))
        .words("verdict", |(_, run)| or_none(run.judgement(), |found| judgement(found).to_owned()))
        .number("readers' p99", |(_, run)| time(run, Role::Reader))
        .number("commits' p99", |(_, run)| time(run, Role::Writer))
        .number("longest freeze", |(_, run)| or_none(run.longest_freeze_ns, format_duration_ns))
        .words("top finding", |(_, run)| or_none(run.finding.as_ref(), |top| top.cause.clone()))
        .into()
}
