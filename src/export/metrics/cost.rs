//! The samples of a cost result: what each mapper adds to one update, and what it costs without any.
//! Methods that were not measured have none; emulated ones say so in the label `provenance`.

use super::{
    super::tidy::word,
    exposition::{Exposition, Labels},
    families as family,
    run::environment,
    seconds, timestamp, yes,
};
use crate::results::{Cost, Provenance};

/// Adds the samples of a cost result.
pub fn add(to: &mut Exposition, labels: &Labels, cost: &Cost) {
    let labels = labels.with("host", &cost.environment.host);
    let of_plan = labels.with("seed", cost.plan.seed.to_string());
    environment(to, &of_plan, &cost.environment, &cost.mapstorm_version);
    let measured = labels.with("provenance", Provenance::Measured.name());
    to.add(&family::STARTED, &measured, timestamp(&cost.started));
    to.add(&family::COMPLETE, &measured, yes(cost.complete));
    to.add(&family::MEASURED, &measured, seconds(cost.measured_ns as f64));
    for row in &cost.rows {
        let Some(found) = row.measured() else { continue };
        let labels = labels
            .with("provenance", Provenance::of_run(row.emulated).name())
            .with("method", &row.method)
            .with("mode", word(row.mode))
            .with("write_size", row.write_size.to_string())
            .with("directory", row.directory.display().to_string())
            .with("file_system", row.file_system.value().cloned().unwrap_or_default());
        for (updates, law) in [("following", found.law), ("apart", found.apart)] {
            let labels = labels.with("updates", updates);
            let in_seconds = seconds(1.0);
            to.estimate(&family::COST_PER_MAPPER, &labels, Some(law.per_mapper_ns.scaled(in_seconds)));
            to.estimate(&family::COST_BASE, &labels, Some(law.base_ns.scaled(in_seconds)));
        }
    }
}
