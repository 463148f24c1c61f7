//! The results that are exported: where they are, what they are, and a name for each that no other has.
//! Each is read whole, so that nothing is exported that could not be read.

use std::{fs, path::PathBuf};

use anyhow::Context;

use super::ExportError;
use crate::results::{Ab, Cost, Inspection, Machine, Qualification, ResultKind, Run, Shootdown, SweepReport, WhatIf};

pub struct Source {
    /// Its directory, as it was given.
    pub path: PathBuf,
    pub kind: ResultKind,
    /// Its name: that of the directory; where two have the same, the path as it was given.
    pub name: String,
}

/// The content of a result's main file.
pub enum Content {
    Run(Box<Run>),
    Sweep(Box<SweepReport>),
    /// With the machine, from the baseline's own result; `None`: only `what-if.json` was kept.
    WhatIf(Box<WhatIf>, Option<Box<Machine>>),
    Cost(Box<Cost>),
    Qualify(Box<Qualification>),
    Ab(Box<Ab>),
    Shootdown(Box<Shootdown>),
    Inspection(Box<Inspection>),
}

impl Source {
    pub fn find(paths: &[PathBuf]) -> Result<Vec<Source>, ExportError> {
        let mut sources: Vec<(PathBuf, Source)> = Vec::new();
        for given in paths {
            let (kind, path) = ResultKind::of(given).map_err(|error| ExportError::Invalid(format!("{error:#}")))?;
            let place = fs::canonicalize(&path).with_context(|| path.display().to_string())?;
            if sources.iter().any(|(known, _)| *known == place) {
                return Err(ExportError::Invalid(format!("{}: given twice", given.display())));
            }
            let name =
                place.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
            sources.push((place, Source { path, kind, name }));
        }
        let mut sources: Vec<Source> = sources.into_iter().map(|(_, source)| source).collect();
        let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
        for source in &mut sources {
            if names.iter().filter(|name| **name == source.name).count() > 1 {
                source.name = source.path.display().to_string();
            }
        }
        Ok(sources)
    }

    pub fn content(&self) -> anyhow::Result<Content> {
        Ok(match self.kind {
            ResultKind::Run => Content::Run(Box::new(Run::load(&self.path)?)),
            ResultKind::Sweep => Content::Sweep(Box::new(SweepReport::load(&self.path)?)),
            ResultKind::WhatIf => {
                let what_if = WhatIf::load(&self.path)?;
                let baseline = self.path.join(&what_if.baseline.directory);
                let machine = match baseline.join(ResultKind::Run.file()).exists() {
                    true => Some(Box::new(Machine::of(&Run::load(&baseline)?))),
                    false => None,
                };
                Content::WhatIf(Box::new(what_if), machine)
            }
            ResultKind::Cost => Content::Cost(Box::new(Cost::load(&self.path)?)),
            ResultKind::Qualify => Content::Qualify(Box::new(Qualification::load(&self.path)?)),
            ResultKind::Ab => Content::Ab(Box::new(Ab::load(&self.path)?)),
            ResultKind::Shootdown => Content::Shootdown(Box::new(Shootdown::load(&self.path)?)),
            ResultKind::Inspection => Content::Inspection(Box::new(Inspection::load(&self.path)?)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn result(directory: &Path, name: &str) -> PathBuf {
        let path = directory.join(name);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("cost.json"), "{}").unwrap();
        path
    }

    #[test]
    fn every_result_has_a_name_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (result(directory.path(), "a/same"), result(directory.path(), "b/same"));
        let third = result(directory.path(), "third");
        let sources = Source::find(&[one.clone(), other.clone(), third.join("cost.json")]).unwrap();
        let names: Vec<&str> = sources.iter().map(|source| &*source.name).collect();
        assert_eq!(names, [one.to_str().unwrap(), other.to_str().unwrap(), "third"]);
        let Err(error) = Source::find(&[third.clone(), third.join("cost.json")]) else { panic!("it is the same") };
        assert!(error.to_string().ends_with("cost.json: given twice"), "{error}");
        let Err(error) = Source::find(&[directory.path().join("none")]) else { panic!("there is none") };
        assert!(matches!(error, ExportError::Invalid(_)), "{error:?}");
    }
}
