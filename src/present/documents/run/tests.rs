//! What the terminal shows of a run.

use crate::{
    present::{OnScreen, Screen, documents::tests::one_screen},
    results::{
        Confidence, Diagnosis, During, Figure, Finding, Freeze, JudgedClause, Judgement, Run, Verdict, fixtures,
    },
    scenario::Clause,
};

#[test]
fn the_summary_says_what_matters_first_and_its_tables_fit_a_terminal() {
    let mut outcome = fixtures::outcome();
    outcome.lost = (0..7).map(|number| format!("mapstorm reader {number} instance 0 (killed by SIGKILL)")).collect();
    let text = fixtures::run(&outcome).to_string();
    let wide = text.lines().filter(|line| line.starts_with('|')).find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
    insta::assert_snapshot!(text);
}

/// A run that froze and missed objectives, and is diagnosed.
fn frozen() -> Run {
    let mut run = fixtures::run(&fixtures::outcome());
    let judged = |text: &str, figure: f64, met, margin, samples, enough| JudgedClause {
        at_least: false,
        clause: Clause::parse(text).unwrap(),
        figure: Some(figure),
        met,
        margin: Some(margin),
        samples,
        effective: None,
        enough,
    };
    let during = |what: &str, share| During { what: what.to_owned(), share };
    run.diagnosis = Diagnosis {
        freezes: vec![Freeze {
            due: 1200,
            completed: 3,
            waiting: 1197,
            workers: 200,
            noise_probes: vec![during("unpinned", 0.0), during("pinned", 0.9)],
            writer: vec![during("sync-1", 0.94), during("idle", 0.06)],
            ..fixtures::freeze(1500, 2120)
        }],
        findings: vec![Finding {
            cause: "sync-walks-mappers".to_owned(),
            statement: "A sync visits every process that maps the page: 94 % of the stalled time.".to_owned(),
            chain: vec!["operations waited for the lock".to_owned(), "held by the writer".to_owned()],
            share: 0.94,
            figures: vec![Figure { name: "µs a mapper".to_owned(), value: 6.4, control: Some(0.0) }],
            confidence: Confidence::High,
            advice: vec!["open the file read-only in readers".to_owned()],
        }],
        stalled_ns: 7,
        verdict: Some(Verdict {
            outcome: Judgement::NotMet,
            reasons: vec![],
            clauses: vec![
                judged("lookup.p99<=50ms", 500e6, false, -9.0, 5000, true),
                judged("commit.p99<=1s", 0.4e9, true, 0.6, 80, false),
                judged("rate>=0.99", 0.98, false, -0.0101, 5000, true),
            ],
        }),
        caveats: vec!["what this machine did not report".to_owned()],
    };
    run
}

#[test]
fn freezes_and_the_top_finding_come_first_and_the_verdict_last() {
    insta::assert_snapshot!(frozen().diagnosis_text());
}

#[test]
fn one_screen_has_what_was_found_then_verdict_and_figures_and_leaves_two_lines_for_the_path() {
    insta::assert_snapshot!(one_screen(&frozen(), 22));
}

#[test]
fn what_one_screen_says_all_of_it_says_too() {
    let [screen, all] = [false, true].map(|is_whole| frozen().on(Screen { is_whole, columns: Some(80) }));
    let mut rest = all.lines();
    for line in screen.lines().filter(|line| !line.is_empty()) {
        assert!(rest.any(|other| other == line), "not there, or in another order: {line}");
    }
    assert!(all.lines().count() > screen.lines().count());
    assert_eq!(screen.lines().last(), all.lines().last());
}

#[test]
fn without_a_freeze_it_says_what_was_looked_for() {
    let text = fixtures::run(&fixtures::outcome()).diagnosis_text();
    assert!(
        text.starts_with(
            "No freeze: in no span of 100 ms or more did fewer than 5 % of the due operations complete.\n"
        ),
        "{text}"
    );
    assert!(text.contains("Verdict: none, because there are no objectives."), "{text}");
}
