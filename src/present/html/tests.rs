//! Pages of made-up results: what is hostile is escaped, all sections are there in order, what is unavailable says why.

use std::path::Path;

use roxmltree::Document as Xml;

use super::*;
use crate::{
    present::{
        charts::{chart::Chart, palette},
        cost_charts, documents, run_charts, sweep_charts, what_if_charts,
    },
    results::{
        Answer, Availability, Cost, Diagnosis, Environment, FileSystem, Finding, Freeze, Judgement, Knee, Run,
        SweepReport, TimeSeries, Verdict, WhatIf, fixtures,
    },
    scenario::Scenario,
};

const HOSTILE: &str = "<script>alert('x')</script> & \"quoted\"";

/// A made-up run, every volatile value fixed.
fn run() -> Run {
    let mut run = fixtures::run(&fixtures::outcome());
    run.environment = Environment {
        kernel_version: "#1".to_owned(),
        host: "imap1".to_owned(),
        cpu_model: Availability::Value("a processor".to_owned()),
        page_size: Availability::Value(4096),
        hypervisor: Err("not reported".to_owned()).into(),
        clock_source: Availability::Value("tsc".to_owned()),
        huge_pages: Availability::Value("never".to_owned()),
        limits: vec![],
        ..run.environment
    };
    run.command = ["mapstorm", "run", "sample.toml", "--out", "here"].map(str::to_owned).to_vec();
    run.ended = "1970-01-01T00:00:09Z".to_owned();
    let freeze = |ms: u64| Freeze { end_ns: ms * 1_000_000 + 500_000 + ms, workers: 4, ..fixtures::freeze(ms, ms + 1) };
    run.diagnosis = Diagnosis {
        freezes: (0..30).map(freeze).collect(),
        findings: vec![Finding {
            cause: "lock-convoy".to_owned(),
            statement: "All readers are woken at once.".to_owned(),
            chain: vec!["seen".to_owned(), "behind it".to_owned()],
            share: 0.5,
            figures: vec![],
            confidence: crate::results::Confidence::Medium,
            advice: vec!["split".to_owned()],
        }],
        caveats: vec!["records had no room".to_owned()],
        ..Diagnosis::default()
    };
    run
}

/// What a what-if of nothing but a baseline looks like.
fn what_if() -> WhatIf {
    let text = include_str!("../../../results/samples/fastmail-150m-6000-what-if-2cpu-linux-6.18/what-if.json");
    serde_json::from_str(text).unwrap()
}

fn cost() -> Cost {
    let text = include_str!("../../../results/samples/cost-4000-2cpu-linux-6.18/cost.json");
    serde_json::from_str(text).unwrap()
}

fn chart(name: &str, title: &str) -> Chart {
    let drawing =
        "<svg width=\"20\" height=\"10\" viewBox=\"0 0 20 10\" xmlns=\"http://www.w3.org/2000/svg\">\n</svg>\n";
    Chart::new(name.to_owned(), title.to_owned(), "all of it, in words".to_owned(), (20, 10), drawing)
}

/// A page as a parser of XML reads it: elements without an end tag are closed.
fn parsed(page: &str) -> String {
    let page = page.replace("<!DOCTYPE html>", "");
    page.lines().map(|line| if line.starts_with("<meta") { line.replace('>', "/>") } else { line.to_owned() }).collect()
}

/// The words of a page, a line for each block; headings and captions are marked.
fn outline(page: &str) -> String {
    let text = parsed(page);
    let document = Xml::parse(&text).unwrap();
    let mut lines = Vec::new();
    let is_block = |tag: &str| {
        matches!(tag, "h1" | "h2" | "h3" | "p" | "li" | "dt" | "dd" | "caption" | "tr" | "summary" | "figure" | "code")
    };
    for node in document.descendants().filter(|node| node.is_element() && is_block(node.tag_name().name())) {
        let tag = node.tag_name().name();
        if node.ancestors().any(|above| above.tag_name().name() == "details") && tag != "summary" {
            continue;
        }
        let words = match tag {
            "figure" => node.attribute("id").unwrap_or_default().to_owned(),
            "tr" => node.children().filter_map(|cell| cell.text()).collect::<Vec<_>>().join(" | "),
            _ => node.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect(),
        };
        lines.push(format!("{tag}: {}", words.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    lines.join("\n")
}

fn sections(page: &str) -> Vec<String> {
    let text = parsed(page);
    let document = Xml::parse(&text).unwrap();
    let sections = document.descendants().filter(|node| node.tag_name().name() == "section");
    sections.map(|node| node.attribute("id").unwrap().to_owned()).collect()
}

#[test]
fn a_page_of_a_run_says_all_of_it_in_order_with_charts_where_they_belong() {
    // In another order than on the page, and one that has no place there.
    let charts = ["new", "phases", "timeline", "latency-by-percentile"].map(|name| chart(name, "a title"));
    let run = run();
    let document = documents::run::document(&run, None, &charts);
    assert!(page(&document, true).contains("charts/new.png"));
    let page = page(&document, false);
    let expected = ["verdict", "why", "todo", "charts", "tables", "findings", "machine", "reproduce"];
    assert_eq!(sections(&page), expected);
    assert!(page.contains("<dl class=\"headlines\">") && !page.contains("xmlns"));
    insta::assert_snapshot!(outline(&page));
}

#[test]
fn hostile_words_are_only_words() {
    let mut run = run();
    run.scenario = Scenario { name: HOSTILE.to_owned(), description: Some(HOSTILE.to_owned()), ..run.scenario };
    run.environment.host = HOSTILE.to_owned();
    run.environment.file_system = Availability::Value(FileSystem {
        kind: HOSTILE.to_owned(),
        source: HOSTILE.to_owned(),
        mount_point: HOSTILE.to_owned(),
        options: HOSTILE.to_owned(),
    });
    run.command.push(HOSTILE.to_owned());
    run.diagnosis.findings[0].statement = HOSTILE.to_owned();
    run.diagnosis.caveats = vec![HOSTILE.to_owned()];
    let page = page(&documents::run::document(&run, None, &[chart("timeline", HOSTILE)]), false);
    assert!(!page.contains("<script"), "a script came through");
    assert!(page.matches("alert(").count() >= 12);
    assert!(outline(&page).contains(&format!("h1: {HOSTILE}")), "and the words are whole");
}

#[test]
fn what_is_unavailable_says_why() {
    let outlined = outline(&page(&documents::run::document(&run(), None, &[]), false));
    assert!(outlined.contains("tr: hypervisor | unavailable: not reported"), "{outlined}");
    assert!(outlined.contains("tr: file system | unavailable: not asked"), "{outlined}");
    assert!(outlined.contains("tr: load average at the end | unavailable"), "{outlined}");
    let missing = Availability::Unavailable { unavailable: "not kept".to_owned() };
    let outlined = outline(&page(&documents::what_if::document(&what_if(), &missing, &[]), false));
    assert!(outlined.contains("p: Unavailable: not kept"), "{outlined}");
    let missing = Availability::Unavailable { unavailable: "no blocks here".to_owned() };
    let outlined = outline(&page(&documents::cost::document(&cost(), &missing, &[]), false));
    assert!(outlined.contains("Blocks are unavailable: no blocks here"), "{outlined}");
}

#[test]
fn without_a_cause_a_freeze_is_unexplained() {
    let mut run = run();
    run.diagnosis.findings.clear();
    assert!(run.diagnosis_sentence().contains("unexplained"));
    run.diagnosis.freezes.clear();
    assert!(run.diagnosis_sentence().starts_with("No freeze"));
    run.diagnosis.verdict =
        Some(Verdict { outcome: Judgement::Invalid, reasons: vec!["a reason".to_owned()], clauses: vec![] });
    let page = outline(&page(&documents::run::document(&run, None, &[]), false));
    assert!(page.contains("p: Verdict: INVALID"), "{page}");
    assert!(page.contains("li: a reason") && page.contains("p: No finding"), "{page}");
}

#[test]
fn a_sweep_answers_first_and_labels_what_is_predicted() {
    let mut sweep = fixtures::sweep(vec![
        fixtures::swept(1, 100.0, 1, Some(Judgement::Met)),
        fixtures::swept(2, 200.0, 1, Some(Judgement::NotMet)),
    ]);
    sweep.knees = vec![Knee { runs: 2, ..fixtures::knee(Answer::Found, 100.0, [Some(100.0), Some(200.0)]) }];
    sweep.stopped = Some("<b>the disk was full</b>".to_owned());
    let page = page(&documents::sweep::document(&sweep, &[]), false);
    assert_eq!(sections(&page), ["answer", "charts", "predicted", "runs", "machine", "reproduce"]);
    assert!(!page.contains("<b>"));
    insta::assert_snapshot!(outline(&page));
}

#[test]
fn every_colour_of_a_chart_has_one_on_a_dark_page() {
    let known: Vec<String> = palette::ON_DARK.iter().map(|(light, _)| style::hex(*light)).collect();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples");
    let mut charts = cost_charts(&cost()).unwrap();
    charts.extend(run_charts(&TimeSeries::load(&samples.join("fastmail-150m-6000-2cpu-linux-6.18")).unwrap()).unwrap());
    charts
        .extend(sweep_charts(&SweepReport::load(&samples.join("knee-skiplist-30m-2cpu-linux-6.18")).unwrap()).unwrap());
    charts.extend(what_if_charts(&what_if(), "").unwrap());
    assert!(charts.len() >= 15, "{}", charts.len());
    for chart in charts {
        for part in chart.svg.split(['"', ' ']).filter(|part| part.starts_with('#')) {
            assert!(known.iter().any(|color| color == part), "{}: {part} is not in the table", chart.name);
        }
    }
    let sheet = style::sheet();
    assert!(sheet.contains(".chart [fill=\"#FFFFFF\"]{fill:#16191D}"), "{sheet}");
}

#[test]
fn what_is_cut_off_at_an_edge_has_a_sign() {
    let mut document = Document::default();
    let grid =
        |columns: usize| (0..columns).fold(Grid::of(&[0]), |grid, column| grid.number(column.to_string(), |row| *row));
    let chart = chart("a", "b");
    document.page().table("narrow", grid(4)).table("wide", grid(5)).figures([&chart]);
    let page = page(&document, false);
    assert!(page.contains("<div class=\"scroll\" role=\"region\" aria-label=\"Table: narrow\""), "{page}");
    assert!(page.contains("<div class=\"scroll wide\" role=\"region\" aria-label=\"Table: wide\""), "{page}");
    assert!(page.contains("<div class=\"scroll wide chart\""), "{page}");
    for rule in [".scroll { overflow-x: auto", ".wide::before { display: block; }", "content: \"scroll \\2192\""] {
        assert!(page.contains(rule), "{rule}");
    }
}

#[test]
fn a_remark_names_its_subject_and_backticks_mark_what_is_typed() {
    assert_eq!(subject("Knee, measured: "), "Knee, measured");
    assert_eq!(subject("  note: "), "Note");
    assert_eq!(subject("- "), "");
    let mut document = Document::default();
    document.page().text("", "`a <b>` and c").text("", "an `odd number").items("- ", ["x", "y"]).step("", "z");
    let page = page(&document, false);
    assert!(page.contains("<p><code>a &lt;b&gt;</code> and c</p>\n<p>an `odd number</p>"), "{page}");
    assert!(page.contains("<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n<ol>\n<li>z</li>\n</ol>\n</main>"), "{page}");
}
