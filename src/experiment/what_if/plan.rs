//! Which runs a what-if could consist of: the baseline, and for every mitigation its scenario or why there is none.
//! All is read, checked and compared with this machine before anything is run.

use std::path::Path;

use crate::driver::{Need, Places, preflight, results_of};
use crate::experiment::mitigations::{MITIGATIONS, Mitigation};
use crate::results::{MitigationStatus, Run};
use crate::scenario::{Clause, Scenario, ScenarioErrors, did_you_mean};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Suggested,
    All,
    Named(Vec<String>),
}

pub struct Wanted<'a> {
    /// The name of the scenario's file, for errors and for want of a name in its text.
    pub name: &'a str,
    pub text: &'a str,
    /// The user's own overrides; a mitigation's come after them.
    pub sets: &'a [String],
    pub objectives: &'a [Clause],
    /// Where the results go: the disk that files are made on, unless the scenario names another.
    pub place: &'a Path,
    /// Mitigations that this machine is too small for are run all the same.
    pub force: bool,
}

/// The baseline, and what every mitigation would make of it.
pub struct Plan {
    pub baseline: Scenario,
    pub choice: Choice,
    pub prospects: Vec<Prospect>,
}

pub struct Prospect {
    pub mitigation: &'static Mitigation,
    /// The overrides that make it; empty: it does not apply.
    pub overrides: Vec<String>,
    /// The scenario with it; or why it cannot be run.
    pub scenario: Result<Scenario, (MitigationStatus, String)>,
}

impl Choice {
    /// Reads names with commas between, or `suggested`, or `all`.
    /// Errors: A name that no mitigation has; the message lists those that there are.
    pub fn parse(names: &str) -> Result<Choice, String> {
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        match &*names {
            ["suggested"] => return Ok(Choice::Suggested),
            ["all"] => return Ok(Choice::All),
            _ => {}
        }
        if let Some(unknown) = names.iter().find(|name| Mitigation::named(name).is_none()) {
            let known: Vec<&str> = MITIGATIONS.iter().map(|mitigation| mitigation.name).collect();
            return Err(format!(
                "--what-if: there is no mitigation `{unknown}`: {}; there are {}, and `all`",
                did_you_mean(unknown, &known, "and none is spelt like it"),
                known.join(", ")
            ));
        }
        Ok(Choice::Named(names.into_iter().map(str::to_owned).collect()))
    }

    /// The names that were asked for; of all, none in particular are.
    pub fn names(&self) -> Vec<String> {
        match self {
            Choice::Suggested => Vec::new(),
            Choice::All => vec!["all".to_owned()],
            Choice::Named(names) => names.clone(),
        }
    }
}

impl Plan {
    /// Reads the baseline and every mitigation's scenario, and checks whether this machine can hold their workers.
    /// Errors: The baseline is not a valid scenario. A mitigation that makes none only says so in its `Prospect`.
    pub fn new(wanted: &Wanted<'_>, choice: Choice) -> Result<Plan, ScenarioErrors> {
        let mut baseline = Scenario::parse(wanted.name, wanted.text, wanted.sets)?;
        let prospects = MITIGATIONS.iter().map(|mitigation| Prospect::of(mitigation, &baseline, wanted)).collect();
        baseline.slo.clauses.extend(wanted.objectives);
        Ok(Plan { baseline, choice, prospects })
    }

    /// The baseline, and at most all mitigations that may be tried: their results are alike in size.
    pub fn most_runs(&self) -> u32 {
        let mitigations = if let Choice::Named(names) = &self.choice { names.len() } else { MITIGATIONS.len() };
        mitigations as u32 + 1
    }

    /// The mitigations to try on a baseline that came out so, each with the findings that suggest it.
    pub fn chosen(&self, run: &Run) -> Vec<(&Prospect, Vec<String>)> {
        let with_causes = self.prospects.iter().map(|prospect| (prospect, prospect.mitigation.suggested_by(run)));
        with_causes
            .filter(|(prospect, causes)| match &self.choice {
                Choice::Suggested => !causes.is_empty(),
                Choice::All => true,
                Choice::Named(names) => names.iter().any(|name| name == prospect.mitigation.name),
            })
            .collect()
    }
}

impl Prospect {
    fn of(mitigation: &'static Mitigation, baseline: &Scenario, wanted: &Wanted<'_>) -> Prospect {
        let not_applicable = |why| Err((MitigationStatus::NotApplicable, why));
        let overrides = match mitigation.overrides(baseline) {
            Ok(overrides) => overrides,
            Err(why) => return Prospect { mitigation, overrides: vec![], scenario: not_applicable(why) },
        };
        let sets = [wanted.sets, &overrides].concat();
        let scenario = Scenario::parse(wanted.name, wanted.text, &sets)
            .or_else(|errors| not_applicable(errors.titles().collect::<Vec<_>>().join("; ")));
        let scenario = scenario.and_then(|mut scenario| {
            scenario.slo.clauses.extend(wanted.objectives);
            let results = results_of(&scenario) * (MITIGATIONS.len() as u64 + 1);
            let refusals = preflight(&Need::of(&scenario).among(results), Places::of(&scenario, wanted.place));
            if refusals.is_empty() || wanted.force {
                return Ok(scenario);
            }
            let refusals: Vec<String> = refusals.iter().map(ToString::to_string).collect();
            Err((MitigationStatus::Refused, refusals.join("; ")))
        });
        Prospect { mitigation, overrides, scenario }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(sets: &[&str]) -> Plan {
        let text = "[file]\nsize = '1MiB'\n[readers]\ncount = 20\n";
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let objectives = [Clause::parse("rate>=0.5").unwrap()];
        let place = Path::new(".");
        let wanted = Wanted { name: "x", text, sets: &sets, objectives: &objectives, place, force: false };
        Plan::new(&wanted, Choice::All).unwrap()
    }

    fn prospect<'p>(plan: &'p Plan, name: &str) -> &'p Prospect {
        plan.prospects.iter().find(|prospect| prospect.mitigation.name == name).unwrap()
    }

    #[test]
    fn a_mitigation_comes_after_the_users_overrides_and_is_judged_by_the_same_objectives() {
        let plan = plan(&["readers.count=24", "file.write-size=64KiB"]);
        let split = prospect(&plan, "12-instances").scenario.as_ref().unwrap();
        assert_eq!((split.instances.count, split.readers.count), (12, 24));
        assert_eq!(split.slo, plan.baseline.slo);
        assert_eq!(split.slo.clauses.len(), 1);
        let small = prospect(&plan, "small-writes").scenario.as_ref().unwrap();
        assert!(small.file.write_size_bytes < 65536);
    }

    #[test]
    fn a_mitigation_that_cannot_be_run_says_why() {
        let plan_of_own = plan(&["readers.open=read-only", "file.size=16KiB"]);
        let status = |name: &str| match &prospect(&plan_of_own, name).scenario {
            Err((status, why)) => (*status, why.clone()),
            Ok(_) => panic!("{name} applies"),
        };
        assert_eq!(status("read-only").0, MitigationStatus::NotApplicable);
        // Found by the rules of scenarios, not by the mitigation's own.
        let (split, why) = status("12-instances");
        assert_eq!(split, MitigationStatus::NotApplicable);
        assert!(why.contains("more instances than"), "{why}");
        let large = plan(&["readers.count=1000000"]);
        let Err((status, why)) = &prospect(&large, "read-only").scenario else { panic!("a million fit here?") };
        assert_eq!(*status, MitigationStatus::Refused);
        assert!(why.contains("readers.count"), "{why}");
    }

    #[test]
    fn names_are_read_and_unknown_ones_refused() {
        assert_eq!(Choice::parse("all"), Ok(Choice::All));
        assert_eq!(Choice::parse("suggested"), Ok(Choice::Suggested));
        let two = Choice::Named(vec!["read-only".to_owned(), "2-instances".to_owned()]);
        assert_eq!(Choice::parse("read-only, 2-instances"), Ok(two));
        for wrong in ["", "readonly", "all,read-only"] {
            let message = Choice::parse(wrong).unwrap_err();
            assert!(message.contains("fewer-processes"), "{message}");
        }
    }
}
