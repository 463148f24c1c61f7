//! Shootdowns on purpose: what an operation costs its initiator, and what it costs the CPUs that it interrupts. All conditions come in random
//! order, round by round, so that a drift of the machine falls on all of them.

mod plan;
mod tally;

use std::fs::OpenOptions;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use anyhow::Context;
use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cost::{Plan, least_ns, measure_cost, spread};
use crate::driver::{ShootdownOrder, ShootdownTeam, measure_shootdowns};
use crate::mailboxes::Format;
use crate::os::clock::now_ns;
use crate::results::{
    CommitModel, Environment, FORMAT_VERSION, MAPSTORM_VERSION, MapperKind, Provenance, Shootdown, Unfinished, utc,
};
use crate::workload::update::Method;
use plan::{Condition, LEAST_ROUNDS, OPERATIONS, Team};
use tally::Tally;

pub use plan::{Cpus, ShootdownWish};

const FILES: &str = "mapstorm-shootdown";
/// Interrupts are counted in every so many-th round, whose times are not used: reading the counters takes time too.
const COUNTING: u32 = 4;
/// The walk is measured in this share of the time.
const WALK: u64 = 5;
/// With so many mappers of a file of so many bytes, by an update that is one sync.
const WALK_MAPPERS: u32 = 1000;
const WALK_BYTES: u64 = 4 << 20;
const WALK_METHOD: &str = "pwrite+fdatasync";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShootdownProgress {
    /// Since it began, of the time there is for it, nanoseconds.
    pub elapsed_ns: u64,
    pub of_ns: u64,
    /// Rounds that are over.
    pub rounds: u32,
}

/// Carries the experiment out. `None`: interrupted before a round was over.
pub fn measure(
    wish: &ShootdownWish,
    command: &[String],
    interrupted: &AtomicBool,
    on_step: &mut dyn FnMut(ShootdownProgress),
) -> anyhow::Result<Option<Shootdown>> {
    let (started, began) = (jiff::Timestamp::now(), now_ns());
    let place = Unfinished::claim_next(&wish.directory.join(FILES))?;
    let path = place.path().join("file");
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    let file = file.with_context(|| path.display().to_string())?;
    file.set_len(wish.file_bytes()).with_context(|| path.display().to_string())?;
    let environment = Environment::probe(place.path(), &[]);
    let cpus = Cpus::of_this_machine();
    let teams = wish.teams(&cpus);
    let mut tallies: Vec<Vec<Tally>> =
        teams.iter().map(|team| team.conditions.iter().map(|_| Tally::default()).collect()).collect();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(wish.seed);
    let end_ns = began + wish.budget_ns - wish.budget_ns / WALK;
    let (mut rounds, mut failed) = (0, None);
    while failed.is_none() && !interrupted.load(Relaxed) && (now_ns() < end_ns || rounds < LEAST_ROUNDS) {
        on_step(ShootdownProgress { elapsed_ns: now_ns() - began, of_ns: wish.budget_ns, rounds });
        let counts = rounds % COUNTING == 1;
        let mut turns: Vec<usize> = (0..teams.len()).collect();
        turns.shuffle(&mut random);
        let mut turn =
            |number: usize| measure_team(&teams[number], &file, &mut tallies[number], (rounds, counts), &mut random);
        match turns.into_iter().try_for_each(&mut turn) {
            Ok(()) => rounds += 1,
            Err(error) if rounds == 0 => return Err(error),
            // What was measured until then is kept.
            Err(error) => failed = Some(format!("{error:#}")),
        }
    }
    if rounds == 0 {
        return Ok(None);
    }
    let walk = match interrupted.load(Relaxed) {
        true => Err("interrupted before it was measured".to_owned()),
        false => walk(wish, interrupted),
    };
    let interrupted = interrupted.load(Relaxed).then(|| "interrupted".to_owned());
    let incomplete_because: Vec<String> = interrupted.into_iter().chain(failed).collect();
    Ok(Some(Shootdown {
        format_version: FORMAT_VERSION,
        mapstorm_version: MAPSTORM_VERSION.to_owned(),
        command: command.to_vec(),
        started: utc(started),
        rows: tally::rows(&teams, &tallies, Provenance::of_run(environment.is_emulated())),
        environment,
        plan: wish.facts(&cpus),
        measured_ns: now_ns() - began,
        rounds,
        complete: incomplete_because.is_empty(),
        incomplete_because,
        models: tally::models(&teams, &tallies, &cpus),
        walk: walk.into(),
    }))
}

/// A round of one team: each condition once, in random order.
fn measure_team(
    team: &Team,
    file: &std::fs::File,
    tallies: &mut [Tally],
    (round, counts): (u32, bool),
    random: &mut Xoshiro256PlusPlus,
) -> anyhow::Result<()> {
    let mut turns: Vec<usize> = (0..team.conditions.len()).filter(|&place| tallies[place].exists()).collect();
    turns.shuffle(random);
    let order = |&place: &usize| {
        let Condition { method, pages, responders, state } = team.conditions[place];
        let (pages, responders) = (pages as usize, responders as usize);
        ShootdownOrder { method, pages, responders, state, operations: OPERATIONS, counts_interrupts: counts }
    };
    let orders: Vec<ShootdownOrder> = turns.iter().map(order).collect();
    let who = ShootdownTeam { is_threads: team.kind == MapperKind::Threads, cpus: &team.cpus, file: Some(file) };
    for (place, block) in turns.into_iter().zip(measure_shootdowns(&who, &orders)?) {
        tallies[place].add(round, counts, block);
    }
    Ok(())
}

/// What a sync costs for each process that maps the file read-write, asleep.
fn walk(wish: &ShootdownWish, interrupted: &AtomicBool) -> Result<CommitModel, String> {
    let methods = vec![Method::named(WALK_METHOD).ok_or("there is no such update method")?];
    let mut plan = Plan {
        levels: spread(WALK_MAPPERS),
        file_bytes: WALK_BYTES,
        measuring_ns: wish.budget_ns / (2 * WALK),
        ..Plan::asleep(&wish.directory, methods, vec![Format::Flat], wish.budget_ns / WALK, wish.seed)?
    };
    plan.budget_ns = plan.budget_ns.max(least_ns(&plan));
    let measured = measure_cost(&plan, &[], interrupted, &mut |_| ()).map_err(|error| format!("{error:#}"))?;
    let cost = measured.ok_or("interrupted before it was measured")?.cost;
    let row = cost.rows.first().ok_or("nothing was measured")?;
    let found = row.measured().ok_or("the time did not suffice: give a larger --budget")?;
    let place = crate::conclude::cost::heading(row);
    Ok(CommitModel::measured(found, format!("{WALK_METHOD}, {place}, mapped read-write by processes that sleep")))
}
