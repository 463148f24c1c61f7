//! From TOML text and `--set` overrides to a validated scenario, or to every problem found on the way.
//! text → tree (spans kept) → overrides laid over it → each value read by its kind → rules between values → `Scenario`.

mod axis;
pub(crate) mod keys;
mod kind;
mod overrides;
mod problem;
mod read_tree;
mod read_value;
mod rules;
mod sweep;
#[cfg(test)]
mod tests;
mod tree;
mod tunable;
mod values;

use std::path::Path;

use keys::{DatabaseFile, Heading, Instances, Readers, Run, Slo, Writer};
pub use problem::ScenarioErrors;
use problem::{Problem, Texts};
use read_value::is_name;
pub use tunable::Tunable;
use values::Values;

use super::Scenario;

impl Scenario {
    /// Reads a scenario's text, lays the `--set` overrides (`section.key=value`) over it, and checks everything.
    /// Errors show `name_for_errors` as the file's name; without its ending it is the default of the scenario's own name.
    ///
    /// # Errors
    /// The text or an override is not valid: every problem found, each pointing at its line or option.
    ///
    /// ```
    /// use mapstorm::internals::scenario::Scenario;
    ///
    /// let text = "file.size = '24MiB'\nreaders.count = 200\nreaders.rate = '2/s'\nrun.duration = '8s'";
    /// let scenario = Scenario::parse("morning.toml", text, &["readers.count=6000".to_owned()]).unwrap();
    /// assert_eq!((scenario.name.as_str(), scenario.readers.count), ("morning", 6000));
    ///
    /// let problems = Scenario::parse("morning.toml", "file.sise = '24MiB'\nrun.duration = 8", &[]).unwrap_err().to_string();
    /// assert!(problems.contains("--> morning.toml:1") && problems.contains("did you mean `size`"), "{problems}");
    /// assert!(problems.contains("--> morning.toml:2"), "{problems}");
    /// ```
    pub fn parse(name_for_errors: &str, text: &str, sets: &[String]) -> Result<Self, ScenarioErrors> {
        Source::new(name_for_errors, text, sets).checked().map(|(scenario, _)| scenario)
    }
}

/// A text with overrides laid over it, not yet checked.
struct Source {
    texts: Texts,
    tree: tree::Table,
    problems: Vec<Problem>,
    /// Whether it is TOML: if not, the tree is empty.
    is_toml: bool,
    stem: Option<String>,
}

impl Source {
    fn new(name_for_errors: &str, text: &str, sets: &[String]) -> Source {
        let mut texts = Texts::default();
        let mut problems = Vec::new();
        let file = texts.add(name_for_errors, text);
        let mut tree = tree::parse(file, text, &mut problems);
        let is_toml = problems.is_empty();
        if is_toml {
            for set in sets {
                overrides::apply(set, &mut texts, &mut tree, &mut problems);
            }
        }
        let stem = Path::new(name_for_errors).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Source { texts, tree, problems, is_toml, stem }
    }

    /// The scenario and the values it was made of.
    fn checked(mut self) -> Result<(Scenario, Values), ScenarioErrors> {
        if self.is_toml {
            match self.resolve(&self.tree) {
                Ok(found) if self.problems.is_empty() => return Ok(found),
                Ok(_) => {}
                Err(more) => self.problems.extend(more),
            }
        }
        Err(ScenarioErrors::new(self.texts, self.problems))
    }

    /// The scenario in a tree and the values it was made of, or all that is wrong with it.
    fn resolve(&self, tree: &tree::Table) -> Result<(Scenario, Values), Vec<Problem>> {
        let mut problems = Vec::new();
        let values = Values::read(tree, &self.texts, &mut problems);
        rules::check(&values, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let heading = Heading::of(&values).ok_or_else(|| vec![lacks_a_value()])?;
        let name = heading.name.map_or_else(|| name_from(self.stem.as_deref().unwrap_or_default()), Ok);
        let name = name.map_err(|problem| vec![problem])?;
        let sections = || {
            Some(Scenario {
                name,
                description: heading.description,
                file: DatabaseFile::of(&values)?,
                instances: Instances::of(&values)?,
                readers: Readers::of(&values)?,
                writer: Writer::of(&values)?,
                run: Run::of(&values)?,
                slo: Slo::of(&values)?,
            })
        };
        let scenario = sections().ok_or_else(|| vec![lacks_a_value()])?;
        Ok((scenario, values))
    }
}

fn lacks_a_value() -> Problem {
    Problem::new("the scenario lacks a value that has no default; this is a fault of mapstorm")
}

/// The name of a scenario from that of its file, which may have characters that a scenario's name may not.
fn name_from(stem: &str) -> Result<String, Problem> {
    if is_name(stem) {
        return Ok(stem.to_owned());
    }
    Err(Problem::new(format!("the file's name, `{stem}`, cannot be the scenario's name"))
        .help("give `name = \"…\"` at the top, of `a` to `z`, `0` to `9`, `-` and `.`; or rename the file"))
}
