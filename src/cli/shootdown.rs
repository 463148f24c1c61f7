//! `mapstorm shootdown`: what TLB shootdowns cost on this machine, the one that causes them and those that are interrupted.
//! The first Ctrl-C ends the measurement and keeps what there is.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, Outcome};
use super::live::Live;
use super::steps::{Wanted, check_place, command, suffices};
use super::{Kept, is_directory, no_such};
use crate::experiment::{Cpus, ShootdownWish, measure_shootdown_costs};
use crate::results::{MapperKind, Placement};
use crate::scenario::units::parse_duration;
use crate::workload::shootdown::{SHOOTDOWNS, ShootdownMethod};

/// By default: one, a few, at and just above where Linux on x86 drops all translations at once, and many.
const PAGES: [u32; 6] = [1, 8, 32, 33, 64, 512];
const MOST_PAGES: i64 = 1 << 16;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm shootdown                                                                 all operations, one minute
  mapstorm shootdown --method munmap,fdatasync --budget 20s --json                   two of them, as JSON
  mapstorm shootdown --as threads --pages 1,64 --out results/this-machine-shootdown  threads alone; kept there")]
pub struct ShootdownArguments {
    /// Time for all of it; one that four rounds do not fit in is refused
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    budget: u64,
    /// Operations, separated by commas; the control is measured always [default: all; --list shows them]
    #[arg(long = "method", value_name = "NAMES", value_delimiter = ',', value_parser = method)]
    methods: Vec<&'static ShootdownMethod>,
    /// Pages that one operation takes away [default: 1,8,32,33,64,512]
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=MOST_PAGES))]
    pages: Vec<u32>,
    /// Numbers of responders, each on a CPU of its own [default: 1, 2, 4 … and all CPUs but the initiator's]
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=4096))]
    responders: Vec<u32>,
    /// Where single responders are tried, seen from the initiator [default: wherever there are CPUs]
    #[arg(long, value_enum, value_delimiter = ',')]
    placement: Vec<Placement>,
    /// What responders are: threads of the initiator's process, or processes that map the same file [default: both]
    #[arg(long = "as", value_enum, value_delimiter = ',')]
    kinds: Vec<MapperKind>,
    /// Where the file is made whose pages are taken away
    #[arg(long = "dir", value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// Seed of all orders
    #[arg(long, default_value_t = 2007)]
    seed: u64,
    /// The result directory to make [default: results/shootdown-HOST-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// List the operations, and do nothing
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    kept: Kept,
}

fn method(name: &str) -> Result<&'static ShootdownMethod, String> {
    let names = || SHOOTDOWNS.iter().map(|method| method.name).collect::<Vec<_>>();
    ShootdownMethod::named(name).ok_or_else(|| no_such("operation", name, &names()))
}

pub fn run(arguments: &ShootdownArguments) -> Outcome {
    if arguments.list {
        let line = |method: &ShootdownMethod| format!("{:<14} {}\n", method.name, method.about);
        super::print(&SHOOTDOWNS.iter().map(line).collect::<String>())?;
        return Ok(());
    }
    let (wish, cpus) = (arguments.wish(), Cpus::of_this_machine());
    check(arguments, &wish, &cpus)?;
    let wanted = Wanted::of(arguments.out.as_deref(), "shootdown");
    check_place(wanted.path(), "--out")?;
    let (directory, interrupted) = wanted.claim([&arguments.directory])?;
    let measured = Live::new().during(|live| {
        measure_shootdown_costs(&wish, &command(), &interrupted, &mut |progress| live.show_shootdown(&progress))
    });
    let mut found = measured?.ok_or_else(|| Failure::interrupted_before("anything was measured"))?;
    let directory = directory.keep(&mut found, Vec::new(), []);
    arguments.kept.show(&found, &directory, Failure::unless_complete(found.complete))
}

impl ShootdownArguments {
    fn wish(&self) -> ShootdownWish {
        let is_wanted = |method: &&ShootdownMethod| {
            let is_named = self.methods.iter().any(|wanted| wanted.name == method.name);
            self.methods.is_empty() || is_named || method.name == crate::workload::shootdown::CONTROL
        };
        let mut pages = if self.pages.is_empty() { PAGES.to_vec() } else { self.pages.clone() };
        pages.sort_unstable();
        pages.dedup();
        let kinds = [MapperKind::Threads, MapperKind::Processes];
        ShootdownWish {
            directory: self.directory.clone(),
            methods: SHOOTDOWNS.iter().filter(is_wanted).collect(),
            pages,
            responders: self.responders.clone(),
            placements: self.placement.clone(),
            kinds: kinds.into_iter().filter(|kind| self.kinds.is_empty() || self.kinds.contains(kind)).collect(),
            budget_ns: self.budget,
            seed: self.seed,
        }
    }
}

/// What clap cannot check; what is wrong, and what would be right.
fn check(arguments: &ShootdownArguments, wish: &ShootdownWish, cpus: &Cpus) -> Result<(), String> {
    is_directory("--dir", &wish.directory)?;
    let most = cpus.others.len() as u32;
    if let Some(count) = arguments.responders.iter().find(|count| **count > most) {
        return Err(format!(
            "--responders {count}: this process may use {most} CPUs besides the initiator's, and each responder needs its own"
        ));
    }
    for placement in &wish.placements {
        if cpus.others.iter().all(|other| other.placement != *placement) {
            let mut there: Vec<&str> = cpus.others.iter().map(|other| other.placement.in_words()).collect();
            there.sort_unstable();
            there.dedup();
            let there =
                if there.is_empty() { "there is none".to_owned() } else { format!("they are {}", there.join(", ")) };
            return Err(format!("--placement: no CPU besides the initiator's is {}; {there}", placement.in_words()));
        }
    }
    suffices(arguments.budget, wish.least_ns(cpus), "four rounds", "--method, --pages, --as")
}
