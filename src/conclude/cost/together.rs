//! What several cost models say together: how many walks of a folio each kind of commit is and what one costs, and which file system costs
//! mappers less.

use super::heading;
use crate::{
    conclude::{
        difference::ratio_in_words,
        in_order::{grouped, unique},
        wording::{interval, known},
    },
    results::{Cost, CostRow, Measurement, TracedWalks},
    scenario::{MapMode, units::short_ns},
    stats::Estimate,
};

impl Cost {
    /// The rows that say how Cyrus fares: mapped read-write, where that was measured.
    pub(super) fn as_cyrus(&self) -> impl Iterator<Item = &CostRow> {
        let has = self.rows.iter().any(|row| row.mode == MapMode::ReadWrite);
        self.rows.iter().filter(move |row| !has || row.mode == MapMode::ReadWrite)
    }

    /// For each kind of file whose commits were counted, a sentence: how many walks of a folio each kind of commit is, and what a walk costs
    /// each mapper; beside it the update that is one walk, which is the check.
    pub(super) fn walks(&self) -> Vec<String> {
        let place = |row: &CostRow| {
            let kind = known(&row.file_system, Clone::clone);
            format!("{kind} ({}), {}, mapped {}", row.directory.display(), heading(row), row.mode.in_words())
        };
        // Commits of each format apart, beside the updates that do not depend on it.
        let of_engines = |(place, rows): &(String, Vec<&CostRow>)| {
            let commits = rows.iter().filter(|row| row.measured().is_some_and(|found| found.sync_walks.is_some()));
            let engines = unique(commits.map(|row| row.engine())).into_iter();
            let beside = |engine| move |row: &&&CostRow| row.engine().is_none() || row.engine() == engine;
            let rows = |engine| rows.iter().filter(beside(engine)).copied().collect::<Vec<_>>();
            engines.filter_map(|engine| of_place(place, &rows(engine))).collect::<Vec<_>>()
        };
        grouped(self.as_cyrus().map(|row| (place(row), row))).iter().flat_map(of_engines).collect()
    }

    /// For each update that costs mappers something and was measured on several file systems, a sentence for each of the others: how much
    /// lower its per-mapper cost is there than where it is highest.
    pub(super) fn file_systems(&self) -> Vec<String> {
        let rows = self.as_cyrus().filter(|row| !row.emulated && row.file_system.value().is_some());
        let same = |row: &CostRow| (row.update(), row.write_size, row.mode);
        let groups = grouped(rows.filter_map(|row| Some((same(row), (row, row.measured()?)))));
        groups.iter().flat_map(|(_, rows)| lower_elsewhere(rows)).collect()
    }
}

fn of_place(place: &str, rows: &[&CostRow]) -> Option<String> {
    let (mut are, mut cost, mut traced) = (Vec::new(), Vec::new(), Vec::new());
    let mut unit = "walk";
    for (row, found, walks) in rows.iter().filter_map(|row| {
        let found = row.measured()?;
        Some((row, found, found.sync_walks.as_ref()?))
    }) {
        let name = row.update();
        let by_sync: Vec<String> = walks.by_sync.iter().map(|mean| format!("{mean:.1}")).collect();
        let by_sync = by_sync.join(" + ");
        are.push(match walks.in_folios {
            true => format!("{name} is {:.1} walks of a whole folio (folios by sync: {by_sync})", walks.walks),
            false => {
                format!("{name} writes {:.1} mapped pages (by sync: {by_sync}; folios are unavailable)", walks.walks)
            }
        });
        unit = if walks.in_folios { "walk" } else { "page" };
        if let Some(TracedWalks { walks, ns, mappers, .. }) = found.traced_walks.value() {
            traced.push(format!("{walks:.1} in {} with {mappers} mappers ({name})", short_ns(*ns)));
        }
        if let Some(slope) = significant(found)
            && walks.walks > 0.0
        {
            cost.push(format!("{} ({name})", short_ns(slope.value / walks.walks)));
        }
    }
    if are.is_empty() {
        return None;
    }
    let mut sentence = format!("On {place}: {}", are.join(", "));
    let traced = match traced.is_empty() {
        true => String::new(),
        false => format!(" Walks over all mappers that the kernel made meanwhile, traced: {}.", traced.join(", ")),
    };
    if cost.is_empty() {
        return Some(sentence + ". No mapper adds a significant cost." + &traced);
    }
    sentence += &format!("; a mapper and {unit} costs {}", cost.join(", "));
    let one = rows.iter().find(|row| row.method == "pwrite+fdatasync").and_then(|row| significant(row.measured()?));
    if let Some(one) = one {
        sentence += &format!(", and {} (pwrite+fdatasync, which is one walk)", short_ns(one.value));
    }
    Some(sentence + "." + &traced)
}

/// What each mapper adds, if it adds something.
pub(super) fn significant(found: &Measurement) -> Option<Estimate> {
    Some(found.slope()).filter(|slope| !found.flat && slope.low > 0.0)
}

fn lower_elsewhere(rows: &[(&CostRow, &Measurement)]) -> Vec<String> {
    let adds = rows.iter().filter_map(|(row, found)| Some((*row, significant(found)?)));
    let Some((worst, most)) = adds.max_by(|a, b| a.1.value.total_cmp(&b.1.value)) else { return Vec::new() };
    let name = |row: &CostRow| format!("{} ({})", known(&row.file_system, Clone::clone), heading(row));
    let others = rows.iter().filter(|(row, _)| row.file_system != worst.file_system);
    let sentence = |(row, found): &(&CostRow, &Measurement)| {
        let (update, here, there) = (row.update(), name(row), name(worst));
        let Some(slope) = significant(found) else {
            let up_to = short_ns(found.slope().high.max(0.0));
            let most = short_ns(most.value);
            return format!(
                "File systems: a mapper adds nothing significant (at most {up_to}) to {update} on {here}, against {most} on {there}."
            );
        };
        let ratio =
            Estimate { value: slope.value / most.value, low: slope.low / most.high, high: slope.high / most.low };
        let (is, lower) = (short_ns(slope.value), ratio_in_words(ratio.value));
        let bases =
            [row, &worst].map(|row| row.measured().map_or(0.0, |found| found.cost_model.base_ns.value)).map(short_ns);
        if ratio.high >= 1.0 {
            return format!(
                "File systems: it is undecided whether a mapper adds less to {update} on {here} than on {there} (ratio {}).",
                interval(&ratio)
            );
        }
        format!(
            "File systems: what a mapper adds to {update} is {lower} on {here}, {is} instead of {} on {there} (ratio {}); the base is {} instead of {}.",
            short_ns(most.value),
            interval(&ratio),
            bases[0],
            bases[1],
        )
    };
    others.map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::results::{Availability, CostOutcome, SyncWalks, fixtures};

    static SAMPLE: LazyLock<Cost> =
        LazyLock::new(|| Cost::load(&fixtures::sample("cost-4000-2cpu-linux-6.18")).unwrap());

    /// A row of the sample with another place and cost model.
    fn row(method: &str, kind: &str, folio: u64, slope: Estimate, walks: Option<SyncWalks>) -> CostRow {
        let mut rows = SAMPLE.rows.iter().filter(|row| row.mode == MapMode::ReadWrite && row.measured().is_some());
        let mut row = rows.next().unwrap().clone();
        let CostOutcome::Measured(found) = &mut row.outcome else { unreachable!() };
        (found.cost_model.per_mapper_ns, found.cost_model.base_ns, found.flat) =
            (slope, Estimate::around(5e5, 1e4), false);
        found.sync_walks = walks;
        (row.method, row.directory, row.file_system) =
            (method.to_owned(), format!("/{kind}").into(), Availability::Value(kind.to_owned()));
        (row.write_size, row.folio_bytes) = (1 << 20, Availability::Value(folio));
        row
    }

    fn cost(rows: Vec<CostRow>) -> Cost {
        Cost { rows, ..SAMPLE.clone() }
    }

    #[test]
    fn commits_are_said_in_walks_beside_the_update_that_is_one() {
        let walks =
            |walks, middle| Some(SyncWalks { in_folios: true, by_sync: vec![1.0, middle, 1.0], walks, updates: 40 });
        let rows = vec![
            row("commit-store", "ext4", 1 << 20, Estimate::around(30_900.0, 500.0), walks(3.0, 2.0)),
            row("commit-replace", "ext4", 1 << 20, Estimate::around(45_320.0, 500.0), walks(4.4, 3.4)),
            row("pwrite+fdatasync", "ext4", 1 << 20, Estimate::around(10_600.0, 300.0), None),
        ];
        assert_eq!(
            cost(rows).walks(),
            [
                "On ext4 (/ext4), writes and folios of 1 MiB, mapped read-write: commit-store is 3.0 walks of a whole folio (folios by sync: \
              1.0 + 2.0 + 1.0), commit-replace is 4.4 walks of a whole folio (folios by sync: 1.0 + 3.4 + 1.0); a mapper and walk costs \
              10.3 µs (commit-store), 10.3 µs (commit-replace), and 10.6 µs (pwrite+fdatasync, which is one walk)."
            ]
        );
        let pages = Some(SyncWalks { in_folios: false, by_sync: vec![1.0, 3.0, 1.0], walks: 5.0, updates: 40 });
        let found = cost(vec![row("commit-store", "zfs", 4096, Estimate::around(0.0, 100.0), pages)]).walks();
        let (has_pages, says) = (found[0].contains("writes 5.0 mapped pages"), "No mapper adds a significant cost.");
        assert!(has_pages && found[0].ends_with(says) && !found[0].contains("costs 0"), "{found:?}");
    }

    #[test]
    fn a_file_system_is_a_mitigation_with_its_ratio() {
        let rows = vec![
            row("commit-replace", "ext4", 1 << 20, Estimate::around(43_000.0, 1000.0), None),
            row("commit-replace", "btrfs", 4096, Estimate::around(12_000.0, 1000.0), None),
            row("commit-replace", "xfs", 1 << 20, Estimate::around(42_000.0, 2000.0), None),
            row("commit-replace", "tmpfs", 4096, Estimate::around(0.0, 3.0), None),
        ];
        let found = cost(rows).file_systems();
        assert_eq!(found.len(), 3, "{found:#?}");
        let btrfs = "is 3.6× lower on btrfs (writes of 1 MiB, folios of 4 KiB), 12 µs instead of 43 µs on ext4 (writes and folios of 1 MiB)";
        assert!(found[0].contains(btrfs), "{}", found[0]);
        assert!(found[1].contains("undecided whether a mapper adds less to commit-replace on xfs"), "{}", found[1]);
        let text = &found[2];
        assert!(text.contains("nothing significant (at most 3.00 ns)") && text.contains("tmpfs"), "{text}");
        assert_eq!(cost(vec![row("punch", "ext4", 4096, Estimate::around(9.0, 1.0), None)]).file_systems(), [""; 0]);
    }

    proptest! {
        /// What is called lower is lower in both intervals, and what is not is called undecided.
        #[test]
        fn a_file_system_is_called_lower_only_beyond_both_intervals(
            one in (1f64..1e5, 0f64..0.99), other in (1f64..1e5, 0f64..0.99),
        ) {
            let slopes = [one, other].map(|(value, share)| Estimate::around(value, value * share));
            let rows = vec![row("commit-store", "ext4", 4096, slopes[0], None), row("commit-store", "xfs", 4096, slopes[1], None)];
            let found = cost(rows).file_systems();
            prop_assert_eq!(found.len(), 1);
            let apart = slopes[0].high < slopes[1].low || slopes[1].high < slopes[0].low;
            prop_assert_eq!(found[0].contains(" lower on "), apart, "{}", found[0]);
            prop_assert_eq!(found[0].contains("undecided"), !apart, "{}", found[0]);
        }
    }
}
