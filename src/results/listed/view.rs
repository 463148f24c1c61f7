//! A line of the list, from the JSON file of each kind.

use std::path::Path;

use super::{
    super::{Answer, Cost, Judgement, Knee, ResultKind, Role, Run, SweepReport, WhatIf},
    Listed,
};
use crate::scenario::units::{format_duration_ns, short_ns};

pub fn read(kind: ResultKind, path: &Path) -> anyhow::Result<Listed> {
    Ok(match kind {
        ResultKind::Run => of_run(path, Run::load(path)?),
        ResultKind::Sweep => of_sweep(path, SweepReport::load(path)?),
        ResultKind::WhatIf => of_what_if(path, WhatIf::load(path)?),
        ResultKind::Cost => of_cost(path, Cost::load(path)?),
    })
}

/// What all kinds have; `machine` is its host, system and kernel.
fn listed(path: &Path, kind: ResultKind, machine: Option<[String; 3]>) -> Listed {
    let (host, system) = machine.map(|[host, system, kernel]| (host, format!("{system} {kernel}"))).unzip();
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
    let of_readers = run.summary.rows.iter().filter(|row| row.role == Role::Reader && row.series == "response");
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
    let machine = run.environment;
    Listed {
        started: run.started,
        name: run.scenario.name,
        complete: run.summary.complete,
        verdict,
        reader_p99_ns: most.map(|row| row.p99_ns),
        longest_freeze_ns: longest,
        says: format!("{p99}; {freeze}; {judged}"),
        ..listed(path, ResultKind::Run, Some([machine.host, machine.system, machine.kernel]))
    }
}

fn of_sweep(path: &Path, sweep: SweepReport) -> Listed {
    let runs = if sweep.runs.len() == 1 { "1 run".to_owned() } else { format!("{} runs", sweep.runs.len()) };
    let knees: Vec<String> = sweep.knees.iter().map(knee).collect();
    let says = if knees.is_empty() {
        let keys: Vec<&str> = sweep.axes.iter().map(|axis| &*axis.key).collect();
        format!("{runs} by {}", keys.join(" and "))
    } else {
        format!("{}; {runs}", knees.join("; "))
    };
    let machine = sweep.machine.map(|machine| [machine.host, machine.system, machine.kernel]);
    Listed {
        started: sweep.started,
        name: sweep.scenario,
        complete: sweep.complete,
        says,
        ..listed(path, ResultKind::Sweep, machine)
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
    // Where only what-if.json was kept, the machine is unknown.
    let baseline = Run::load(&path.join(what_if.baseline.directory)).ok().map(|run| run.environment);
    let says = match (what_if.conclusion.best, what_if.conclusion.lowered.as_slice()) {
        (Some(best), _) => format!("best: {best}"),
        (None, []) => "no mitigation made it better".to_owned(),
        (None, lowered) => format!("better with {} of {} mitigations", lowered.len(), what_if.mitigations.len()),
    };
    Listed {
        started: what_if.started,
        name: what_if.scenario,
        complete: what_if.complete,
        says,
        ..listed(path, ResultKind::WhatIf, baseline.map(|machine| [machine.host, machine.system, machine.kernel]))
    }
}

fn of_cost(path: &Path, cost: Cost) -> Listed {
    let own = cost.rows.iter().filter(|row| !row.emulated);
    let slopes = own.filter_map(|row| Some((&row.method, row.measured()?.slope().value)));
    let says = slopes.max_by(|one, other| one.1.total_cmp(&other.1)).map_or_else(
        || "nothing was measured".to_owned(),
        |(method, ns)| format!("up to {} a mapper ({method})", short_ns(ns)),
    );
    let machine = cost.environment;
    Listed {
        started: cost.started,
        complete: cost.complete,
        says,
        ..listed(path, ResultKind::Cost, Some([machine.host, machine.system, machine.kernel]))
    }
}
