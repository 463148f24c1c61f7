//! The figures of a cost result: the two cost models of every row of it, and what was seen at each number of mappers.
//! A method that was not measured here has its rows too, with empty values and the reason.

use super::{
    families as family,
    observation::{Labels, ONE, Observation, SECONDS, word},
    run::{environment, head},
    source::Source,
};
use crate::results::{Cost, CostLevel, CostOutcome, CostRow, Machine, Measurement, Provenance};

fn labels(source: &Source, cost: &Cost) -> Labels {
    Labels::of(source, Some(&Machine::of_environment(&cost.environment)), &cost.started)
        .with("seed", cost.plan.seed)
        .provenance(if cost.imported_from.is_some() { Provenance::Elsewhere } else { Provenance::Measured })
}

/// Under which conditions a row was measured.
fn of_row(labels: &Labels, cost: &Cost, row: &CostRow) -> Labels {
    labels
        .provenance(cost.provenance_of(row))
        .with("method", &row.method)
        .with("mode", word(row.mode))
        .with("write_size_bytes", row.write_size)
        .with("folio_bytes", row.folio_bytes.value().map_or_else(String::new, u64::to_string))
        .with("directory", row.directory.display())
        .with("file_system", row.file_system.value().map_or("", String::as_str))
        .with("format", cost.format_of(row).name())
}

pub fn summary(source: &Source, cost: &Cost) -> Vec<Observation> {
    let labels = labels(source, cost);
    let mut all = vec![environment(&labels, &Machine::of_environment(&cost.environment), &cost.mapstorm_version)];
    all.extend(head(&labels, cost.complete));
    let measured = Observation::time("measured", cost.measured_ns as f64).sample(&family::MEASURED);
    all.extend(labels.clone().on([measured]));
    for row in &cost.rows {
        let (outcome, reason) = match &row.outcome {
            CostOutcome::Measured(_) => ("measured", ""),
            CostOutcome::Unsupported(why) => ("unsupported", &**why),
            CostOutcome::Unfinished(why) => ("unfinished", &**why),
        };
        let labels = of_row(&labels, cost, row).with("outcome", outcome).with("reason", reason);
        let found = row.measured();
        for (updates, cost_model) in
            [("following", found.map(|found| &found.cost_model)), ("apart", found.map(|found| &found.apart))]
        {
            let rounds = cost_model.map_or_else(String::new, |cost_model| cost_model.rounds.to_string());
            let base = cost_model.map(|cost_model| cost_model.update_ns(0.0));
            let per_mapper = cost_model.map(|cost_model| cost_model.per_mapper_ns);
            all.extend(labels.with("updates", updates).with("rounds", rounds).on([
                Observation::estimate("base", SECONDS, base).of(&family::COST_BASE),
                Observation::estimate("per_mapper", SECONDS, per_mapper).of(&family::COST_PER_MAPPER),
            ]));
        }
    }
    all
}

pub fn levels(source: &Source, cost: &Cost) -> Vec<Observation> {
    let labels = labels(source, cost);
    let rows = cost.rows.iter().flat_map(|row| {
        let labels = of_row(&labels, cost, row);
        let levels = row.measured().into_iter().flat_map(|found| found.levels.iter().map(move |level| (found, level)));
        levels.flat_map(move |(found, level)| of_level(&labels, found, level))
    });
    rows.collect()
}

fn of_level(labels: &Labels, found: &Measurement, level: &CostLevel) -> impl Iterator<Item = Observation> + use<> {
    let modelled = [&found.cost_model, &found.apart].map(|model| Some(model.update_ns(f64::from(level.mappers))));
    labels.with("mappers", level.mappers).on([
        Observation::estimate("model", SECONDS, modelled[0]),
        Observation::estimate("apart_model", SECONDS, modelled[1]),
        Observation::operations("updates", level.updates),
        Observation::time("median", level.median_ns),
        Observation::time("apart_median", level.apart_ns),
        Observation::time("least", level.least_ns as f64),
        Observation::time("most", level.most_ns as f64),
        Observation::new("writer_faults", ONE, level.writer_faults_per_update),
        Observation::new("tlb_interrupts", ONE, level.tlb_interrupts_per_update),
    ])
}

#[cfg(test)]
#[test]
fn every_row_names_its_format() {
    use crate::{mailboxes::Format, results::ResultKind, results::fixtures::cost_of_formats, stats::Estimate};
    let source = Source { path: "a".into(), kind: ResultKind::Cost, name: "a".to_owned() };
    let slope = Estimate::around(2000.0, 50.0);
    let formats = |slopes: &[(Format, Estimate)], method: &str| {
        let all = summary(&source, &cost_of_formats(slopes));
        let of_method = all.iter().filter(|found| found.labels.get("method") == method);
        let mut formats: Vec<String> = of_method.map(|found| found.label("format").into_owned()).collect();
        formats.dedup();
        formats
    };
    let both = [(Format::Skiplist, slope), (Format::Twoskip, slope)];
    assert_eq!(formats(&both, "commit-store"), ["skiplist", "twoskip"]);
    assert_eq!(formats(&both, "pwrite"), ["skiplist"]);
    assert_eq!(formats(&both[1..], "commit-store"), ["twoskip"]);
}
