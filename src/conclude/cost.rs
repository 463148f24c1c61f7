//! What may be said of the cost of an update: in a sentence for each condition, in a few words for a table, and what limits it.
//! What is emulated, imprecise or unsupported is marked where it stands.

use crate::{
    conclude::{
        in_order::unique,
        wording::{incomplete, known},
    },
    results::{Cost, CostOutcome, CostRow, MapperKind, Measurement, cpus_in_short},
    scenario::{
        MapMode, ReadPattern,
        units::{format_bytes, format_duration_ns, short_ns},
    },
    stats::{CostModel, CurvatureVerdict},
};

mod together;

impl Cost {
    /// What one update of the first method costs, under each of the conditions: a sentence for each. Then the commits in walks of folios, and
    /// file systems against each other.
    pub fn answers(&self) -> Vec<String> {
        let first = self.first_method();
        let of_first = self.rows.iter().filter(|row| row.method == first).map(|row| sentence(row, self.plan.mappers));
        of_first.chain(self.walks()).chain(self.file_systems()).collect()
    }

    pub fn conditions(&self) -> String {
        let (machine, plan) = (&self.environment, &self.plan);
        let most = plan.levels.last().copied().unwrap_or(0);
        let (mappers, often) = match plan.mappers {
            MapperKind::Processes => ("processes", format!("{} times a second together", plan.reads_per_s)),
            MapperKind::Threads => ("threads of one process", "without a pause".to_owned()),
        };
        let read_pattern = match plan.read_pattern {
            ReadPattern::Asleep => "asleep".to_owned(),
            ReadPattern::Touch => format!("reading the page {often}"),
            ReadPattern::Scan => format!("reading the whole file {often}"),
        };
        format!(
            "{} {} {}, {}; up to {most} {mappers} map a {} file of {}{}, {read_pattern}{}",
            machine.system,
            machine.kernel,
            machine.architecture,
            cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota),
            plan.format.name(),
            format_bytes(plan.file_bytes),
            plan.source.as_ref().map_or_else(String::new, |source| format!(" (a copy of {})", source.display())),
            if plan.visited_cpus { ", after running on every CPU" } else { "" },
        )
    }

    pub fn extent(&self) -> String {
        format!(
            "ready in {}; {} rounds in {}{}",
            format_duration_ns(self.ready_ns),
            self.rounds,
            format_duration_ns(self.measured_ns),
            incomplete(self.complete)
        )
    }

    /// What a reader of the cost models must know first; `None`: nothing went wrong.
    pub fn warning(&self) -> Option<String> {
        let lost =
            (!self.lost_mappers.is_empty()).then(|| format!("mappers were lost: {}", self.lost_mappers.join(", ")));
        let reasons: Vec<String> = lost.into_iter().chain(self.incomplete_because.iter().cloned()).collect();
        (!reasons.is_empty()).then(|| format!("the result is incomplete: {}", reasons.join("; ")))
    }

    fn first_method(&self) -> &str {
        self.rows.first().map_or("", |row| &row.method)
    }

    pub(crate) fn groups(&self) -> Vec<(&std::path::PathBuf, MapMode)> {
        unique(self.rows.iter().map(|row| (&row.directory, row.mode)))
    }

    /// What the marks in the tables mean, as far as they occur.
    pub fn notes(&self) -> Vec<String> {
        let measured: Vec<_> = self.rows.iter().filter_map(CostRow::measured).collect();
        let mut notes = Vec::new();
        let mut note = |text: &str| notes.push(text.to_owned());
        if measured.iter().any(|found| found.flat) {
            note("flat: with the most mappers they add less than 5 % of the base, interval and all.");
        }
        if measured.iter().any(|found| !found.flat && !found.precise) {
            note(
                "~: known to no better than ± 5 % by this experiment alone (`at most`: the interval includes 0); a larger --budget helps.",
            );
        }
        if measured.iter().any(|found| found.bends()) {
            note("!: not a straight line; the slope is a mean. See the levels in cost.json.");
        }
        if let Some(asking) = self.asking {
            note(&format!(
                "remap and replace end when every mapper has done its part; waking them and hearing from them is {} for each of it.",
                short_ns(asking.per_mapper_ns.value)
            ));
        }
        note("Intervals are 95 % prediction intervals. `emulated` is no property of this system.");
        notes
    }

    /// What has no cost model, and why: each reason once, at most so many.
    pub fn missing(&self, most: usize) -> Vec<String> {
        let of_row = |row: &CostRow| {
            let (what, why) = match &row.outcome {
                CostOutcome::Measured(_) => return None,
                CostOutcome::Unsupported(why) => ("unsupported", why),
                CostOutcome::Unfinished(why) => ("unfinished", why),
            };
            Some(format!("{} on {} is {what}: {why}", row.method, known(&row.file_system, Clone::clone)))
        };
        let mut reasons = unique(self.rows.iter().filter_map(of_row));
        let more = reasons.len().saturating_sub(most);
        reasons.truncate(most);
        if more > 0 {
            reasons.push(format!("… and {more} more: see cost.json"));
        }
        reasons
    }
}

impl Measurement {
    /// The marks that stand behind its slope: `~` imprecise, `!` no straight line.
    pub fn marks(&self) -> String {
        let marks = [(!self.precise, "~"), (self.bends(), "!")];
        marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect()
    }

    pub fn bends(&self) -> bool {
        !self.flat && matches!(self.cost_model.curvature.verdict, CurvatureVerdict::Upward | CurvatureVerdict::Downward)
    }
}

/// How a file was made: the size of its writes, and of the folios that they made where that is known.
pub fn heading(row: &CostRow) -> String {
    let written = format_bytes(row.write_size);
    match row.folio_bytes.value() {
        Some(bytes) if *bytes == row.write_size => format!("writes and folios of {written}"),
        Some(bytes) => format!("writes of {written}, folios of {}", format_bytes(*bytes)),
        None => format!("writes of {written}"),
    }
}

pub(crate) fn entry(row: &CostRow) -> String {
    let found = match &row.outcome {
        CostOutcome::Measured(found) => found,
        CostOutcome::Unsupported(_) => return "unsupported".to_owned(),
        CostOutcome::Unfinished(_) => return "unfinished".to_owned(),
    };
    let base = short_ns(found.cost_model.base_ns.value);
    if found.flat {
        return format!("{base}, flat");
    }
    let slope = found.slope();
    let marks = found.marks();
    if slope.contains(0.0) {
        return format!("{base} + at most {}{marks}", short_ns(slope.high));
    }
    format!("{base} {} ±{:.0} %{marks}", added(slope.value), slope.relative() * 100.0)
}

pub fn sentence(row: &CostRow, mappers: MapperKind) -> String {
    let (mapper, many) = match mappers {
        MapperKind::Processes => ("process", "processes"),
        MapperKind::Threads => ("thread", "threads"),
    };
    let mode = row.mode.in_words();
    let place = format!("{}, {}", known(&row.file_system, Clone::clone), heading(row));
    let what = format!("One {}{}", row.method, if row.emulated { " (emulated)" } else { "" });
    let found = match &row.outcome {
        CostOutcome::Measured(found) => found,
        CostOutcome::Unsupported(why) => return format!("{what} is unsupported on {place}: {why}."),
        CostOutcome::Unfinished(why) => return format!("{what} was not measured on {place}: {why}."),
    };
    let base = short_ns(found.cost_model.base_ns.value);
    let alone = format!("{place}; after other work {}", cost_model(&found.apart));
    let slope = found.slope();
    if found.flat {
        format!("{what} costs {base} however many {many} map the file {mode} ({alone}).")
    } else if slope.contains(0.0) {
        let most = short_ns(slope.high);
        format!("{what} costs {base} + at most {most} for each {mapper} that maps the file {mode} ({alone}).")
    } else {
        let (added, precision) = (added(slope.value), 100.0 * slope.relative());
        format!("{what} costs {base} {added} for each {mapper} that maps the file {mode} (±{precision:.0} %; {alone}).")
    }
}

fn cost_model(cost_model: &CostModel) -> String {
    let (base, slope) = (short_ns(cost_model.base_ns.value), cost_model.per_mapper_ns);
    if slope.contains(0.0) { base } else { format!("{base} {}", added(slope.value)) }
}

/// A slope behind its base: with its sign.
fn added(ns: f64) -> String {
    format!("{} {}", if ns < 0.0 { "-" } else { "+" }, short_ns(ns.abs()))
}
