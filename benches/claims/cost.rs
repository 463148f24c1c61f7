//! What `mapstorm cost` says of an update that nobody maps, against a bare loop of the same calls; and whether a slope that is measured
//! twice in a row lies in the interval that it stated the first time.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use anyhow::Context;
use mapstorm::internals::{
    experiment::{CostProgress, Plan, measure_cost, spread},
    mailboxes::Format,
    results::{Cost, CostRow, MapperKind},
    scenario::{MapMode, ReadPattern},
    stats,
    workload::update::{Method, UPDATE_BYTES},
};
use nix::unistd::fdatasync;

use crate::{
    figures::{Figure, Goal, median},
    setup::Setup,
};

/// How long one experiment takes.
const SPAN: Duration = Duration::from_secs(4);
/// Slopes are measured twice so often.
const REPEATS: u64 = 20;
/// With so many mappers: every experiment forks its own.
const MAPPERS: u32 = 1000;

/// One experiment.
fn experiment(
    methods: &[&str],
    write_sizes: &[u64],
    levels: Vec<u32>,
    seed: u64,
    on_step: &mut dyn FnMut(CostProgress),
) -> anyhow::Result<Cost> {
    let methods = methods.iter().map(|name| Method::named(name).context(name.to_string()));
    let plan = Plan {
        directories: vec![PathBuf::from(".")],
        methods: methods.collect::<anyhow::Result<_>>()?,
        full: true,
        modes: vec![MapMode::ReadOnly, MapMode::ReadWrite],
        write_sizes: write_sizes.to_vec(),
        levels,
        read_pattern: ReadPattern::Asleep,
        reads_per_s: 1.0,
        visit_cpus: false,
        mappers: MapperKind::Processes,
        formats: vec![Format::Twoskip],
        source: None,
        records: None,
        file_bytes: 4 << 20,
        budget_ns: SPAN.as_nanos() as u64,
        measuring_ns: 0,
        stop_time: stats::find("t2000").context("preset")?,
        seed,
    };
    let measured = measure_cost(&plan, &[], &AtomicBool::new(false), on_step)?;
    Ok(measured.context("interrupted")?.cost)
}

/// A bare loop of the same calls: 200 bytes at the middle of a file of 4 MiB. In blocks as short as the experiment's, each after other
/// memory was read: a loop that goes on for a second finds the kernel's code and data in the caches, and was faster by a seventh.
struct Bare {
    file: File,
    other_memory: Vec<u64>,
    /// Median of each block, nanoseconds: without a sync, and with one.
    medians: [Vec<f64>; 2],
}

impl Bare {
    /// Blocks at a time, and updates of one; the first of them is not counted.
    const BLOCKS: usize = 8;
    const UPDATES: usize = 4;

    fn new() -> anyhow::Result<Bare> {
        let path = PathBuf::from(format!("bare-{}", std::process::id()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        std::fs::remove_file(&path)?;
        // In pieces, as the experiment's file: on ext4 a write costs more in a larger folio, whoever maps it.
        for piece in 0..4 {
            file.write_all_at(&vec![1; 1 << 20], piece << 20)?;
        }
        file.sync_all()?;
        Ok(Bare { file, other_memory: vec![1; (64 << 20) / size_of::<u64>()], medians: Default::default() })
    }

    /// Some blocks of each kind, in turn.
    fn measure(&mut self) -> anyhow::Result<()> {
        for block in 0..2 * Bare::BLOCKS {
            let words = self.other_memory.iter().step_by(64 / size_of::<u64>());
            std::hint::black_box(words.fold(0u64, |sum, word| sum.wrapping_add(*word)));
            let (syncs, mut times) = (block % 2, Vec::new());
            for update in 0..Bare::UPDATES {
                let bytes = [update as u8; UPDATE_BYTES];
                let start = Instant::now();
                self.file.write_all_at(&bytes, 2 << 20)?;
                if syncs == 1 {
                    fdatasync(&self.file)?;
                }
                times.push(start.elapsed().as_nanos() as f64);
            }
            self.medians[syncs].push(median(&times[1..]));
        }
        Ok(())
    }
}

/// What an experiment saw without mappers, nanoseconds: of both open modes, which are the same then.
fn alone(cost: &Cost, method: &str) -> anyhow::Result<f64> {
    let rows = cost.rows.iter().filter(|row| row.method == method);
    let medians: Vec<f64> = rows.filter_map(|row| Some(row.measured()?.levels.first()?.median_ns)).collect();
    anyhow::ensure!(!medians.is_empty(), "{method} was not measured");
    Ok(median(&medians))
}

pub fn measure(setup: &Setup) -> anyhow::Result<Vec<Figure>> {
    let mut ratios = [Vec::new(), Vec::new()];
    for pair in 0..setup.pairs {
        // Once a second within the experiment, so that a drift of the disk falls on both.
        let (mut bare, mut failed) = (Bare::new()?, None);
        let methods = ["pwrite", "pwrite+fdatasync"];
        let cost = experiment(&methods, &[1 << 20], vec![0, 4], pair as u64, &mut |progress| {
            if matches!(progress, CostProgress::Measuring { .. }) {
                failed = bare.measure().err().or(failed.take());
            }
        })?;
        failed.map_or(Ok(()), Err)?;
        for (place, method) in methods.into_iter().enumerate() {
            ratios[place].push(alone(&cost, method)? / median(&bare.medians[place]));
        }
    }
    let [written, synced] = ratios;
    let ratio = |name: &str, goal, values| Figure { name: name.to_owned(), goal, values, unit: "" };
    Ok(vec![
        ratio("pwrite+fdatasync nobody maps: cost / bare loop", Goal::Within(0.05), synced),
        ratio("pwrite nobody maps: cost / bare loop", Goal::Within(0.03), written),
    ])
}

/// The same slopes, twice in a row, again and again.
pub fn repeat(_: &Setup) -> anyhow::Result<Vec<Figure>> {
    let slopes = |seed| experiment(&["pwrite+fdatasync"], &[4096, 1 << 20], spread(MAPPERS), seed, &mut |_| {});
    let (mut held, mut widths) = (Vec::new(), Vec::new());
    for pair in 0..REPEATS {
        let (first, second) = (slopes(2 * pair)?, slopes(2 * pair + 1)?);
        for (first, second) in first.rows.iter().zip(&second.rows) {
            let (Some(stated), Some(again)) = (first.measured(), second.measured()) else { continue };
            let holds = stated.slope().contains(again.slope().value);
            held.push(f64::from(u8::from(holds)));
            if !holds {
                eprintln!(
                    "missed: {:?}, {} bytes: {:?}, then {:?}",
                    second.mode,
                    second.write_size,
                    stated.slope(),
                    again.slope()
                );
            }
            if is_steep(first) {
                widths.push(100.0 * stated.slope().relative());
            }
        }
    }
    let share = held.iter().sum::<f64>() / held.len() as f64;
    let name = format!("of {} slopes measured twice: the second in the first's interval", held.len());
    Ok(vec![
        Figure { name, goal: Goal::AtLeast(0.95), values: vec![share], unit: "" },
        Figure {
            name: format!("± of the steepest slope, {MAPPERS} mappers, {} s", SPAN.as_secs()),
            goal: Goal::None,
            values: widths,
            unit: "%",
        },
    ])
}

fn is_steep(row: &CostRow) -> bool {
    row.mode == MapMode::ReadWrite && row.write_size == 1 << 20
}
