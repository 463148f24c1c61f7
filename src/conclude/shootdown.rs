//! What may be said of shootdowns: what an operation costs its initiator and the CPUs that it interrupts, and whether a sync is
//! expensive because of them or because it visits every process.

use super::{
    in_order::unique,
    wording::{count, estimate, lead_of},
};
use crate::results::{MapperKind, ResponderState, Shootdown, ShootdownModel, ShootdownRow, cpus_in_short, cpus_usable};
use crate::scenario::units::{format_duration_ns, short_ns};

/// With so many processes the walk is compared with shootdowns: the load of 2007.
const PROCESSES: f64 = 6000.0;
/// The control: it takes no translation away.
pub const CONTROL: &str = "nothing";
/// What processes that share a file suffer when one of them syncs it.
const SYNC: &str = "fdatasync";
/// More interrupts than this for each operation are no noise.
const INTERRUPTED: f64 = 0.1;

impl Shootdown {
    /// Every model in a sentence.
    pub fn sentences(&self) -> Vec<String> {
        let fewest = self.rows.iter().map(|row| row.pages).min().unwrap_or(1);
        self.models.iter().map(|model| self.sentence(model, fewest)).collect()
    }

    /// Whether a sync of a file that many processes map is expensive because of shootdowns, or because it visits each of them.
    pub fn shootdown_or_walk(&self) -> String {
        let walk = match self.walk.known() {
            Ok(walk) => walk,
            Err(why) => {
                return format!(
                    "Whether a sync is expensive because of shootdowns or of its walk is unknown: the walk has no figure ({why})."
                );
            }
        };
        let walked = walk.commit_ns(PROCESSES).value - walk.base_ns.value;
        let of_walk = format!(
            "with {PROCESSES} processes that map the file its walk through all of them takes {} ({}; predicted from what each process adds)",
            short_ns(walked),
            walk.source,
        );
        let is_sync = |model: &&ShootdownModel| model.method == SYNC && model.kind == MapperKind::Processes;
        let Some(model) = self.models.iter().find(is_sync) else {
            return format!(
                "{}One sync: {of_walk}; what its shootdowns cost was not measured.",
                lead_of(&self.environment)
            );
        };
        let cpus = self.responders();
        let shot = model.per_cpu_ns.high * f64::from(cpus);
        let shot_at_most = format!("at most {}", short_ns(shot.max(0.0)));
        let verdict = match walked / shot.max(1.0) {
            ratio if ratio > 10.0 => "It is the walk",
            ratio if ratio < 0.1 => "It is shootdowns",
            _ => "Both count",
        };
        format!(
            "{}{verdict}: of one sync, {of_walk}, and interrupting {} {shot_at_most} (measured).",
            lead_of(&self.environment),
            count(cpus, "other CPU")
        )
    }

    /// Which operations interrupt CPUs whose responders sleep. `None`: not counted.
    pub fn asleep(&self) -> Option<String> {
        let counted = |state: ResponderState| {
            let those =
                self.rows.iter().filter(move |row| row.state == state && row.responders > 0 && row.method != CONTROL);
            those.filter_map(|row| Some((row.method.as_str(), *row.interrupts_per_operation.value()?)))
        };
        counted(ResponderState::Sleeping).next()?;
        let by = |state| unique(counted(state).filter(|(_, each)| *each > INTERRUPTED).map(|(method, _)| method));
        let most = counted(ResponderState::Sleeping).map(|(_, each)| each).fold(0.0, f64::max);
        let (asleep, mut visited) = (by(ResponderState::Sleeping), by(ResponderState::Visited));
        visited.retain(|method| !asleep.contains(method));
        let asleep = match asleep.is_empty() {
            true => "is not interrupted".to_owned(),
            false => {
                format!("is interrupted by {} alone (up to {most:.2} interrupts an operation)", asleep.join(" and "))
            }
        };
        let visited = match visited.is_empty() {
            true => "one that ran on every CPU before is no exception".to_owned(),
            false => format!("one that ran on every CPU before is by {}", visited.join(" and ")),
        };
        Some(format!("A responder that sleeps {asleep}; {visited}."))
    }

    fn sentence(&self, model: &ShootdownModel, fewest: u32) -> String {
        let who = match model.kind {
            MapperKind::Threads => "a thread of its process",
            MapperKind::Processes => "another process that maps the file",
        };
        let pages = self.rows.iter().find(|row| row.method == model.method).map_or(fewest, |row| row.pages);
        let alone = short_ns(model.initiator_ns(pages, 0).max(0.0));
        let of_pages = if pages == 1 { "a page".to_owned() } else { format!("{pages} pages") };
        let interrupts = self.row(model, pages).and_then(|row| row.interrupts_per_operation.value());
        let interrupts = interrupts.map_or_else(String::new, |found| format!(", {found:.2} interrupts an operation"));
        let lost = match model.responder_lost_ns.value() {
            None => "what that CPU loses is unavailable".to_owned(),
            Some(lost) if lost.high <= 0.0 => "that CPU loses nothing".to_owned(),
            Some(lost) if lost.low <= 0.0 => format!("that CPU loses at most {}", short_ns(lost.high)),
            Some(lost) => format!("that CPU loses {}", estimate(*lost, short_ns)),
        };
        let added = match model.per_cpu_ns.low <= 0.0 {
            true => format!("at most {} more", short_ns(model.per_cpu_ns.high.max(0.0))),
            false => format!("{} more", estimate(model.per_cpu_ns, short_ns)),
        };
        let far = model.per_other_socket_ns;
        let far = far.map_or_else(String::new, |far| format!(" (on another socket {} more)", estimate(far, short_ns)));
        format!(
            "{}{} of {of_pages} takes {alone} alone, {added} for each CPU that runs {who}{far}; {lost}{interrupts}.",
            lead_of(&self.environment),
            model.method
        )
    }

    /// The row with one running responder behind a model.
    pub fn row(&self, model: &ShootdownModel, pages: u32) -> Option<&ShootdownRow> {
        self.rows.iter().find(|row| {
            row.method == model.method
                && (row.kind, row.pages, row.responders) == (model.kind, pages, 1)
                && row.placement.is_none()
                && row.state == ResponderState::Spinning
        })
    }

    /// CPUs on which responders can run.
    pub fn responders(&self) -> u32 {
        self.plan.responder_cpus.len() as u32
    }

    pub fn conditions(&self) -> String {
        let machine = &self.environment;
        let places = unique(self.plan.responder_cpus.iter().map(|other| other.placement.in_words()));
        let places = if places.is_empty() { "none: there is one CPU alone".to_owned() } else { places.join(", ") };
        format!(
            "{} {} {}, {}; responders {places}; {} in {}",
            machine.system,
            machine.kernel,
            machine.architecture,
            cpus_in_short(&machine.cpus_allowed, &machine.cpu_quota),
            count(self.rounds, "round"),
            format_duration_ns(self.measured_ns),
        )
    }

    /// What a reader must know first.
    pub fn warnings(&self) -> Vec<String> {
        let incomplete = self.incomplete_because.iter().map(|why| format!("the result is incomplete: {why}"));
        let emulated = self.environment.is_emulated().then(|| {
            "every instruction is emulated (QEMU without KVM): the shape of the curves holds, the times are no real machine's".to_owned()
        });
        let few = cpus_usable(&self.environment.cpus_allowed, &self.environment.cpu_quota).filter(|cpus| *cpus < 2.0);
        let few = few.map(|_| "with one CPU there is none to interrupt".to_owned());
        incomplete.chain(emulated).chain(few).collect()
    }

    /// Operations without any figure, and why.
    pub fn missing(&self) -> Vec<String> {
        let rows = self.rows.iter().filter_map(|row| {
            let why = row.initiator_ns.known().err()?;
            Some(format!("{} is unavailable: {why}", row.method))
        });
        unique(rows)
    }
}

impl MapperKind {
    pub fn in_words(self) -> &'static str {
        match self {
            MapperKind::Threads => "threads",
            MapperKind::Processes => "processes",
        }
    }
}

impl ResponderState {
    pub fn in_words(self) -> &'static str {
        match self {
            ResponderState::Spinning => "running",
            ResponderState::Sleeping => "asleep",
            ResponderState::Visited => "asleep, after running on every CPU",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Availability, fixtures::sample};

    #[test]
    fn what_is_unavailable_is_named_and_emulated_times_are_marked() {
        let mut found = Shootdown::load(&sample("shootdown-32cpu-tcg-linux-6.1")).unwrap();
        let sentences = |found: &Shootdown| [found.sentences(), vec![found.shootdown_or_walk()]].concat();
        for sentence in sentences(&found) {
            assert!(sentence.starts_with("EMULATED TIME: "), "{sentence}");
        }
        assert!(
            found.sentences().iter().all(|said| said.contains("; what that CPU loses is unavailable, ")),
            "{found:?}"
        );
        found.environment.hypervisor = Availability::Value("KVM".to_owned());
        assert!(sentences(&found).iter().all(|sentence| !sentence.contains("EMULATED")), "{:?}", sentences(&found));
    }
}
