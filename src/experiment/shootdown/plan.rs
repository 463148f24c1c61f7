//! What a shootdown experiment measures: which operations, with how many pages and responders, where and how those are, for how long.

use std::path::PathBuf;

use crate::os::pages::page_size;
use crate::os::{affinity, environment, platform::Placement};
use crate::results::{MapperKind, ResponderCpu, ResponderState, ShootdownPlan};
use crate::workload::shootdown::{CONTROL, ShootdownMethod};

/// Operations of a block.
pub const OPERATIONS: usize = 20;
/// Fewer rounds give no model; one of them counts interrupts.
pub const LEAST_ROUNDS: u32 = 4;
/// About what an operation takes with all that is done around it, nanoseconds; and forking or starting a team.
const OPERATION_NS: u64 = 400_000;
const TEAM_NS: u64 = 5_000_000;

pub struct ShootdownWish {
    /// Where the file is whose pages are taken away.
    pub directory: PathBuf,
    pub methods: Vec<&'static ShootdownMethod>,
    /// Numbers of pages, rising.
    pub pages: Vec<u32>,
    /// Numbers of responders; empty: 1, 2, 4 … and as many as there are CPUs besides the initiator's.
    pub responders: Vec<u32>,
    /// Where single responders are tried; empty: wherever there are CPUs.
    pub placements: Vec<Placement>,
    pub kinds: Vec<MapperKind>,
    /// Time for all of it, nanoseconds.
    pub budget_ns: u64,
    pub seed: u64,
}

/// What is measured together: responders of one kind on these CPUs.
pub struct Team {
    pub kind: MapperKind,
    /// `None`: the nearest first.
    pub placement: Option<Placement>,
    /// Of the initiator, then of each responder.
    pub cpus: Vec<Option<usize>>,
    pub conditions: Vec<Condition>,
}

#[derive(Clone, Copy)]
pub struct Condition {
    pub method: &'static ShootdownMethod,
    pub pages: u32,
    pub responders: u32,
    pub state: ResponderState,
}

/// The CPUs that this process may use: the initiator's, and the others, nearest first.
pub struct Cpus {
    pub initiator: Option<usize>,
    pub others: Vec<ResponderCpu>,
}

impl Cpus {
    pub fn of_this_machine() -> Cpus {
        let allowed = affinity::allowed().unwrap_or_default();
        let Some((&initiator, others)) = allowed.split_first() else {
            return Cpus { initiator: None, others: Vec::new() };
        };
        let placed =
            |cpu: &usize| ResponderCpu { cpu: *cpu as u32, placement: environment::placement(initiator, *cpu) };
        let mut others: Vec<ResponderCpu> = others.iter().map(placed).collect();
        others.sort_by_key(|other| other.placement);
        Cpus { initiator: Some(initiator), others }
    }

    fn team<'a>(&self, responders: impl Iterator<Item = &'a ResponderCpu>) -> Vec<Option<usize>> {
        std::iter::once(self.initiator).chain(responders.map(|other| Some(other.cpu as usize))).collect()
    }

    /// Of the first so many responders, those on another socket.
    pub fn far(&self, responders: u32) -> u32 {
        let near = self.others.iter().take(responders as usize);
        near.filter(|other| other.placement == Placement::OtherSocket).count() as u32
    }
}

impl ShootdownWish {
    pub fn facts(&self, cpus: &Cpus) -> ShootdownPlan {
        ShootdownPlan {
            initiator_cpu: cpus.initiator.map(|cpu| cpu as u32),
            responder_cpus: cpus.others.clone(),
            budget_ns: self.budget_ns,
            seed: self.seed,
        }
    }

    pub fn file_bytes(&self) -> u64 {
        2 * u64::from(self.pages.iter().copied().max().unwrap_or(1)) * page_size()
    }

    /// The teams, each with what is measured in it. Private memory is that of threads alone: processes have only the control in it.
    pub fn teams(&self, cpus: &Cpus) -> Vec<Team> {
        let mut teams = Vec::new();
        for &kind in &self.kinds {
            let methods: Vec<&'static ShootdownMethod> = self
                .methods
                .iter()
                .copied()
                .filter(|method| kind == MapperKind::Threads || method.is_of_file() || method.name == CONTROL)
                .collect();
            teams.push(Team {
                kind,
                placement: None,
                cpus: cpus.team(cpus.others.iter()),
                conditions: methods.iter().flat_map(|method| self.of_method(method, cpus)).collect(),
            });
            let mut placements: Vec<Placement> = cpus.others.iter().map(|other| other.placement).collect();
            placements.dedup();
            let wanted = |placement: &Placement| self.placements.is_empty() || self.placements.contains(placement);
            let is_needed = placements.len() > 1 || !self.placements.is_empty();
            for placement in placements.into_iter().filter(|placement| is_needed && wanted(placement)) {
                let there = cpus.others.iter().filter(|other| other.placement == placement);
                let conditions = methods.iter().map(|method| Condition {
                    method,
                    pages: method.pages.unwrap_or(self.pages[0]),
                    responders: 1,
                    state: ResponderState::Spinning,
                });
                teams.push(Team {
                    kind,
                    placement: Some(placement),
                    cpus: cpus.team(there.take(1)),
                    conditions: conditions.collect(),
                });
            }
        }
        teams
    }

    /// Every number of pages with none and all responders that run, every number of responders with the fewest pages, and the states.
    fn of_method(&self, method: &'static ShootdownMethod, cpus: &Cpus) -> Vec<Condition> {
        let counts = self.counts(cpus);
        let most = counts.last().copied().unwrap_or(0);
        let pages = method.pages.map_or_else(|| self.pages.clone(), |only| vec![only]);
        let condition = |pages, responders, state| Condition { method, pages, responders, state };
        let mut all = Vec::new();
        for (place, &pages) in pages.iter().enumerate() {
            let spinning = counts.iter().filter(|count| place == 0 || **count == 0 || **count == most);
            all.extend(spinning.map(|count| condition(pages, *count, ResponderState::Spinning)));
        }
        if most > 0 {
            let others = [ResponderState::Sleeping, ResponderState::Visited];
            all.extend(others.map(|state| condition(pages[0], most, state)));
        }
        all
    }

    /// 0, and the numbers of responders for which there are CPUs, rising.
    pub fn counts(&self, cpus: &Cpus) -> Vec<u32> {
        let most = cpus.others.len() as u32;
        let mut counts = self.responders.clone();
        if counts.is_empty() {
            counts.extend(std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count < most));
            counts.push(most);
        }
        counts.push(0);
        counts.retain(|count| *count <= most);
        counts.sort_unstable();
        counts.dedup();
        counts
    }

    /// About the least time that it takes, nanoseconds.
    pub fn least_ns(&self, cpus: &Cpus) -> u64 {
        let teams = self.teams(cpus);
        let conditions: usize = teams.iter().map(|team| team.conditions.len()).sum();
        let round = conditions as u64 * OPERATIONS as u64 * OPERATION_NS + teams.len() as u64 * TEAM_NS;
        u64::from(LEAST_ROUNDS) * round
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::shootdown::SHOOTDOWNS;

    fn cpus(placements: &[Placement]) -> Cpus {
        let other = |(cpu, placement): (usize, &Placement)| ResponderCpu { cpu: cpu as u32 + 1, placement: *placement };
        Cpus { initiator: Some(0), others: placements.iter().enumerate().map(other).collect() }
    }

    fn wish() -> ShootdownWish {
        ShootdownWish {
            directory: ".".into(),
            methods: SHOOTDOWNS.iter().collect(),
            pages: vec![1, 8, 64],
            responders: Vec::new(),
            placements: Vec::new(),
            kinds: vec![MapperKind::Threads, MapperKind::Processes],
            budget_ns: 0,
            seed: 1,
        }
    }

    #[test]
    fn a_machine_with_two_sockets_has_a_team_for_each_place_and_kind() {
        let cpus = cpus(&[Placement::Sibling, Placement::SameCache, Placement::OtherSocket, Placement::OtherSocket]);
        let wish = wish();
        assert_eq!(wish.counts(&cpus), [0, 1, 2, 4]);
        assert_eq!((cpus.far(2), cpus.far(4)), (0, 2));
        let teams = wish.teams(&cpus);
        assert_eq!(teams.len(), 8);
        assert_eq!(teams[0].cpus, [0, 1, 2, 3, 4].map(Some));
        assert_eq!((teams[3].placement, &*teams[3].cpus), (Some(Placement::OtherSocket), &[Some(0), Some(3)][..]));
        let is_private = |condition: &Condition| !condition.method.is_of_file() && condition.method.name != CONTROL;
        assert!(teams[..4].iter().all(|team| team.conditions.iter().any(is_private)));
        assert!(
            !teams[4..].iter().any(|team| team.conditions.iter().any(is_private)),
            "processes share no private memory"
        );
        let only = ShootdownWish { placements: vec![Placement::SameCache], ..wish };
        assert_eq!(only.teams(&cpus).len(), 4);
    }

    #[test]
    fn without_another_cpu_there_are_no_responders() {
        let wish = wish();
        let teams = wish.teams(&cpus(&[]));
        assert_eq!(teams.len(), 2);
        assert!(teams.iter().all(|team| team.conditions.iter().all(|condition| condition.responders == 0)));
        let asked = ShootdownWish { responders: vec![1, 9], ..wish };
        assert_eq!(asked.counts(&cpus(&[Placement::Unknown; 2])), [0, 1], "there are no nine CPUs");
    }
}
