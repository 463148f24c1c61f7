//! Made-up results of cost experiments for the tests of charts.
//! Made by hand, so that every interval is what a test needs it to be.

use std::path::PathBuf;

use crate::{
    mailboxes::Format,
    results::{
        Availability, Cost, CostLevel, CostOutcome, CostPlan, CostRow, FORMAT_VERSION, MapperKind, Measurement,
        fixtures,
    },
    scenario::{
        MapMode::{self, ReadOnly, ReadWrite},
        ReadPattern,
    },
    stats::{CostModel, Curvature, CurvatureVerdict, Estimate},
};

const LEVELS: [u32; 4] = [0, 100, 200, 400];

fn around(value: f64, half: f64) -> Estimate {
    Estimate { value, low: value - half, high: value + half }
}

/// A measured law: base and slope, each with half the length of its interval.
pub fn measured(base: (f64, f64), slope: (f64, f64)) -> CostOutcome {
    let level = |mappers: u32| CostLevel {
        mappers,
        updates: 10,
        median_ns: (base.0 + slope.0 * f64::from(mappers)).max(20.0),
        apart_ns: (base.0 + slope.0 * f64::from(mappers)).max(20.0),
        least_ns: 1,
        most_ns: 1 << 30,
        writer_faults_per_update: Some(0.0),
        tlb_interrupts_per_update: None,
    };
    let cost_model = CostModel {
        base_ns: around(base.0, base.1),
        per_mapper_ns: around(slope.0, slope.1),
        curvature: Curvature { share: None, verdict: CurvatureVerdict::Straight },
        rounds: 7,
        levels: 4,
        most_mappers: 400,
    };
    CostOutcome::Measured(Box::new(Measurement {
        cost_model,
        apart: cost_model,
        flat: (slope.0.abs() + slope.1) * 400.0 < base.0 / 20.0,
        precise: true,
        levels: LEVELS.map(level).to_vec(),
        pages_per_mapper: Availability::Value(1.0),
        mapper_faults_per_update: Availability::Value(0.0),
    }))
}

pub fn row(method: &str, mode: MapMode, write_size: u64, outcome: CostOutcome) -> CostRow {
    CostRow {
        method: method.to_owned(),
        emulated: ["demap", "stop-mappers"].contains(&method),
        mode,
        write_size,
        folio_bytes: Availability::Value(write_size),
        directory: PathBuf::from("/srv/mail/spool/imap/a & b"),
        file_system: Availability::Value("ext4".to_owned()),
        outcome,
    }
}

pub fn cost(rows: Vec<CostRow>) -> Cost {
    Cost {
        format_version: FORMAT_VERSION,
        mapstorm_version: "0".to_owned(),
        command: Vec::new(),
        started: String::new(),
        environment: fixtures::run(&fixtures::outcome()).environment,
        plan: CostPlan {
            mappers: MapperKind::Processes,
            levels: LEVELS.to_vec(),
            read_pattern: ReadPattern::Asleep,
            reads_per_s: 0.0,
            visited_cpus: false,
            format: Format::Twoskip,
            file_bytes: 4 << 20,
            budget_ns: 1,
            stop_time_ns: [0.0; 2],
            stop_time_of: String::new(),
            seed: 1,
        },
        ready_ns: 1,
        measured_ns: 1,
        rounds: 7,
        complete: true,
        incomplete_because: Vec::new(),
        lost_mappers: Vec::new(),
        asking: None,
        rows,
    }
}

pub fn usual() -> Vec<CostRow> {
    let commit = |mode, size: u64, slope| row("commit", mode, size, measured((3e5, 2e4), (slope, slope / 10.0)));
    vec![
        commit(ReadOnly, 4096, 60.0),
        commit(ReadOnly, 1 << 20, 70.0),
        commit(ReadWrite, 4096, 1000.0),
        commit(ReadWrite, 65536, 2500.0),
        commit(ReadWrite, 1 << 20, 24000.0),
        row("pwrite", ReadWrite, 1 << 20, measured((2300.0, 90.0), (0.0, 0.125))),
        row("punch", ReadWrite, 1 << 20, CostOutcome::Unsupported("no holes here".to_owned())),
        row("demap", ReadWrite, 1 << 20, measured((2e5, 1e4), (29000.0, 800.0))),
    ]
}
