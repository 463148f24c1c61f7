//! Sentences and entries of made-up models: what is said agrees with what was measured.

use super::*;
use crate::{
    results::{Availability, CostLevel, fixtures},
    stats::{Observation, fit_in_time, median},
};

/// A row whose levels had these times, in eight rounds, each time with its own share of noise.
fn row(levels: &[(u32, f64)], noise: &[f64]) -> CostRow {
    let mut noise = noise.iter().cycle();
    let mut all = Vec::new();
    for round in 0..8 {
        for (mappers, ns) in levels {
            all.push(Observation { round, mappers: *mappers, ns: ns * (1.0 + noise.next().unwrap_or(&0.0)) });
        }
    }
    let level = |(mappers, _): &(u32, f64)| {
        let median_ns = median(all.iter().filter(|seen| seen.mappers == *mappers).map(|seen| seen.ns));
        CostLevel {
            mappers: *mappers,
            updates: 8,
            median_ns,
            apart_ns: median_ns,
            least_ns: 1,
            most_ns: 2,
            writer_faults_per_update: None,
            tlb_interrupts_per_update: None,
        }
    };
    let cost_model = fit_in_time(&all).unwrap();
    let found = Measurement {
        apart: cost_model.clone(),
        spread: Vec::new(),
        flat: cost_model.adds_nothing(),
        precise: true,
        levels: levels.iter().map(level).collect(),
        sync_walks: None,
        traced_walks: Availability::not_recorded(),
        pages_per_mapper: Availability::Value(1.0),
        mapper_faults_per_update: Availability::Value(0.0),
        cost_model,
    };
    CostRow {
        method: "commit-replace".to_owned(),
        emulated: false,
        format: None,
        mode: MapMode::ReadWrite,
        write_size: 4096,
        folio_bytes: Availability::Value(4096),
        directory: ".".into(),
        file_system: Availability::Value("ext4".to_owned()),
        outcome: CostOutcome::Measured(Box::new(found)),
    }
}

const NOISE: [f64; 7] = [0.02, -0.03, 0.01, -0.01, 0.03, -0.02, 0.0];

fn levels(ns: [f64; 5]) -> Vec<(u32, f64)> {
    [0, 500, 1000, 2000, 4000].into_iter().zip(ns).collect()
}

#[test]
fn a_bent_model_is_said_in_pieces() {
    let commit = row(&levels([0.52e6, 1.37e6, 2.5e6, 13.4e6, 26.2e6]), &[0.0]);
    let text = sentence(&commit, MapperKind::Processes);
    let expected = "One commit-replace costs 520 µs without mappers; 1.7 µs a mapper up to 500, 6.4 µs a mapper from 2000 to 4000 (processes that \
             map the file read-write; ext4, writes and folios of 4 KiB; after other work 520 µs without mappers; ";
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(entry(&commit), "520 µs, 26.2 ms with 4000!");
    let page_out = row(&levels([101e3, 2e3, 2e3, 2e3, 2e3]), &NOISE);
    let text = sentence(&page_out, MapperKind::Processes);
    assert!(text.contains(" without mappers; 1.99 µs with 500, ") && text.contains(" µs with 4000 ("), "{text}");
}

#[test]
fn an_old_result_whose_line_its_medians_refute_is_said_in_their_words() {
    let old = Cost::load(&fixtures::sample("cost-4000-2cpu-linux-6.18")).unwrap();
    let found = |method: &str, size: u64| {
        let wanted = |row: &&CostRow| row.method == method && row.write_size == size && row.mode == MapMode::ReadWrite;
        old.rows.iter().find(wanted).unwrap()
    };
    let commit = sentence(found("commit-replace", 4096), MapperKind::Processes);
    let said = "496 µs without mappers; 1.72 µs a mapper up to 500, 9.32 µs a mapper from 2000 to 4000 (";
    assert!(commit.contains(said), "{commit}");
    let page_out = sentence(found("pageout", 1 << 20), MapperKind::Processes);
    let said = "costs 101 µs without mappers; 1.73 µs with 500, 0.13 ns a mapper from 2000 to 4000 (";
    assert!(page_out.contains(said) && page_out.contains("after other work 167 µs without mappers; "), "{page_out}");
}

#[test]
fn straight_models_keep_their_sentence() {
    let steep = row(&levels([1e6, 3e6, 5e6, 9e6, 17e6]), &NOISE);
    let text = sentence(&steep, MapperKind::Threads);
    let said = " for each thread that maps the file read-write (±";
    assert!(text.starts_with("One commit-replace costs ") && text.contains(said), "{text}");
    assert!(entry(&steep).contains(" + ") && entry(&steep).contains('±'), "{}", entry(&steep));
    let flat = row(&levels([1e6; 5]), &[0.001, -0.001, 0.002]);
    assert!(sentence(&flat, MapperKind::Processes).contains("however many processes"), "{}", entry(&flat));
}

#[test]
fn an_unquiet_machine_is_said() {
    let noise: Vec<f64> = (0..40).map(|block| if block < 20 { 0.0 } else { 0.6 }).collect();
    let text = sentence(&row(&levels([1e6, 3e6, 5e6, 9e6, 17e6]), &noise), MapperKind::Processes);
    assert!(text.contains("too unquiet for a model: the halves of the measurement differ by 4"), "{text}");
}

proptest::proptest! {
    #[test]
    fn no_sentence_says_less_than_nothing(
        times in proptest::array::uniform5(1e3..1e8f64),
        noise in proptest::collection::vec(-0.5..0.5f64, 7),
    ) {
        let row = row(&levels(times), &noise);
        let found = row.measured().unwrap();
        for text in [sentence(&row, MapperKind::Processes), entry(&row)] {
            proptest::prop_assert!(!text.contains("-") || found.slope().high < 0.0 || text.contains("read-write"), "{}", text);
            proptest::prop_assert!(!text.contains("costs -") && !text.contains("+ -") && !text.starts_with('-'), "{}", text);
            let last = found.levels[4];
            let said = found.cost_model.update_ns(4000.0);
            proptest::prop_assert!(!text.contains("at most") || said.high >= last.median_ns * (1.0 - 1e-9), "{}", text);
            proptest::prop_assert!(!text.contains("however many") || said.value < found.levels[0].median_ns * 1.3, "{}", text);
        }
    }
}
