//! From TOML text and `--set` overrides to a validated scenario, or to every problem found on the way.
//! text → tree (spans kept) → overrides laid over it → each value read by its kind → rules between values → `Scenario`.

mod assemble;
mod compound;
pub(super) mod keys;
mod kind;
mod overrides;
mod problem;
mod rules;
#[cfg(test)]
mod tests;
mod tree;
mod values;

use std::path::Path;

pub use problem::ScenarioErrors;
use problem::{Place, Problem, Texts};

use super::Scenario;

impl Scenario {
    /// Reads a scenario file, lays the `--set` overrides (`section.key=value`) over it, and checks everything.
    /// The name defaults to the file's name without its ending.
    ///
    /// # Errors
    /// The file cannot be read, or is not a valid scenario: every problem found, each pointing at its line or option.
    pub fn load(path: &Path, sets: &[String]) -> Result<Self, ScenarioErrors> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text, sets),
            Err(error) => Err(ScenarioErrors::unreadable(&name, &error)),
        }
    }

    /// As [`load`](Self::load), from text; `name_for_errors` is shown where the file's name would be.
    ///
    /// # Errors
    /// The text or an override is not valid: every problem found.
    pub fn parse(name_for_errors: &str, text: &str, sets: &[String]) -> Result<Self, ScenarioErrors> {
        let mut texts = Texts::default();
        let mut problems = Vec::new();
        let file = texts.add(name_for_errors, text);
        let mut tree = tree::parse(file, text, &mut problems);
        if problems.is_empty() {
            for set in sets {
                overrides::apply(set, &mut texts, &mut tree, &mut problems);
            }
            let values = values::Values::read(&tree, &texts, &mut problems);
            rules::check(&values, &mut problems);
            if problems.is_empty() {
                let stem = Path::new(name_for_errors).file_stem().map(|stem| stem.to_string_lossy());
                match assemble::scenario(&values, stem.as_deref()) {
                    Ok(scenario) => return Ok(scenario),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        Err(ScenarioErrors::new(texts, problems))
    }
}
