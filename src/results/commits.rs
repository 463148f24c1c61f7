//! The kinds of commits: their names as update methods, what their syncs walk, and the cost model of a writer that makes several kinds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CommitModel, CostOutcome, CostRow};
use crate::{
    scenario::{Mix, WriterOperation},
    stats::Estimate,
};

/// What the syncs of one update clean in the part of the file that mappers have mapped. Linux walks all mappings of a folio when it cleans it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncWalks {
    /// Whether folios were counted: those that were written before a sync and are clean after the update. If not, the sizes of folios are
    /// unavailable, and pages that were written were counted.
    pub in_folios: bool,
    /// How many each sync cleans, in the order of the syncs: means of the updates that were counted.
    pub by_sync: Vec<f64>,
    /// All syncs together, as walks of a whole folio: mapped pages of what was cleaned / pages of a folio of `folio_bytes`; in pages: how
    /// many.
    pub walks: f64,
    /// How many updates were counted: the last one of each block.
    pub updates: u64,
}

/// Walks over all mappings of a folio (`folio_mkclean`) while updates ran with the most mappers, traced by kprobes. Those of the whole
/// machine: write-back in the background is among them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TracedWalks {
    /// Walks, per update.
    pub walks: f64,
    /// What they took together, nanoseconds per update; the probes themselves included.
    pub ns: f64,
    /// Mappers of the file.
    pub mappers: u32,
    /// Updates that were traced.
    pub updates: u64,
}

/// The update method that is a commit of this kind.
pub fn commit_method(operation: WriterOperation) -> String {
    format!("commit-{}", operation.name())
}

/// Whether an update method is a commit.
pub(super) fn is_commit(method: &str) -> bool {
    WriterOperation::ALL.into_iter().any(|operation| commit_method(operation) == method)
}

/// An update method's name. Earlier versions had one commit, which replaced a record.
pub(super) fn method<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    Ok(if name == "commit" { commit_method(WriterOperation::Replace) } else { name })
}

/// The kinds of commits that a writer makes in the long run, with their shares. It deletes only what it stored: with nothing of its own to
/// delete, it stores.
pub fn commits_of(mix: &Mix<WriterOperation>) -> Vec<(WriterOperation, f64)> {
    let [store, delete] = [WriterOperation::Store, WriterOperation::Delete].map(|operation| mix.fraction(operation));
    let deletes = delete.min((store + delete) / 2.0);
    let shares = WriterOperation::ALL.map(|operation| match operation {
        WriterOperation::Store => store + delete - deletes,
        WriterOperation::Replace => mix.fraction(operation),
        WriterOperation::Delete => deletes,
    });
    WriterOperation::ALL.into_iter().zip(shares).filter(|(_, share)| *share > 0.0).collect()
}

/// The commits of some kinds with their shares in words: `commit-replace`, or `commit-store (30 %), commit-replace (70 %)`.
pub fn commits_in_words(commits: &[(WriterOperation, f64)]) -> String {
    let share = |share: f64| if commits.len() > 1 { format!(" ({:.0} %)", 100.0 * share) } else { String::new() };
    let names = commits.iter().map(|(operation, of_all)| commit_method(*operation) + &share(*of_all));
    names.collect::<Vec<_>>().join(", ")
}

impl CommitModel {
    /// The cost model of one commit among commits of these kinds and shares: the mean of the kinds', weighted. The cost model of each comes
    /// from its row, if `row` finds one.
    /// Errors: A kind has no cost model: which, and why.
    pub fn of_commits<'a>(
        commits: &[(WriterOperation, f64)],
        row: impl Fn(&str) -> Option<&'a CostRow>,
        source: &str,
    ) -> Result<CommitModel, String> {
        let models = commits.iter().map(|&(operation, share)| {
            let name = commit_method(operation);
            match row(&name).map(|row| &row.outcome) {
                // Between two commits a server has other work, which evicts the caches.
                Some(CostOutcome::Measured(found)) => Ok((share, CommitModel::measured(found, String::new()))),
                Some(CostOutcome::Unsupported(why) | CostOutcome::Unfinished(why)) => Err(format!("{name}: {why}")),
                None => Err(format!("{name} was not measured")),
            }
        });
        let models = models.collect::<Result<Vec<_>, _>>()?;
        Ok(CommitModel { source: format!("{}, {source}", commits_in_words(commits)), ..mean(&models) })
    }
}

/// The mean of models, weighted with shares that add up to 1. Its intervals are the weighted means of theirs: what was measured together
/// drifts together.
fn mean(models: &[(f64, CommitModel)]) -> CommitModel {
    let all: Vec<&CommitModel> = models.iter().map(|(_, model)| model).collect();
    let weighted = |found: &[Estimate]| {
        let sum = |end: fn(&Estimate) -> f64| models.iter().zip(found).map(|((share, _), its)| share * end(its)).sum();
        Estimate { value: sum(|all| all.value), low: sum(|all| all.low), high: sum(|all| all.high) }
    };
    CommitModel { spread: spread(models), ..CommitModel::combined(&all, weighted) }
}

/// With so many mappers the kinds' times are compared, where no points say how many were measured.
const MAPPERS: u32 = 4000;

/// The times of single commits of all kinds as multiples of the mean of the kinds' typical times, where most mappers were measured.
fn spread(models: &[(f64, CommitModel)]) -> Vec<f64> {
    let count = models.iter().map(|(_, model)| model.spread.len()).max().unwrap_or(0);
    let points = models.iter().flat_map(|(_, model)| &model.points).map(|point| point.mappers);
    let most = f64::from(points.max().unwrap_or(MAPPERS));
    let typical: f64 = models.iter().map(|(share, model)| share * model.commit_ns(most).value).sum();
    // Slopes of a few mappers are noise, and may fall below nothing long before there are so many.
    if typical <= 0.0 {
        return Vec::new();
    }
    let mut times: Vec<(f64, f64)> = Vec::new();
    for (share, model) in models {
        let single = if model.spread.is_empty() { &[1.0][..] } else { &model.spread };
        let ratio = model.commit_ns(most).value / typical;
        times.extend(single.iter().map(|time| (time * ratio, share / single.len() as f64)));
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut now, mut before) = (0, 0.0);
    let quantile = |place: usize| {
        let wanted = (place as f64 + 0.5) / count as f64;
        while now + 1 < times.len() && before + times[now].1 < wanted {
            before += times[now].1;
            now += 1;
        }
        times[now].0
    };
    (0..count).map(quantile).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{results::fixtures::about, stats::CostPoint};

    fn model(base_ns: f64, per_mapper_ns: f64) -> CommitModel {
        CommitModel::straight(about(base_ns), about(per_mapper_ns), String::new())
    }

    fn mix(store: f64, replace: f64, delete: f64) -> Mix<WriterOperation> {
        use WriterOperation::{Delete, Replace, Store};
        Mix::new(&[(Store, store), (Replace, replace), (Delete, delete)]).unwrap()
    }

    #[test]
    fn a_writer_deletes_no_more_than_it_stored() {
        use WriterOperation::{Delete, Replace, Store};
        assert_eq!(commits_of(&mix(0.0, 1.0, 0.0)), [(Replace, 1.0)]);
        assert_eq!(commits_of(&mix(3.0, 0.0, 1.0)), [(Store, 0.75), (Delete, 0.25)]);
        assert_eq!(commits_of(&mix(1.0, 1.0, 2.0)), [(Store, 0.375), (Replace, 0.25), (Delete, 0.375)]);
        assert_eq!(commits_in_words(&commits_of(&mix(3.0, 7.0, 0.0))), "commit-store (30 %), commit-replace (70 %)");
        assert_eq!(commits_in_words(&commits_of(&mix(0.0, 7.0, 0.0))), "commit-replace");
    }

    proptest! {
        #[test]
        fn a_mean_lies_between_its_kinds_at_every_number_of_mappers(
            weights in (0.01f64..1.0, 0.01f64..1.0),
            lines in ((1e5f64..1e7, 0f64..5e4), (1e5f64..1e7, 0f64..5e4)),
            bend in 1f64..5.0,
            mappers in 0f64..9000.0,
            bent: bool,
        ) {
            let sum = weights.0 + weights.1;
            let mut models = [(weights.0 / sum, model(lines.0.0, lines.0.1)), (weights.1 / sum, model(lines.1.0, lines.1.1))];
            if bent {
                let first = &mut models[0].1;
                let point = |mappers: u32, times: f64| CostPoint { mappers, ns: about(times * first.commit_ns(f64::from(mappers)).value) };
                first.points = vec![point(0, 1.0), point(4000, bend)];
            }
            let both = mean(&models);
            prop_assert_eq!(both.points.is_empty(), !bent);
            let mappers = if bent { mappers.min(4000.0) } else { mappers };
            let ends = models.each_ref().map(|(_, model)| model.commit_ns(mappers).value);
            let found = both.commit_ns(mappers);
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            prop_assert!(found.value >= low * 0.999 && found.value <= high * 1.001, "{found:?} {ends:?}");
            prop_assert!(found.low <= found.value && found.value <= found.high);
        }

        #[test]
        fn a_spread_rises_and_has_both_kinds_in_it(share in 0.05f64..0.95, slopes in (1e3f64..1e4, 1e4f64..1e5)) {
            let spread_of = |model: CommitModel| CommitModel { spread: vec![0.9, 0.95, 1.0, 1.1, 1.2], ..model };
            let models = [(share, spread_of(model(0.0, slopes.0))), (1.0 - share, spread_of(model(0.0, slopes.1)))];
            let typical = share * slopes.0 + (1.0 - share) * slopes.1;
            let spread = mean(&models).spread;
            prop_assert_eq!(spread.len(), 5);
            prop_assert!(spread.is_sorted());
            prop_assert!(spread[0] >= 0.9 * slopes.0 / typical - 1e-9 && spread[4] <= 1.2 * slopes.1 / typical + 1e-9);
            let cheap = spread.iter().filter(|time| **time * typical < 1.21 * slopes.0).count() as f64;
            prop_assert!((cheap / 5.0 - share).abs() <= 0.25 || slopes.1 * 0.9 < slopes.0 * 1.21, "{spread:?}");
        }
    }

    #[test]
    fn slopes_that_are_noise_leave_no_spread_of_numbers_that_are_none() {
        let falling = CommitModel { spread: vec![0.8, 1.0, 1.5], ..model(1e6, -1e4) };
        let mean = mean(&[(0.5, falling.clone()), (0.5, falling)]);
        assert!(mean.spread.is_empty() && mean.commit_ns(10.0).value > 0.0, "{mean:?}");
    }

    #[test]
    fn one_kind_is_itself_and_a_commit_of_old_replaced_a_record() {
        let alone = CommitModel { spread: vec![0.8, 1.0, 1.5], ..model(1e6, 1e3) };
        assert_eq!(mean(&[(1.0, alone.clone())]), alone);
        let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples");
        let old = super::super::Cost::load(&samples.join("cost-4000-2cpu-linux-6.18")).unwrap();
        let row = |name: &str| old.rows.iter().find(|row| row.method == name);
        let replaces = CommitModel::of_commits(&[(WriterOperation::Replace, 1.0)], row, "here").unwrap();
        assert_eq!(replaces.source, "commit-replace, here");
        assert_eq!(replaces.per_mapper_ns, row("commit-replace").unwrap().measured().unwrap().apart.per_mapper_ns);
        let error = CommitModel::of_commits(&commits_of(&mix(1.0, 1.0, 0.0)), row, "here").unwrap_err();
        assert_eq!(error, "commit-store was not measured");
    }
}
