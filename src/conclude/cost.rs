//! What may be said of the cost of an update: in a sentence for each condition, in a few words for a table, and what limits it.
//! What is emulated, imprecise or unsupported is marked where it stands.

mod engines;
#[cfg(test)]
mod tests;
mod together;

use crate::{
    conclude::{
        in_order::unique,
        wording::{EMULATED_TIME, formats, incomplete, known, lead_of},
    },
    results::{Cost, CostOutcome, CostRow, MapperKind, Measurement, cpus_in_short},
    scenario::{
        MapMode, ReadPattern,
        units::{format_bytes, format_duration_ns, short_ns},
    },
    stats::{CostModel, CostPoint, CurvatureVerdict, Estimate},
};

/// A piece of a bent model that adds at most this share is described by its time.
const LEAST_RISE: f64 = 0.05;
/// A line that is off by less than this share of a median is not refuted by it.
const LEAST_MISFIT: f64 = 0.1;

impl Cost {
    /// What one update of the first method costs, under each of the conditions: a sentence for each. Then the commits in walks of folios, and
    /// formats and file systems against each other.
    pub fn answers(&self) -> Vec<String> {
        self.answers_of(|_| true)
    }

    /// The same, of the smallest and the largest writes alone.
    pub fn main_answers(&self) -> Vec<String> {
        let sizes = || self.rows.iter().map(|row| row.write_size);
        let ends = [sizes().min(), sizes().max()];
        self.answers_of(|row| ends.contains(&Some(row.write_size)))
    }

    fn answers_of(&self, which: impl Fn(&CostRow) -> bool) -> Vec<String> {
        let first = self.rows.first();
        let rows = self.rows.iter().filter(|row| first.is_some_and(|first| row.method == first.method) && which(row));
        let mut sentences: Vec<String> = rows.map(|row| sentence(row, self.plan.mappers)).collect();
        sentences.extend(self.walks());
        sentences.extend(self.engines(which));
        sentences.extend(self.file_systems());
        sentences
    }

    /// What stands before all that is said of it where its times are no real machine's, or are somebody else's.
    pub(crate) fn lead(&self) -> String {
        match &self.imported_from {
            Some(_) => "MEASURED ELSEWHERE, by probe.c: ".to_owned(),
            None => lead_of(&self.environment),
        }
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
        let elsewhere = self.imported_from.as_ref();
        let elsewhere = elsewhere.map_or_else(
            || self.lead(),
            |file| format!("MEASURED ELSEWHERE, by probe.c on {}, imported from {}: ", machine.host, file.display()),
        );
        format!(
            "{elsewhere}{} {} {}, {}; up to {most} {mappers} map a {} of {}{}, {read_pattern}{}",
            machine.system,
            machine.kernel,
            machine.architecture,
            cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota),
            self.file_in_words(),
            format_bytes(plan.file_bytes),
            plan.source.as_ref().map_or_else(String::new, |source| format!(" (a copy of {})", source.display())),
            if plan.visited_cpus { ", after running on every CPU" } else { "" },
        )
    }

    /// Such as `twoskip file`, or `skiplist or twoskip file`.
    pub(crate) fn file_in_words(&self) -> String {
        let all = self.formats();
        let (last, others) = all.split_last().unwrap_or((&self.plan.format, &[]));
        let or = if others.is_empty() { "" } else { " or " };
        format!("{}{or}{} file", formats(others), last.name())
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

    pub(crate) fn groups(&self) -> Vec<(&std::path::PathBuf, MapMode)> {
        unique(self.rows.iter().map(|row| (&row.directory, row.mode)))
    }

    /// What the marks in the tables mean, as far as they occur.
    pub fn notes(&self) -> Vec<String> {
        let any = |is_so: fn(&Measurement) -> bool| self.rows.iter().filter_map(CostRow::measured).any(is_so);
        let marks = [
            (
                any(|found| found.flat),
                "flat: with the most mappers they add less than 5 % of the base, interval and all.",
            ),
            (
                any(|found| !found.flat && !found.precise),
                "~: known to no better than ± 5 % by this experiment alone (`at most`: the interval includes 0); a larger --budget helps.",
            ),
            (
                any(Measurement::bends),
                "!: not a straight line; two times are those without mappers and with the most, and a slope is a mean. See the levels in \
                 cost.json.",
            ),
            (
                any(|found| found.cost_model.is_unquiet()),
                "?: the machine was too unquiet for a model; measure when it has nothing else to do.",
            ),
        ];
        let occurring = marks.into_iter().filter(|(occurs, _)| *occurs);
        let mut notes: Vec<String> = occurring.map(|(_, note)| note.to_owned()).collect();
        notes.extend(self.asking.as_ref().map(|asking| {
            format!(
                "remap and replace end when every mapper has done its part; waking them and hearing from them is {} for each of it.",
                short_ns(asking.per_mapper_ns.value)
            )
        }));
        notes.extend(self.environment.is_emulated().then(|| {
            format!(
                "{EMULATED_TIME}: every instruction is emulated (QEMU without KVM). What was counted holds; times are no real machine's, and \
                 compare only with those of the same emulation."
            )
        }));
        notes.push("Intervals are 95 % prediction intervals. `emulated` is no property of this system.".to_owned());
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
            Some(format!("{} on {} is {what}: {why}", row.update(), known(&row.file_system, Clone::clone)))
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
    /// The marks that stand behind its slope: `~` imprecise, `!` no straight line, `?` an unquiet machine.
    pub fn marks(&self) -> String {
        let marks = [(!self.precise, "~"), (self.bends(), "!"), (self.cost_model.is_unquiet(), "?")];
        marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect()
    }

    /// Whether its model is no straight line, or was kept as one that its own medians refute.
    pub fn bends(&self) -> bool {
        !self.points().is_empty()
    }

    fn points(&self) -> Vec<CostPoint> {
        points(&self.cost_model, self.flat, self.levels.iter().map(|level| (level.mappers, level.median_ns)))
    }

    /// Those of updates after other work.
    fn apart_points(&self) -> Vec<CostPoint> {
        let medians = self.levels.iter().map(|level| (level.mappers, level.apart_ns));
        points(&self.apart, self.apart.adds_nothing(), medians)
    }
}

/// The points of a model that is no straight line, empty for one that is. Before bends were modelled all were kept as lines: there the
/// medians of its numbers of mappers, where they refute it.
fn points(model: &CostModel, flat: bool, medians: impl Iterator<Item = (u32, f64)>) -> Vec<CostPoint> {
    let is_bent = matches!(model.curvature.verdict, CurvatureVerdict::Upward | CurvatureVerdict::Downward);
    let refutes = |point: &CostPoint| {
        let (said, median) = (model.update_ns(f64::from(point.mappers)), point.ns.value);
        !said.contains(median) && (said.value / median - 1.0).abs() > LEAST_MISFIT
    };
    let exactly = |(mappers, ns)| CostPoint { mappers, ns: Estimate { value: ns, low: ns, high: ns } };
    let medians: Vec<CostPoint> = medians.map(exactly).collect();
    match model.points.is_empty() {
        true if !flat && (is_bent || medians.iter().any(refutes)) => medians,
        _ => model.points.clone(),
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
    let model = &found.cost_model;
    let (Estimate { value: base, high, .. }, slope, marks) = (model.update_ns(0.0), found.slope(), found.marks());
    let base = short_ns(base);
    if found.flat {
        return format!("{base}, flat");
    }
    match &*found.points() {
        [first, .., last] => {
            format!("{}, {} with {}{marks}", short_ns(first.ns.value), short_ns(last.ns.value), last.mappers)
        }
        _ if slope.contains(0.0) => {
            format!("{base}, at most {} + {}{marks}", short_ns(high), short_ns(slope.high))
        }
        _ => format!("{base} {} ±{:.0} %{marks}", added(slope.value), slope.relative() * 100.0),
    }
}

pub fn sentence(row: &CostRow, mappers: MapperKind) -> String {
    let (mapper, many) = match mappers {
        MapperKind::Processes => ("process", "processes"),
        MapperKind::Threads => ("thread", "threads"),
    };
    let mode = row.mode.in_words();
    let place = format!("{}, {}", known(&row.file_system, Clone::clone), heading(row));
    let what = format!("One {}{}", row.update(), if row.emulated { " (emulated)" } else { "" });
    let found = match &row.outcome {
        CostOutcome::Measured(found) => found,
        CostOutcome::Unsupported(why) => return format!("{what} is unsupported on {place}: {why}."),
        CostOutcome::Unfinished(why) => return format!("{what} was not measured on {place}: {why}."),
    };
    let (model, slope) = (&found.cost_model, found.slope());
    let Estimate { value: base, high, .. } = model.update_ns(0.0);
    let base = short_ns(base);
    let alone = format!("{place}; after other work {}", in_short(&found.apart, &found.apart_points()));
    let doubt = model.drift.filter(|_| model.is_unquiet()).map_or_else(String::new, |drift| {
        let percent = 100.0 * drift.abs();
        format!(" The machine was too unquiet for a model: the halves of the measurement differ by {percent:.0} %.")
    });
    let costs = if found.flat {
        format!("{base} however many {many} map the file {mode} ({alone})")
    } else if let Some(pieces) = pieces(&found.points()) {
        let base = short_ns(found.points()[0].ns.value);
        format!("{base} without mappers; {pieces} ({many} that map the file {mode}; {alone})")
    } else if slope.contains(0.0) {
        let (base_at_most, added) = (short_ns(high), short_ns(slope.high));
        format!("{base}, and at most {base_at_most} + {added} for each {mapper} that maps the file {mode} ({alone})")
    } else {
        let (added, precision) = (added(slope.value), 100.0 * slope.relative());
        format!("{base} {added} for each {mapper} that maps the file {mode} (±{precision:.0} %; {alone})")
    };
    format!("{what} costs {costs}.{doubt}")
}

/// A cost model in a few words.
fn in_short(model: &CostModel, points: &[CostPoint]) -> String {
    let (Estimate { value: base, high, .. }, slope) = (model.update_ns(0.0), model.per_mapper_ns);
    match pieces(points) {
        Some(pieces) => format!("{} without mappers; {pieces}", short_ns(points[0].ns.value)),
        None if model.adds_nothing() => short_ns(base),
        None if slope.contains(0.0) => format!("at most {} + {} a mapper", short_ns(high), short_ns(slope.high)),
        None => format!("{} {} a mapper", short_ns(base), added(slope.value)),
    }
}

/// What the first and the last piece of a bent model add: `1.7 µs a mapper up to 500, 6.4 µs a mapper from 2000 to 4000`; where a piece
/// adds less than 5 %, the time at its end. `None`: the model is straight.
pub(crate) fn pieces(points: &[CostPoint]) -> Option<String> {
    let piece = |place: usize, piece: &[CostPoint]| {
        let (from, to) = (piece[0], piece[1]);
        let added = to.ns.value - from.ns.value;
        if added <= LEAST_RISE * from.ns.value {
            return format!("{} with {}", short_ns(to.ns.value), to.mappers);
        }
        let from_to = if place == 0 { String::new() } else { format!("from {} ", from.mappers) };
        let up = if place == 0 { "up to" } else { "to" };
        format!("{} a mapper {from_to}{up} {}", short_ns(added / f64::from(to.mappers - from.mappers)), to.mappers)
    };
    let pieces: Vec<String> = points.windows(2).enumerate().map(|(place, points)| piece(place, points)).collect();
    match &*pieces {
        [first, .., last] => Some(format!("{first}, {last}")),
        other => other.first().cloned(),
    }
}

/// A slope behind its base: with its sign.
fn added(ns: f64) -> String {
    format!("{} {}", if ns < 0.0 { "-" } else { "+" }, short_ns(ns.abs()))
}
