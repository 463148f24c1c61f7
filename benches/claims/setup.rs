//! How large, how often, and which groups: from the command line.
//! Cargo adds `--bench`; it is accepted and means nothing.

use anyhow::{Context, bail, ensure};
use mapstorm::internals::scenario::Scenario;

/// What all groups need to know.
pub struct Setup {
    /// Worker processes.
    pub workers: u32,
    /// How often each pair is measured.
    pub pairs: usize,
    groups: Vec<String>,
}

impl Setup {
    pub fn from_arguments<const N: usize>(known: [&str; N]) -> anyhow::Result<Setup> {
        let mut setup = Setup { workers: 6000, pairs: 5, groups: Vec::new() };
        let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next().and_then(|n| n.parse().ok()).with_context(|| format!("{argument} N"));
            match argument.as_str() {
                "--workers" => setup.workers = number()?,
                "--pairs" => setup.pairs = number()? as usize,
                group if known.contains(&group) => setup.groups.push(argument),
                _ => bail!("{argument}: groups are {known:?}; options are --workers N and --pairs N"),
            }
        }
        ensure!(setup.workers > 0 && setup.pairs > 0, "--workers and --pairs are at least 1");
        Ok(setup)
    }

    pub fn wants(&self, group: &str) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|wanted| wanted == group)
    }

    pub fn describe(&self) -> String {
        let cpus = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        format!("{} workers, {} pairs, {cpus} CPUs; each figure: median (least – most)", self.workers, self.pairs)
    }

    /// 150 MB of twoskip, this many readers that are hardly ever due (once in ten hours), nobody who writes; `more` is further TOML lines.
    pub fn idle_workers(&self, readers: &str, warm_up: &str, duration: &str) -> anyhow::Result<Scenario> {
        let text = format!(
            "name = \"bench\"\n[file]\nformat = \"twoskip\"\nsize = \"150MB\"\n[readers]\ncount = {}\nrate = \"0.1/h\"\n\
             {readers}\n[writer]\ncount = 0\n[run]\ncontrol = \"0ms\"\nwarm-up = \"{warm_up}\"\nduration = \"{duration}\"\n",
            self.workers
        );
        Scenario::parse("bench.toml", &text, &[]).map_err(|errors| anyhow::anyhow!("{errors}"))
    }
}
