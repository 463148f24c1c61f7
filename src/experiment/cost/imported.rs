//! Lines that `scripts/probe/probe.c` printed on another machine, made into a result as if mapstorm had measured them there. Each line is a word and
//! its values; `block ROUND METHOD MAPPERS NANOSECONDS…` has the times of consecutive updates, of which the last found the caches full of
//! something else. The last line is `end ROUNDS`.

use std::path::Path;

use anyhow::{Context, anyhow, bail};

use super::{Measured, series::Series};
use crate::mailboxes::Format;
use crate::results::{
    Cost, CostPlan, CostRow, Environment, FORMAT_VERSION, MAPSTORM_VERSION, MachineNames, MapperKind, UNREPORTED,
};
use crate::scenario::{MapMode, ReadPattern};
use crate::workload::update::{Block, Method};

/// The version of the lines.
const VERSION: &str = "1";

/// The longest budget, seconds, and the longest update, nanoseconds.
const LONGEST_S: u64 = 86_400;
const LONGEST_NS: u64 = LONGEST_S * 1_000_000_000;

/// What the lines say.
#[derive(Default)]
struct Lines {
    names: MachineNames,
    started: String,
    directory: String,
    cpus: u64,
    page_bytes: u64,
    file_bytes: u64,
    write_bytes: u64,
    budget_s: u64,
    blocks: Vec<Line>,
    has_end: bool,
}

struct Line {
    round: u32,
    method: &'static Method,
    mappers: u32,
    times: Vec<u64>,
}

/// Reads the lines in a file. `command`: as it was typed.
///
/// # Errors
/// The file cannot be read or holds something else: with its name, the line, and what is wrong there.
pub fn import(path: &Path, command: &[String]) -> Result<Measured, String> {
    let at = |why: String| format!("{}: {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| at(error.to_string()))?;
    let lines = Lines::parse(&text).map_err(|error| at(format!("{error:#}")))?;
    Ok(lines.measured(path, command))
}

impl Lines {
    fn parse(text: &str) -> anyhow::Result<Lines> {
        let mut lines = Lines::default();
        if text.lines().next() != Some(&format!("probe {VERSION}")) {
            bail!("line 1: must be `probe {VERSION}`: not what scripts/probe/probe.c of this version prints");
        }
        for (place, line) in text.lines().enumerate().skip(1) {
            lines.add(line).with_context(|| format!("line {}", place + 1))?;
        }
        let known = [
            ("system", !lines.names.system.is_empty()),
            ("machine", !lines.names.host.is_empty()),
            ("started", !lines.started.is_empty()),
            ("cpus", lines.cpus > 0),
            ("page_bytes", lines.page_bytes > 0),
            ("file_bytes", lines.file_bytes > 0),
            ("write_bytes", lines.write_bytes > 0),
            ("block", !lines.blocks.is_empty()),
        ];
        match known.iter().find(|(_, is_known)| !is_known) {
            Some((word, _)) => Err(anyhow!("there is no line `{word}`: it was cut short")),
            None => Ok(lines),
        }
    }

    fn add(&mut self, line: &str) -> anyhow::Result<()> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let number = |most: u64| {
            let number = rest.parse().ok().filter(|number| *number <= most);
            number.ok_or_else(|| anyhow!("`{word} {rest}`: must be a whole number up to {most}"))
        };
        match word {
            "system" => {
                let parts: Vec<&str> = rest.split(' ').collect();
                let [system, kernel @ .., architecture] = &parts[..] else {
                    bail!("`{line}`: must be the system, its release and the architecture");
                };
                (self.names.system, self.names.kernel) = ((*system).to_owned(), kernel.join(" "));
                self.names.architecture = (*architecture).to_owned();
            }
            "machine" => rest.clone_into(&mut self.names.host),
            "started" => rest.parse::<jiff::Timestamp>().map(|_| rest.clone_into(&mut self.started))?,
            "directory" => rest.clone_into(&mut self.directory),
            "cpus" => self.cpus = number(1 << 20)?,
            "page_bytes" => self.page_bytes = number(1 << 30)?,
            "file_bytes" => self.file_bytes = number(1 << 44)?,
            "write_bytes" => self.write_bytes = number(1 << 44)?,
            "seconds" => self.budget_s = number(LONGEST_S)?,
            "block" => self.blocks.push(Line::parse(rest)?),
            "end" => self.has_end = true,
            _ => bail!("`{word}`: no such word"),
        }
        Ok(())
    }

    fn measured(self, path: &Path, command: &[String]) -> Measured {
        let mut levels: Vec<u32> = self.blocks.iter().map(|block| block.mappers).collect();
        levels.sort_unstable();
        levels.dedup();
        let mut all: Vec<(&Method, Series)> = Vec::new();
        for line in &self.blocks {
            let place = all.iter().position(|(method, _)| method.name == line.method.name).unwrap_or_else(|| {
                all.push((line.method, Series::new(levels.len())));
                all.len() - 1
            });
            let level = levels.binary_search(&line.mappers).unwrap_or_default();
            let block = Block { times: line.times.clone(), spent_ns: line.times.iter().sum(), ..Block::default() };
            all[place].1.add(line.round, level, line.mappers, &block);
        }
        let rows = all.iter().map(|(method, series)| CostRow {
            method: method.name.to_owned(),
            emulated: false,
            format: None,
            mode: MapMode::ReadWrite,
            write_size: self.write_bytes,
            folio_bytes: Err(UNREPORTED.to_owned()).into(),
            directory: self.directory.clone().into(),
            file_system: Err(UNREPORTED.to_owned()).into(),
            outcome: series.outcome(method, &levels, Err(UNREPORTED.to_owned()), Some(UNREPORTED)),
        });
        let rows: Vec<CostRow> = rows.collect();
        let cut_short = (!self.has_end).then(|| "the last line is missing: the probe was interrupted".to_owned());
        let cost = Cost {
            format_version: FORMAT_VERSION,
            mapstorm_version: MAPSTORM_VERSION.to_owned(),
            command: command.to_vec(),
            started: self.started,
            environment: Environment::reported(self.names, self.cpus, self.page_bytes),
            imported_from: Some(path.to_owned()),
            plan: CostPlan {
                mappers: MapperKind::Processes,
                levels,
                read_pattern: ReadPattern::Asleep,
                reads_per_s: 0.0,
                visited_cpus: false,
                source: None,
                format: Format::Flat,
                file_bytes: self.file_bytes,
                budget_ns: self.budget_s * 1_000_000_000,
                stop_time_ns: [0.0; 2],
                stop_time_of: "none".to_owned(),
                seed: 0,
            },
            ready_ns: 0,
            measured_ns: self.blocks.iter().flat_map(|block| &block.times).sum(),
            rounds: self.blocks.iter().map(|block| block.round + 1).max().unwrap_or(0),
            complete: cut_short.is_none(),
            incomplete_because: cut_short.into_iter().collect(),
            lost_mappers: Vec::new(),
            asking: None,
            rows,
        };
        let blocks = all.iter().enumerate().flat_map(|(row, (_, series))| series.blocks(row)).collect();
        Measured { cost, blocks }
    }
}

impl Line {
    fn parse(text: &str) -> anyhow::Result<Line> {
        let words: Vec<&str> = text.split(' ').collect();
        let [round, method, mappers, times @ ..] = &words[..] else {
            bail!("`{text}`: must be a round, a method, mappers, and times");
        };
        let time = |word: &&str| {
            let time = word.parse().ok().filter(|ns| *ns <= LONGEST_NS);
            time.ok_or_else(|| anyhow!("`{word}`: must be a time in whole nanoseconds, up to a day"))
        };
        let times: Vec<u64> = times.iter().map(time).collect::<anyhow::Result<_>>()?;
        if times.is_empty() || times.contains(&0) {
            bail!("an update takes some time: there must be one time or more, none of them 0");
        }
        let number = |word: &str, most: u32, what: &str| {
            let number = word.parse().ok().filter(|number: &u32| *number <= most);
            number.ok_or_else(|| anyhow!("`{word}`: must be {what}, up to {most}"))
        };
        Ok(Line {
            round: number(round, 1_000_000, "a round")?,
            method: Method::named(method)
                .with_context(|| format!("`{method}`: no such update method; `mapstorm cost --list` shows them"))?,
            mappers: number(mappers, 1_000_000, "a number of mappers")?,
            times,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Availability, Provenance};

    /// Five rounds of pwrite+fsync, 100 µs and 2 µs a mapper, of store+msync-sync 50 µs more.
    fn lines() -> String {
        let mut text =
            "probe 1\nsystem SunOS 5.10 sun4v\nmachine t2000\nstarted 2007-09-30T12:00:00Z\ndirectory /var/imap\n\
                        cpus 32\npage_bytes 8192\nfile_bytes 8388608\nwrite_bytes 1048576\nseconds 60\n"
                .to_owned();
        for round in 0..5 {
            for (method, base) in [("pwrite+fsync", 100_000), ("store+msync-sync", 150_000)] {
                for mappers in [0, 250, 500, 1000] {
                    // No two rounds are quite the same.
                    let ns = base + mappers * 2000 + round * 100;
                    text += &format!("block {round} {method} {mappers} {} {ns} {ns} {}\n", 3 * ns, 2 * ns);
                }
            }
        }
        text + "end 5\n"
    }

    fn parsed(text: &str) -> Result<Cost, String> {
        let lines = Lines::parse(text).map_err(|error| format!("{error:#}"))?;
        Ok(lines.measured(Path::new("t2000.probe"), &[]).cost)
    }

    #[test]
    fn lines_become_the_models_that_they_were_made_of() {
        let cost = parsed(&lines()).unwrap();
        assert_eq!(cost.rows.len(), 2);
        for (row, base) in cost.rows.iter().zip([100e3, 150e3]) {
            let found = row.measured().unwrap_or_else(|| panic!("{:?}", row.outcome));
            assert!((found.slope().value - 2000.0).abs() < 20.0, "{:?}", found.slope());
            assert!((found.cost_model.base_ns.value - base).abs() < 0.01 * base);
            assert!((found.apart.per_mapper_ns.value - 4000.0).abs() < 40.0, "the last update of a block is apart");
            assert_eq!(cost.provenance_of(row), Provenance::Elsewhere);
        }
        let machine = &cost.environment;
        assert_eq!([&machine.system, &machine.kernel, &machine.architecture], ["SunOS", "5.10", "sun4v"]);
        assert_eq!(
            (machine.cpus_online.clone(), machine.page_size.clone()),
            (Availability::Value(32), Availability::Value(8192))
        );
        assert_eq!((cost.plan.levels.clone(), cost.rounds, cost.complete), (vec![0, 250, 500, 1000], 5, true));
    }

    #[test]
    fn an_interrupted_probe_is_incomplete_and_other_text_is_refused_with_its_line() {
        let cut = lines().replace("end 5\n", "");
        assert_eq!(parsed(&cut).map(|cost| cost.complete), Ok(false));
        for (from, to, why) in [
            ("probe 1", "probe 2", "line 1: must be `probe 1`"),
            ("cpus 32", "cpus many", "line 6: `cpus many`: must be a whole number"),
            ("cpus 32\n", "", "there is no line `cpus`"),
            ("seconds 60", "seconds 18446744074", "line 10: `seconds 18446744074`: must be a whole number up to 86400"),
            ("block 0 pwrite+fsync 0 ", "block 0 pwrite+fsync 0 18446744073709551615 ", "up to a day"),
            ("seconds", "minutes", "line 10: `minutes`: no such word"),
            ("2007-09-30", "30 September", "line 4: "),
            ("block 0 pwrite+fsync 0 ", "block 0 pwrote 0 ", "line 11: `pwrote`: no such update method"),
            ("block 0 pwrite+fsync 0 ", "block 0 pwrite+fsync -1 ", "line 11: `-1`: must be a number of mappers"),
            ("block 0 pwrite+fsync 0 300000", "block 0 pwrite+fsync 0 0", "none of them 0"),
        ] {
            let found = parsed(&lines().replacen(from, to, 1));
            assert!(found.as_ref().is_err_and(|said| said.contains(why)), "{from} {to}: {found:?}");
        }
    }
}
