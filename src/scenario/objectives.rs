//! The default objectives: what a user of the mail server notices, each with its reason. `docs/scenario.md` lists them.
//! The limits of time are those of J. Nielsen, Usability Engineering, 1993, chapter 5, after R. B. Miller, 1968: up to 0.1 s an answer
//! seems immediate, up to 1 s a train of thought is not interrupted, after 10 s the user turns to something else.

use super::Clause;

/// An objective, and why its limit is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultObjective {
    pub clause: &'static str,
    pub reason: &'static str,
}

pub const DEFAULT_OBJECTIVES: [DefaultObjective; 5] = [
    DefaultObjective {
        clause: "reader.p99<=100ms",
        reason: "Up to 0.1 s an answer seems immediate. A lookup is a part of most commands (SELECT, STATUS, LIST, delivery), so that it may \
                 take no more than all of that.",
    },
    DefaultObjective {
        clause: "commit.p99<=1s",
        reason: "Up to 1 s a train of thought is not interrupted. Users wait for a commit when they create, rename, share or delete a folder, \
                 which is seldom.",
    },
    DefaultObjective {
        clause: "freeze.longest<=500ms",
        reason: "A freeze holds up every session at once, and a command that waits for several operations meets more than one: half of \
                 the 1 s after which users notice an interruption.",
    },
    DefaultObjective {
        clause: "reader.rate>=0.99",
        reason: "Percentiles are of completed operations. With more than 1 % of them missing, no p99 describes the load that was asked for.",
    },
    DefaultObjective {
        clause: "commit.rate>=0.99",
        reason: "The same for commits, apart: thousands of lookups must not hide that no commit completed.",
    },
];

/// The default objectives, in the order of their table.
pub fn default_objectives() -> Vec<Clause> {
    // A test parses them all.
    DEFAULT_OBJECTIVES.iter().filter_map(|objective| Clause::parse(objective.clause).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{BUILT_IN, Metric};

    #[test]
    fn every_default_is_an_objective_of_its_own_figure_and_none_is_dropped() {
        let clauses = default_objectives();
        assert_eq!(clauses.len(), DEFAULT_OBJECTIVES.len());
        for (place, clause) in clauses.iter().enumerate() {
            assert!(clauses[..place].iter().all(|other| other.metric != clause.metric), "{clause}");
        }
    }

    #[test]
    fn a_built_in_scenario_has_the_defaults_or_says_in_its_file_why_not() {
        for built_in in BUILT_IN {
            let objectives = built_in.scenario().unwrap().slo.clauses;
            let is_explained = built_in.text.lines().any(|line| line.starts_with('#') && line.contains("objectives"));
            assert!(objectives == default_objectives() || is_explained, "{}: {objectives:?}", built_in.name);
            let completed = objectives.iter().filter(|clause| matches!(clause.metric, Metric::Rate(_))).count();
            assert!(completed > 0, "{}: a run that completes nothing must not meet them", built_in.name);
        }
    }
}
