//! The price of a commit to the file of a live server: which cost model applies to how it is used now, which mitigations could lower it, and
//! a short measurement that gives such a model.

use std::path::Path;

use super::{
    Plan,
    cost::{ModelKind, model_kind},
    least_ns,
    mitigations::MITIGATIONS,
    spread,
};
use crate::{
    conclude::inspection::{PricedFrom, Tried, walked},
    mailboxes::Format,
    os::pages::page_size,
    results::{CommitModel, Cost, CostRow, Folios, Inspection, LastChanges, commit_method, commits_of},
    scenario::{MapMode, Scenario, units::format_bytes},
    workload::update::Method,
};

/// The smallest file that is made for a measurement, and the largest, bytes.
const FILE_BYTES: [u64; 2] = [256 << 10, 16 << 20];
/// All of a measurement takes so long, nanoseconds.
pub const BUDGET_NS: u64 = 20_000_000_000;
/// Fewer mappers determine nothing.
const LEAST_MAPPERS: u32 = 16;
/// A cost model of folios that differ by more than this factor is another one.
const ALIKE: f64 = 4.0;
/// Files are written in pieces of at most this size, bytes.
const LARGEST_WRITE: u64 = 64 << 20;
const SEED: u64 = 2007;

/// The file as a scenario has it, with the load that it bears now and these overrides.
/// Errors: There is no such scenario: why.
fn as_scenario(found: &Inspection, overrides: &[String]) -> Result<Scenario, String> {
    let mappers = walked(&found.processes);
    // One of those that a commit visits is the writer.
    let text = format!(
        "[file]\nformat = '{}'\nsize = '16MiB'\nwrite-size = '{}B'\n[readers]\ncount = {}\nrate = '1/s'\nopen = '{}'\n\
         [writer]\n{}",
        format_of(found).name(),
        folio(found).unwrap_or_else(|_| page_size()).clamp(512, LARGEST_WRITE),
        mappers.saturating_sub(1).max(1),
        if mappers > 0 { "read-write" } else { "read-only" },
        operations(found),
    );
    Scenario::parse("inspection", &text, overrides).map_err(|errors| errors.to_string())
}

/// The format that commits are priced in: that of the file if it is one of ours.
fn format_of(found: &Inspection) -> Format {
    own_format(found).unwrap_or(Format::Twoskip)
}

/// The line for the kinds of commits that are priced: those of the last ones. None, where the log does not say: a scenario has a default.
fn operations(found: &Inspection) -> String {
    found.format.last_changes.map_or_else(String::new, |LastChanges { stores, replaces, deletes }| {
        format!("operations = {{ store = {stores}, replace = {replaces}, delete = {deletes} }}\n")
    })
}

fn own_format(found: &Inspection) -> Option<Format> {
    let all = [Format::Skiplist, Format::Twoskip, Format::Twom, Format::Flat];
    all.into_iter().find(|format| format.name() == found.format.name)
}

/// The size of folio that holds most of the file, bytes; or why it is not known.
fn folio(found: &Inspection) -> Result<u64, String> {
    let folios = found.file.page_cache.folios.known().map_err(Clone::clone)?;
    let most = folios.iter().max_by_key(|Folios { bytes, count }| bytes * count);
    most.map(|folios| folios.bytes).ok_or_else(|| "nothing of the file is in memory".to_owned())
}

/// Why a file is not priced for which there is no cost model; and what gives one.
pub fn no_cost_model(found: &Inspection) -> PricedFrom {
    let why = format!(
        "there is no cost model of this machine: --measure makes a short one (at most 20 s, on a scratch file), or --cost-model DIR takes the \
         result of `mapstorm cost --method commit --format {}`",
        format_of(found).name()
    );
    PricedFrom { cost_model: Err(why), tried: Vec::new(), notes: Vec::new() }
}

/// What a result of `mapstorm cost` says of the file; `source`: where that comes from.
pub fn priced_by(found: &Inspection, cost: &Cost, source: &str) -> PricedFrom {
    let now = &match as_scenario(found, &[]) {
        Ok(scenario) => scenario,
        Err(why) => return PricedFrom { cost_model: Err(why), tried: Vec::new(), notes: Vec::new() },
    };
    let format = format_of(found);
    let model = |scenario: &Scenario| model(cost, format, scenario, source);
    let tried = MITIGATIONS.iter().filter_map(|mitigation| {
        let changed = as_scenario(found, &mitigation.overrides(now).ok()?).ok()?;
        let is_same_kind = model_kind(&changed) == model_kind(now);
        // What changes neither has no price in a cost model.
        let is_priced = !is_same_kind || changed.mappers_in(0) != now.mappers_in(0);
        is_priced.then(|| Tried {
            mitigation: mitigation.name,
            meaning: mitigation.meaning,
            mappers: f64::from(changed.mappers_in(0)),
            cost_model: (!is_same_kind).then(|| model(&changed)),
        })
    });
    PricedFrom { tried: tried.collect(), notes: notes(found, cost, model_kind(now)), cost_model: model(now) }
}

/// The cost model of a scenario's commits: of the rows in its format and open mode, those whose folios are most alike.
fn model(cost: &Cost, format: Format, scenario: &Scenario, source: &str) -> Result<CommitModel, String> {
    let (mode, wanted) = model_kind(scenario);
    let is_same = |row: &&CostRow| row.mode == mode && cost.format_of(row) == format;
    let commits = commits_of(&scenario.writer.operations);
    let row = |name: &str| {
        let rows = cost.rows.iter().filter(is_same).filter(|row| row.method == name);
        rows.filter(|row| unlike(row, wanted) <= ALIKE.ln())
            .min_by(|a, b| unlike(a, wanted).total_cmp(&unlike(b, wanted)))
    };
    CommitModel::of_commits(&commits, row, source).map_err(|why| {
        format!(
            "{source}: {why} in a {} file with folios of about {} that is mapped {}; `mapstorm cost --method commit --format {} --write-size {}` does",
            format.name(),
            format_bytes(wanted),
            mode.in_words(),
            format.name(),
            wanted
        )
    })
}

/// How far a row's folios are from those of the file: the logarithm of the ratio.
fn unlike(row: &CostRow, wanted: u64) -> f64 {
    let bytes = row.folio_bytes.value().copied().unwrap_or(row.write_size);
    (bytes as f64 / wanted as f64).ln().abs()
}

fn notes(found: &Inspection, cost: &Cost, (mode, wanted): ModelKind) -> Vec<String> {
    let mut notes = Vec::new();
    if own_format(found).is_none() {
        notes.push(format!(
            "the file is {}: its commits are priced like those of {}, and its readers may not wait for a lock",
            found.format.name,
            format_of(found).name()
        ));
    }
    if let Err(why) = folio(found) {
        notes.push(format!(
            "folio sizes are unavailable ({why}): the price is that of folios of {}, and larger ones cost more",
            format_bytes(wanted)
        ));
    }
    let (host, here) = (&cost.environment.host, &found.environment.host);
    if host != here {
        notes.push(format!("WARNING: the cost model was measured on {host}, and this is {here}"));
    }
    let mut systems = cost.rows.iter().filter(|row| row.mode == mode).filter_map(|row| row.file_system.value());
    let here = found.file.file_system.value().map(|system| &system.kind);
    if let (Some(here), Some(there)) = (here, systems.next())
        && here != there
        && systems.all(|system| system != here)
    {
        notes.push(format!("WARNING: the cost model was measured on {there}, and the file is on {here}"));
    }
    let measured = cost.plan.levels.last().copied().unwrap_or(0);
    let mappers = walked(&found.processes);
    if mappers > measured {
        notes.push(format!(
            "the cost model was measured with up to {measured} mappers; that of {mappers} is extrapolated"
        ));
    }
    notes
}

/// A short measurement of the commits of the file, in a directory on its file system: with as many mappers as it has now, or as many as
/// `memory` bytes hold and the time allows.
/// Errors: There is no scenario of such a file.
pub fn measurement(found: &Inspection, directory: &Path, memory: Option<u64>) -> Result<Plan, String> {
    let scenario = as_scenario(found, &[])?;
    let (_, write_size) = model_kind(&scenario);
    let [least, most] = FILE_BYTES;
    let mut write_sizes = vec![page_size(), write_size];
    write_sizes.sort_unstable();
    write_sizes.dedup();
    let methods = commits_of(&scenario.writer.operations).into_iter();
    let methods = methods.filter_map(|(operation, _)| Method::named(&commit_method(operation))).collect();
    let mut plan = Plan {
        modes: vec![MapMode::ReadOnly, MapMode::ReadWrite],
        write_sizes,
        file_bytes: found.file.bytes.clamp(least, most),
        ..Plan::asleep(directory, methods, vec![format_of(found)], BUDGET_NS, SEED)?
    };
    let mut mappers = walked(&found.processes).max(LEAST_MAPPERS);
    loop {
        plan.levels = spread(mappers);
        let fits = memory.is_none_or(|memory| plan.need().memory <= memory) && least_ns(&plan) <= BUDGET_NS;
        if fits || mappers == LEAST_MAPPERS {
            return Ok(plan);
        }
        mappers = (mappers / 2).max(LEAST_MAPPERS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conclude::inspection::price,
        results::{Availability, MappingKind, fixtures},
        stats::Estimate,
    };

    fn cost() -> Cost {
        let slope = Estimate { value: 2e4, low: 1.9e4, high: 2.1e4 };
        let mut cost = fixtures::cost_of_formats(&[(Format::Twoskip, slope)]);
        // The fixture has no deletes.
        let deletes: Vec<CostRow> = cost.rows.iter().filter(|row| row.method == "commit-store").cloned().collect();
        cost.rows.extend(deletes.into_iter().map(|row| CostRow { method: "commit-delete".to_owned(), ..row }));
        cost
    }

    #[test]
    fn a_mitigation_is_tried_where_it_applies_and_has_a_price() {
        let found = fixtures::inspection();
        let from = priced_by(&found, &cost(), "here");
        let names: Vec<&str> = from.tried.iter().map(|tried| tried.mitigation).collect();
        assert_eq!(
            names,
            ["read-only", "2-instances", "4-instances", "12-instances", "small-writes", "fewer-processes"]
        );
        assert!(from.tried.iter().all(|tried| tried.cost_model.as_ref().is_none_or(Result::is_ok)), "{:?}", from.tried);
        let mut priced = found.clone();
        price(&mut priced, from);
        let then: Vec<&str> = priced.commit_cost.advice.iter().map(|change| &*change.mitigation).collect();
        assert_eq!(then[0], "12-instances", "{then:?}");
        assert!(priced.commit_cost.advice.iter().all(|change| change.commit_ns.value().is_some()));
        assert!(priced.notes.iter().any(|note| note.starts_with("WARNING: the cost model was measured on")));
    }

    #[test]
    fn what_does_not_apply_is_not_proposed() {
        // All map it read-only, in small folios.
        let mut found = fixtures::inspection();
        found
            .processes
            .iter_mut()
            .flat_map(|process| &mut process.mapping)
            .for_each(|range| range.kind = MappingKind::ReadOnly);
        found.file.page_cache.folios = Availability::Value(vec![Folios { bytes: 4096, count: 9 }]);
        let from = priced_by(&found, &cost(), "here");
        let names: Vec<&str> = from.tried.iter().map(|tried| tried.mitigation).collect();
        assert!(!names.contains(&"read-only") && !names.contains(&"small-writes"), "{names:?}");
        // Unknown folios are priced as small ones, and that is said.
        found.file.page_cache.folios = Err("run as root".to_owned()).into();
        let from = priced_by(&found, &cost(), "here");
        assert!(
            from.notes.iter().any(|note| note.contains("folio sizes are unavailable (run as root)")),
            "{:?}",
            from.notes
        );
        assert!(from.cost_model.is_ok());
    }

    #[test]
    fn a_result_without_such_commits_says_which_command_measures_them() {
        let mut found = fixtures::inspection();
        found.format.name = "twom".to_owned();
        let why = priced_by(&found, &cost(), "here").cost_model.unwrap_err();
        assert!(
            why.contains("was not measured in a twom file") && why.contains("--format twom --write-size 1048576"),
            "{why}"
        );
        // What is no database of ours is priced like twoskip.
        found.format.name = "lmdb".to_owned();
        let from = priced_by(&found, &cost(), "here");
        assert!(from.cost_model.is_ok() && from.notes[0].starts_with("the file is lmdb"), "{:?}", from.notes);
        assert!(no_cost_model(&found).cost_model.unwrap_err().contains("--measure"));
    }

    #[test]
    fn a_measurement_is_as_large_as_the_file_the_memory_and_the_time_allow() {
        let found = fixtures::inspection();
        let here = Path::new(".");
        let plan = measurement(&found, here, None).unwrap();
        assert_eq!((plan.file_bytes, &*plan.write_sizes, plan.budget_ns), (16 << 20, &[4096, 1 << 20][..], BUDGET_NS));
        assert!(plan.levels.last().is_some_and(|most| (16..=300).contains(most)), "{:?}", plan.levels);
        let poor = measurement(&found, here, Some(1)).unwrap();
        assert_eq!(poor.levels.last(), Some(&16), "the caller refuses it");
        let mut small = found;
        (small.file.bytes, small.processes) = (20_000, Vec::new());
        let plan = measurement(&small, here, None).unwrap();
        assert_eq!((plan.file_bytes, plan.levels.last()), (256 << 10, Some(&16)));
    }
}
