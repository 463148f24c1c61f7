//! A scenario with one of its whole numbers left open, to be varied by a search for the knee.

use std::ops::RangeInclusive;

use super::keys::{self, Key};
use super::kind::Kind;
use super::problem::{Place, Problem, Texts};
use super::{ScenarioErrors, Source};
use crate::scenario::closest::{closest, list};
use crate::scenario::{Scenario, Setting};

const OPTION: &str = "--find-knee ";
/// A higher value of these is more load. Instances share a load, and the other whole numbers are no load.
const LOADS: [(&str, &str); 3] = [("readers", "count"), ("writer", "count"), ("file", "mailboxes")];

#[derive(Clone, Debug, PartialEq)]
pub struct Tunable {
    name: String,
    text: String,
    sets: Vec<String>,
    /// The key that is open.
    pub key: String,
    /// What the key allows by itself, from 1 on.
    pub allowed: RangeInclusive<u64>,
    /// The value that the scenario itself has there; `None`: it has none.
    pub start: Option<u64>,
}

impl Tunable {
    /// Reads a scenario's text as [`Scenario::parse`] does; `key` (such as `readers.count`) is left open.
    /// Errors: It is not a valid scenario, or the key is no load in whole numbers.
    pub fn parse(name_for_errors: &str, text: &str, sets: &[String], key: &str) -> Result<Self, ScenarioErrors> {
        let mut texts = Texts::default();
        let option = texts.add("command line", &format!("{OPTION}{key}"));
        let place = Place::new(option, OPTION.len()..OPTION.len() + key.len());
        let (known, allowed) = load_key(key, &place).map_err(|problem| ScenarioErrors::new(texts, vec![problem]))?;
        let (_, values) = Source::new(name_for_errors, text, sets).checked()?;
        let start = values.number(known.section, known.name);
        let (name, text) = (name_for_errors.to_owned(), text.to_owned());
        Ok(Self { name, text, sets: sets.to_vec(), key: known.path(), allowed, start })
    }

    pub fn setting(&self, number: u64) -> Setting {
        Setting { key: self.key.clone(), value: number.to_string(), number: Some(number as f64) }
    }

    /// The scenario with the key set.
    /// Errors: The number does not go with the rest of the scenario.
    pub fn at(&self, number: u64) -> Result<Scenario, ScenarioErrors> {
        self.at_and(number, &[])
    }

    /// The same with overrides that come after all others.
    pub fn at_and(&self, number: u64, overrides: &[String]) -> Result<Scenario, ScenarioErrors> {
        let set = self.setting(number).to_string();
        Scenario::parse(&self.name, &self.text, &[&*self.sets, &[set], overrides].concat())
    }
}

/// The key of that name, if it is a load in whole numbers, and its range.
fn load_key(path: &str, place: &Place) -> Result<(&'static Key, RangeInclusive<u64>), Problem> {
    let loads: Vec<String> = LOADS.iter().map(|(section, name)| format!("{section}.{name}")).collect();
    let refuse = |label: String| {
        let problem = Problem::new(format!("no knee can be looked for in `{path}`")).at(place.clone(), label);
        Err(problem.help(format!("loads in whole numbers are {}; sweep other keys with `--axis`", list(&loads))))
    };
    let (section, name) = path.split_once('.').unwrap_or(("", path));
    let Some(key) = keys::find(section, name) else {
        let meant = closest(path, keys::all().map(Key::path));
        let meant = meant.map_or_else(String::new, |meant| format!(": did you mean `{meant}`?"));
        return refuse(format!("there is no such key{meant}"));
    };
    match key.kind {
        Kind::Count(min, max) if LOADS.contains(&(section, name)) => Ok((key, min.max(1)..=max)),
        Kind::Count(..) => refuse("more of it is not more load".to_owned()),
        _ => refuse("this is no whole number".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[file]\nmailboxes = 500\n[instances]\ncount = 4\n[readers]\ncount = 40\n";

    fn refused(key: &str) -> String {
        Tunable::parse("load.toml", FILE, &[], key).unwrap_err().to_string()
    }

    #[test]
    fn one_number_is_varied() {
        let tunable = Tunable::parse("load.toml", FILE, &["writer.rate=5/s".to_owned()], "readers.count").unwrap();
        assert_eq!((tunable.start, &tunable.allowed), (Some(40), &(1..=1_000_000)));
        let scenario = tunable.at(80).unwrap();
        assert_eq!((scenario.readers.count, scenario.writer.arrivals.rate_per_s()), (80, Some(5.0)));
        // Four instances need four readers.
        assert!(tunable.at(3).is_err());
    }

    #[test]
    fn what_is_no_load_is_refused() {
        insta::assert_snapshot!(refused("readers.cuont"), @r#"
        error: no knee can be looked for in `readers.cuont`
         --> command line:1:13
          |
        1 | --find-knee readers.cuont
          |             ^^^^^^^^^^^^^ there is no such key: did you mean `readers.count`?
          |
          = help: loads in whole numbers are `readers.count`, `writer.count`, `file.mailboxes`; sweep other keys with `--axis`
        "#);
        insta::assert_snapshot!(refused("instances.count"), @r#"
        error: no knee can be looked for in `instances.count`
         --> command line:1:13
          |
        1 | --find-knee instances.count
          |             ^^^^^^^^^^^^^^^ more of it is not more load
          |
          = help: loads in whole numbers are `readers.count`, `writer.count`, `file.mailboxes`; sweep other keys with `--axis`
        "#);
        assert!(refused("readers.rate").contains("no whole number"));
        assert!(Tunable::parse("load.toml", "[file]", &[], "readers.count").is_err());
    }
}
