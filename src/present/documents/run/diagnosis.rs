//! Of a run: the verdict, the freezes, why, and what to do, in words a mail administrator understands.

use crate::{
    conclude::{
        claim::Remark,
        run::length,
        wording::{met, or_unavailable},
    },
    present::{Grid, document::Document, table::Rows},
    results::{Finding, Freeze, JudgedClause, Run},
    scenario::units::{format_duration_ns, number},
};

/// So many freezes and figures the terminal shows; of more only the number.
const SHOWN: usize = 5;
/// So many freezes the page shows.
const FREEZES: usize = 20;

pub(super) fn verdict(document: &mut Document<'_>, run: &Run) {
    document.page().section("verdict", "Verdict", "Verdict");
    let Some(verdict) = &run.diagnosis.verdict else {
        let how = "Verdict: none, because there are no objectives. `mapstorm diagnose RESULT --slo default` judges by the default ones.";
        document.both().closing().text("", how);
        return;
    };
    document.terminal().closing().line(format!("VERDICT: {}", verdict.headline()));
    document.page().answer(format!("Verdict: {}.", verdict.headline()));
    document.both().closing().items("  because ", verdict.reasons.iter().cloned());
    document.terminal().closing().remarks(verdict.clauses.iter().map(judged));
    let clauses = objectives(&verdict.clauses)
        .number("samples", JudgedClause::values_text)
        .words("enough", |judged| if judged.enough { "yes" } else { "no: run longer" });
    document.page().table("Objectives", clauses);
}

/// Whether an objective was met, by how much.
pub(in crate::present::documents) fn judged(judged: &JudgedClause) -> Remark {
    let margin = judged.margin_text().map_or_else(String::new, |margin| format!(", {margin}"));
    let sample = match judged.enough {
        true => String::new(),
        false => format!(" (too few values: {}; run longer)", judged.values_text()),
    };
    let words = format!("{}: {}{margin}{sample}", judged.clause, judged.figure_text());
    Remark::new(format!("  {:7}  ", met(judged.met)), words)
}

/// A row for each objective; the caller says how many values are behind it.
pub(in crate::present::documents) fn objectives(clauses: &[JudgedClause]) -> Rows<'_, JudgedClause> {
    Grid::of(clauses)
        .words("objective", |judged| judged.clause)
        .words("answer", |judged| met(judged.met))
        .number("measured", JudgedClause::figure_text)
        .number("margin", |judged| or_unavailable(judged.margin_text(), |text| text))
}

/// Of the page: what most of the stalled time came from, and what to do about it. All evidence stands below, with the other findings.
pub(super) fn why(document: &mut Document<'_>, run: &Run) {
    document.page().section("why", "Why", "Why").answer(run.diagnosis_sentence());
    freezes(document, run);
    let top = run.diagnosis.findings.first();
    let page = document.page().remarks(top.map(|finding| Remark::new("", rests_on(finding))));
    let page = page.section("todo", "What to do", "What to do");
    match top.map_or(&[][..], |finding| &finding.advice) {
        [] => page.text("", "Nothing is suggested: the diagnosis names no cause that something can be done about."),
        advice => page.items("", advice),
    };
}

fn rests_on(finding: &Finding) -> String {
    let (certainty, share) = (finding.confidence.words(), finding.share * 100.0);
    format!("Cause: `{}`; {certainty}; {share:.0} % of the stalled time.", finding.cause)
}

pub(super) fn freezes(document: &mut Document<'_>, run: &Run) {
    let statement = run.freeze_statement();
    // The page has said it, if it is the diagnosis too.
    let is_said = statement == run.diagnosis_sentence();
    if is_said { document.terminal() } else { document.both() }.line(statement);
    let longest = run.diagnosis.longest_freezes();
    if longest.is_empty() {
        return;
    }
    document.terminal().in_detail().table("", freeze_table(&longest, SHOWN));
    if longest.len() > SHOWN {
        document.terminal().in_detail().line(format!("and {} more in run.json", longest.len() - SHOWN)).gap();
    }
}

fn freeze_table(freezes: &[&Freeze], shown: usize) -> Grid {
    let noise_probes = |freeze: &Freeze| {
        let frozen = freeze.noise_probes.iter().filter(|probe| probe.share > 0.5).count();
        match (freeze.noise_probes.len(), frozen) {
            (0, _) => "not asked".to_owned(),
            (_, 0) => "ticked on".to_owned(),
            (all, some) if all == some => "froze too".to_owned(),
            (all, some) => format!("{some} of {all} froze"),
        }
    };
    let writer = |freeze: &Freeze| {
        let parts = freeze.writer.iter().take(2).map(|part| format!("{} {:.0} %", part.what, part.share * 100.0));
        parts.collect::<Vec<_>>().join(", ")
    };
    Grid::of(freezes.iter().take(shown).copied())
        .number("at", |freeze| format!("{:.3} s", freeze.start_ns as f64 / 1e9))
        .number("for", |freeze| format_duration_ns(length(freeze)))
        .number("instance", |freeze| match (freeze.role, freeze.instance) {
            (Some(role), _) => format!("{role}s only"),
            (None, instance) => instance.map_or_else(|| "all".to_owned(), |instance| instance.to_string()),
        })
        .number("due", |freeze| freeze.due)
        .number("done", |freeze| freeze.completed)
        .number("waiting", |freeze| freeze.waiting)
        .number("workers", |freeze| freeze.workers)
        .number("noise probes", noise_probes)
        .words("writer meanwhile", writer)
        .into()
}

pub(super) fn findings(document: &mut Document<'_>, run: &Run) {
    document.page().section("findings", "Findings", "Findings and their evidence");
    document.both().in_detail().items("", run.stalled_statement());
    for (place, finding) in run.diagnosis.findings.iter().enumerate() {
        let lead = if place == 0 { "Why: " } else { "Also: " };
        let certainty = finding.confidence.words();
        let words = format!("{} [{}, {certainty}]", finding.statement, finding.cause);
        document.terminal().in_detail_if(place > 0).gap().text(lead, words);
        document.page().article(finding.statement.clone()).text("", rests_on(finding));
        if !finding.chain.is_empty() {
            document.page().text("", "From what was seen to what is behind it:");
        }
        for (depth, link) in finding.chain.iter().enumerate() {
            let arrow = if depth == 0 { "   " } else { "<- " };
            document.both().in_detail().step(format!("  {}{arrow}", "   ".repeat(depth.min(4))), link.clone());
        }
        if place == 0 {
            document.both().in_detail().items("  stack: ", run.common_stacks());
        }
        figures(document, finding);
        if !finding.advice.is_empty() {
            document.page().text("", "What to do:");
        }
        let (best, others) = finding.advice.split_at(finding.advice.len().min(1));
        let items = document.both().in_detail_if(place > 0).items("  do: ", best.iter().cloned());
        items.in_detail().items("  do: ", others.iter().cloned());
        document.terminal().gap();
    }
    let diagnosis = &run.diagnosis;
    if diagnosis.findings.is_empty() {
        document.page().text("", "No finding: the diagnosis names no cause.");
    }
    let (longest, all) = (diagnosis.longest_freezes(), diagnosis.freezes.len());
    let shown = longest.len().min(FREEZES);
    if shown > 0 {
        document.page().heading("Freezes").table("The longest freezes", freeze_table(&longest, FREEZES));
    }
    if shown > 0 && shown < all {
        let text =
            format!("Of {all} freezes, of all instances and of single ones, {shown} are shown; all are in run.json.");
        document.page().text("", text);
    }
    if !diagnosis.caveats.is_empty() {
        document.page().heading("What limits all this");
    }
    document.both().in_detail().items("Note: ", diagnosis.caveats.iter().cloned());
    document.terminal().gap();
}

fn figures(document: &mut Document<'_>, finding: &Finding) {
    for figure in finding.figures.iter().take(SHOWN) {
        let control = figure.control.map(number).map_or_else(String::new, |value| format!(" (control span: {value})"));
        document
            .terminal()
            .in_detail()
            .text("  figure: ", format!("{} {}{control}", number(figure.value), figure.name));
    }
    if !finding.figures.is_empty() {
        let grid = Grid::of(&finding.figures)
            .words("figure", |figure| &figure.name)
            .number("value", |figure| number(figure.value))
            .number("control span", |figure| or_unavailable(figure.control, number));
        document.page().table(format!("What {} rests on", finding.cause), grid);
    }
}
