//! The few fields of each kind's JSON file that a line of the list needs; all else is skipped while reading.
//! The version is checked as when the whole is read.

use std::path::Path;

use serde::{Deserialize, de::IgnoredAny};

use super::{
    super::{Answer, Judgement, ResultKind, versioned::load},
    Listed,
};
use crate::scenario::units::format_duration_ns;
use crate::scenario::units::short_ns;

#[derive(Deserialize)]
struct Machine {
    host: String,
    system: String,
    kernel: String,
}

#[derive(Deserialize)]
struct Run {
    started: String,
    scenario: Scenario,
    environment: Machine,
    summary: Summary,
    diagnosis: Diagnosis,
}

#[derive(Deserialize)]
struct Scenario {
    name: String,
}

#[derive(Deserialize)]
struct Summary {
    complete: bool,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    role: String,
    operation: String,
    series: String,
    count: u64,
    p99_ns: u64,
}

#[derive(Deserialize)]
struct Diagnosis {
    freezes: Vec<Freeze>,
    verdict: Option<Verdict>,
}

#[derive(Deserialize)]
struct Freeze {
    start_ns: u64,
    end_ns: u64,
}

#[derive(Deserialize)]
struct Verdict {
    outcome: Judgement,
}

#[derive(Deserialize)]
struct Sweep {
    started: String,
    scenario: String,
    complete: bool,
    machine: Option<Machine>,
    axes: Vec<Axis>,
    runs: Vec<IgnoredAny>,
    knees: Vec<Knee>,
}

#[derive(Deserialize)]
struct Axis {
    key: String,
}

#[derive(Deserialize)]
struct Knee {
    key: String,
    answer: Answer,
    load: Option<f64>,
}

#[derive(Deserialize)]
struct WhatIf {
    started: String,
    scenario: String,
    complete: bool,
    baseline: Baseline,
    mitigations: Vec<IgnoredAny>,
    conclusion: Conclusion,
}

#[derive(Deserialize)]
struct Baseline {
    directory: String,
}

#[derive(Deserialize)]
struct OfBaseline {
    environment: Machine,
}

#[derive(Deserialize)]
struct Conclusion {
    lowered: Vec<String>,
    best: Option<String>,
}

#[derive(Deserialize)]
struct Cost {
    started: String,
    complete: bool,
    environment: Machine,
    rows: Vec<CostRow>,
}

#[derive(Deserialize)]
struct CostRow {
    method: String,
    emulated: bool,
    outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Measured(Measured),
    Unsupported(IgnoredAny),
    Unfinished(IgnoredAny),
}

#[derive(Deserialize)]
struct Measured {
    cost_model: Law,
}

#[derive(Deserialize)]
struct Law {
    per_mapper_ns: Slope,
}

#[derive(Deserialize)]
struct Slope {
    value: f64,
}

/// Reads what a line needs.
pub fn read(kind: ResultKind, path: &Path) -> anyhow::Result<Listed> {
    Ok(match kind {
        ResultKind::Run => of_run(path, load(path, kind)?),
        ResultKind::Sweep => of_sweep(path, load(path, kind)?),
        ResultKind::WhatIf => of_what_if(path, load(path, kind)?),
        ResultKind::Cost => of_cost(path, load(path, kind)?),
    })
}

fn listed(path: &Path, kind: ResultKind, machine: Option<Machine>) -> Listed {
    let (host, system) =
        machine.map(|machine| (machine.host, format!("{} {}", machine.system, machine.kernel))).unzip();
    Listed {
        path: path.to_owned(),
        kind: kind.name(),
        started: String::new(),
        name: kind.name().to_owned(),
        host,
        system,
        complete: false,
        verdict: None,
        reader_p99_ns: None,
        longest_freeze_ns: None,
        says: String::new(),
    }
}

fn of_run(path: &Path, run: Run) -> Listed {
    let of_readers = run.summary.rows.iter().filter(|row| row.role == "reader" && row.series == "response");
    let most = of_readers.max_by_key(|row| row.count);
    let longest = run.diagnosis.freezes.iter().map(|freeze| freeze.end_ns.saturating_sub(freeze.start_ns)).max();
    let verdict = run.diagnosis.verdict.map(|verdict| verdict.outcome);
    let judged = match verdict {
        Some(Judgement::Met) => "SLO met",
        Some(Judgement::NotMet) => "SLO NOT met",
        Some(Judgement::Invalid) => "INVALID",
        None => "no SLO",
    };
    let p99 = most.map_or_else(
        || "no reader completed anything".to_owned(),
        |row| format!("{} p99 {}", row.operation, format_duration_ns(row.p99_ns)),
    );
    let freeze = longest.map_or_else(|| "no freeze".to_owned(), |ns| format!("froze {}", format_duration_ns(ns)));
    Listed {
        started: run.started,
        name: run.scenario.name,
        complete: run.summary.complete,
        verdict,
        reader_p99_ns: most.map(|row| row.p99_ns),
        longest_freeze_ns: longest,
        says: format!("{p99}; {freeze}; {judged}"),
        ..listed(path, ResultKind::Run, Some(run.environment))
    }
}

fn of_sweep(path: &Path, sweep: Sweep) -> Listed {
    let runs = if sweep.runs.len() == 1 { "1 run".to_owned() } else { format!("{} runs", sweep.runs.len()) };
    let knees: Vec<String> = sweep.knees.iter().map(knee).collect();
    let says = if knees.is_empty() {
        let keys: Vec<&str> = sweep.axes.iter().map(|axis| &*axis.key).collect();
        format!("{runs} by {}", keys.join(" and "))
    } else {
        format!("{}; {runs}", knees.join("; "))
    };
    Listed {
        started: sweep.started,
        name: sweep.scenario,
        complete: sweep.complete,
        says,
        ..listed(path, ResultKind::Sweep, sweep.machine)
    }
}

fn knee(knee: &Knee) -> String {
    match (knee.answer, knee.load) {
        (Answer::Found, Some(load)) => format!("knee at {} {load}", knee.key),
        (Answer::Above, Some(load)) => format!("knee above {} {load}", knee.key),
        (Answer::Below, _) => format!("knee below the smallest {}", knee.key),
        _ => format!("knee of {} undecided", knee.key),
    }
}

fn of_what_if(path: &Path, what_if: WhatIf) -> Listed {
    // Where only what-if.json was kept, nothing tells the machine.
    let machine = load::<OfBaseline>(&path.join(what_if.baseline.directory), ResultKind::Run).ok();
    let says = match (what_if.conclusion.best, what_if.conclusion.lowered.as_slice()) {
        (Some(best), _) => format!("best: {best}"),
        (None, []) => "nothing helped".to_owned(),
        (None, lowered) => format!("{} of {} cures helped", lowered.len(), what_if.mitigations.len()),
    };
    Listed {
        started: what_if.started,
        name: what_if.scenario,
        complete: what_if.complete,
        says,
        ..listed(path, ResultKind::WhatIf, machine.map(|run| run.environment))
    }
}

fn of_cost(path: &Path, cost: Cost) -> Listed {
    let own = cost.rows.iter().filter(|row| !row.emulated);
    let slopes = own.filter_map(|row| match &row.outcome {
        Outcome::Measured(found) => Some((&row.method, found.cost_model.per_mapper_ns.value)),
        Outcome::Unsupported(_) | Outcome::Unfinished(_) => None,
    });
    let steepest = slopes.max_by(|one, other| one.1.total_cmp(&other.1));
    let says = steepest.map_or_else(
        || "nothing was measured".to_owned(),
        |(method, ns)| format!("up to {} a mapper ({method})", short_ns(ns)),
    );
    Listed {
        started: cost.started,
        complete: cost.complete,
        says,
        ..listed(path, ResultKind::Cost, Some(cost.environment))
    }
}
