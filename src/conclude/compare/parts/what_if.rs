//! What-ifs: their baselines and mitigations.

use std::path::Path;

use super::{Figures, compare, scenario_differences};
use crate::{
    conclude::{
        compare::{
            conclusion::Verbs,
            machine::{self, fact},
            rows::{Gathered, Pairing},
        },
        in_order::unique,
        wording::KEY_FIGURES,
    },
    results::{
        Availability, Difference, Environment, Machine, MatchedResult, Part, PartComparison, PartValue, Provenance,
        Run, WhatIf,
    },
};

/// What a what-if says of a machine is what mitigations do on it.
const MITIGATIONS: Verbs = Verbs {
    better: "gains more from mitigations than",
    worse: "gains less from mitigations than",
    whether: |a, b| format!("whether mitigations act differently on {a} and on {b}"),
};

/// Compares what-ifs, each with its directory as it was given and its machine, with the first of them.
pub fn compare_what_ifs(
    what_ifs: &[(String, WhatIf, Availability<Environment>)],
    across: &[String],
    least_effect: f64,
) -> PartComparison {
    let results = what_ifs.iter().map(|(directory, what_if, environment)| {
        let runs = what_if.mitigations.iter().filter_map(|mitigation| mitigation.run.as_ref());
        let gathered = Gathered {
            result: MatchedResult {
                directory: directory.clone(),
                started: what_if.started.clone(),
                machine: mapped(environment, |found| {
                    Machine::with_files(found, mapped(&found.file_system, |files| files.kind.clone()))
                }),
                provenance: unique(std::iter::once(&what_if.baseline).chain(runs).map(|run| run.settings.provenance())),
            },
            environment: environment.value().map(machine::with_limits).unwrap_or_default(),
            plan: vec![
                fact("scenario", what_if.scenario.clone()),
                fact("seed", what_if.seed.to_string()),
                fact("mapstorm", what_if.mapstorm_version.clone()),
            ],
            is_complete: what_if.complete,
            pairing: Pairing { is_same: *what_if == what_ifs[0].1, incomparable: None, least_effect },
        };
        (gathered, of_what_if(what_if))
    });
    let baseline = |(directory, what_if, _): &(String, WhatIf, _)| {
        Run::load(&Path::new(directory).join(&what_if.baseline.directory)).ok()
    };
    let scenario = scenario_differences(what_ifs.iter().map(baseline), across);
    compare(results.collect(), ("mitigation", MITIGATIONS), scenario, least_effect)
}

fn mapped<T, U>(value: &Availability<T>, change: impl FnOnce(&T) -> U) -> Availability<U> {
    value.known().map(change).map_err(Clone::clone).into()
}

fn of_what_if(what_if: &WhatIf) -> Vec<Figures> {
    let baseline = &what_if.baseline;
    let value = |figure| {
        let value = baseline.measured.get(figure).map(|value| PartValue::alone(value, "it was run once"));
        value.ok_or_else(|| "nothing of it was measured".to_owned())
    };
    let of_baseline = Figures {
        part: Part::Baseline,
        provenance: baseline.settings.provenance(),
        figures: KEY_FIGURES.map(|figure| (Some(figure), value(figure))).to_vec(),
        basis: vec![baseline.scenario_hash.clone()],
    };
    let compared = what_if.mitigations.iter().filter(|mitigation| !mitigation.differences.is_empty());
    let of_mitigations = compared.map(|mitigation| Figures {
        part: Part::Mitigation(mitigation.name.clone()),
        provenance: mitigation.run.as_ref().map_or(Provenance::Measured, |run| run.settings.provenance()),
        figures: mitigation.differences.iter().map(|found| (Some(found.figure), of_difference(found))).collect(),
        basis: mitigation.run.iter().map(|run| run.scenario_hash.clone()).collect(),
    });
    std::iter::once(of_baseline).chain(of_mitigations).collect()
}

fn of_difference(difference: &Difference) -> Result<PartValue, String> {
    match (difference.ratio.known(), difference.before, difference.after) {
        (Ok(ratio), ..) => Ok(PartValue::of(*ratio)),
        (_, Some(0.0), _) => Err("none without it".to_owned()),
        (Err(why), Some(before), Some(after)) if before > 0.0 => Ok(PartValue::alone(after / before, why)),
        (Err(why), ..) => Err(why.clone()),
    }
}
