//! Workers by name, and which of them share a process.

use std::fmt::Display;

use super::outcome::Role;
use crate::scenario::{Scenario, Workers};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Reader,
    Writer,
    /// Maps nothing and ticks.
    NoiseProbe,
    Mapper,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    pub kind: Kind,
    /// Number within its kind, from 0.
    pub number: u32,
    pub instance: u32,
}

impl Name {
    pub fn reads(&self) -> bool {
        self.kind == Kind::Reader
    }

    pub fn role(&self) -> Role {
        if self.reads() { Role::Reader } else { Role::Writer }
    }

    /// The worker at that place among all: readers first, then writers.
    pub fn at_row(scenario: &Scenario, row: u32) -> Name {
        let (kind, number) = match row.checked_sub(scenario.readers.count) {
            None => (Kind::Reader, row),
            Some(number) => (Kind::Writer, number),
        };
        Name { kind, number, instance: scenario.instance_of(number) }
    }

    pub fn row(&self, scenario: &Scenario) -> usize {
        let before = if self.reads() { 0 } else { scenario.readers.count };
        (before + self.number) as usize
    }

    /// At most 15 bytes, as systems keep them for `ps -o comm` and `top`.
    pub fn short(self) -> impl Display {
        let letter = match self.kind {
            Kind::Reader => 'r',
            Kind::Writer => 'w',
            Kind::NoiseProbe => 'n',
            Kind::Mapper => 'm',
        };
        std::fmt::from_fn(move |f| write!(f, "mapstorm-{letter}{}", self.number))
    }
}

/// What `ps -f` shows instead of the command line, and messages use.
impl Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Name { number, instance, .. } = self;
        match self.kind {
            Kind::Reader => write!(f, "mapstorm reader {number} instance {instance}"),
            Kind::Writer => write!(f, "mapstorm writer {number} instance {instance}"),
            Kind::NoiseProbe => write!(f, "mapstorm noise probe {number}"),
            Kind::Mapper => write!(f, "mapstorm mapper {number}"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub name: Name,
    /// Its own message, or how it ended.
    pub why: String,
}

impl Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.why)
    }
}

/// The workers of one process: one, or its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Members {
    pub first: Name,
    /// Readers, and after them writers, each so far from the one before by number.
    readers: u32,
    writers: u32,
    step: u32,
}

/// A worker that is alone in its process.
impl From<Name> for Members {
    fn from(name: Name) -> Members {
        Members { first: name, readers: 1, writers: 0, step: 1 }
    }
}

impl Members {
    /// Processes of a scenario, each with its workers.
    pub fn of(scenario: &Scenario) -> Vec<Members> {
        let Workers::Threads { per_process } = scenario.readers.workers else {
            return (0..scenario.workers_total()).map(|row| Name::at_row(scenario, row).into()).collect();
        };
        let step = scenario.instances.count;
        let mut all = Vec::new();
        for instance in 0..step {
            let readers = scenario.readers_in(instance);
            for nth in 0..readers.div_ceil(per_process) {
                let begin = nth * per_process;
                all.push(Members {
                    first: Name { kind: Kind::Reader, number: instance + begin * step, instance },
                    readers: per_process.min(readers - begin),
                    writers: if scenario.writer.is_thread && nth == 0 { scenario.writer.count } else { 0 },
                    step,
                });
            }
        }
        let writers = if scenario.writer.is_thread { 0 } else { scenario.writers_total() };
        let writer = |number| Name::at_row(scenario, scenario.readers.count + number);
        all.extend((0..writers).map(|number| Members::from(writer(number))));
        all
    }

    pub fn names(self) -> impl Iterator<Item = Name> {
        let readers =
            (0..self.readers).map(move |nth| Name { number: self.first.number + nth * self.step, ..self.first });
        let writer = move |nth| Name {
            kind: Kind::Writer,
            number: self.first.instance + nth * self.step,
            instance: self.first.instance,
        };
        readers.chain((0..self.writers).map(writer))
    }

    pub fn count(self) -> usize {
        (self.readers + self.writers) as usize
    }

    pub fn any(self, which: impl Fn(&Name) -> bool) -> bool {
        self.names().any(|name| which(&name))
    }

    pub fn lost(self, why: &str) -> Vec<Lost> {
        self.names().map(|name| Lost { name, why: why.to_owned() }).collect()
    }
}
