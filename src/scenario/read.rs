//! From TOML text and `--set` overrides to a validated scenario, or to every problem found on the way.
//! text → tree (spans kept) → overrides laid over it → each value read by its kind → rules between values → `Scenario`.

mod assemble;
mod axis;
mod compound;
mod dial;
pub(crate) mod keys;
mod kind;
mod overrides;
mod problem;
mod read_value;
mod rules;
mod sweep;
#[cfg(test)]
mod tests;
mod tree;
mod values;

use std::{io::Read, path::Path};

pub use dial::Dial;
pub(crate) use keys::bounds_of_key;
pub use problem::ScenarioErrors;
use problem::{Place, Problem, Texts};

use super::Scenario;
use crate::os::regular_file::open_regular;

/// The largest scenario, bytes.
const LARGEST: u64 = 1 << 20;

impl Scenario {
    /// Reads a scenario file, lays the `--set` overrides (`section.key=value`) over it, and checks everything.
    /// The name defaults to the file's name without its ending.
    ///
    /// # Errors
    /// The file cannot be read, or is not a valid scenario: every problem found, each pointing at its line or option.
    pub fn load(path: &Path, sets: &[String]) -> Result<Self, ScenarioErrors> {
        let (name, text) = text_of(path)?;
        Self::parse(&name, &text, sets)
    }

    /// As [`load`](Self::load), from text; `name_for_errors` is shown where the file's name would be.
    ///
    /// # Errors
    /// The text or an override is not valid: every problem found.
    pub fn parse(name_for_errors: &str, text: &str, sets: &[String]) -> Result<Self, ScenarioErrors> {
        let mut source = Source::new(name_for_errors, text, sets);
        if source.is_toml {
            match source.resolve(&source.tree) {
                Ok((scenario, _)) if source.problems.is_empty() => return Ok(scenario),
                Ok(_) => {}
                Err(more) => source.problems.extend(more),
            }
        }
        Err(ScenarioErrors::new(source.texts, source.problems))
    }
}

/// A text with overrides laid over it, not yet checked.
struct Source {
    texts: Texts,
    tree: tree::Table,
    /// With its syntax, or with the overrides.
    problems: Vec<Problem>,
    /// Whether it can be looked into at all.
    is_toml: bool,
    /// The file's name without its ending.
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

    /// The scenario in a tree and the values it was made of, or all that is wrong with it.
    fn resolve(&self, tree: &tree::Table) -> Result<(Scenario, values::Values), Vec<Problem>> {
        let mut problems = Vec::new();
        let values = values::Values::read(tree, &self.texts, &mut problems);
        rules::check(&values, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        match assemble::scenario(&values, self.stem.as_deref()) {
            Ok(scenario) => Ok((scenario, values)),
            Err(problem) => Err(vec![problem]),
        }
    }
}

/// Reads a scenario's file.
fn text_of(path: &Path) -> Result<(String, String), ScenarioErrors> {
    let name = path.display().to_string();
    let read = || {
        let mut text = String::new();
        open_regular(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
        match text.len() as u64 {
            0..=LARGEST => Ok(text),
            _ => Err(std::io::Error::other(format!("larger than a scenario can be ({LARGEST} bytes)"))),
        }
    };
    match read() {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(ScenarioErrors::unreadable(&name, &error)),
    }
}
