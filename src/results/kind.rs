//! Which kind of result a directory holds: decided by its main JSON file. And the origin of figures: measured, emulated and predicted figures
//! are never mixed unmarked.

use std::path::{Path, PathBuf};

use anyhow::bail;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::os::regular_file::{Irregular, OpenError, open_regular};

/// Version of the format of every JSON result: raised when a field changes its name or its meaning.
pub const FORMAT_VERSION: u32 = 4;

/// A kind of result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum ResultKind {
    /// One run: `run.json`.
    Run,
    /// Many runs along axes, or a search for the knee: `sweep.json`.
    Sweep,
    /// A baseline and its mitigations: `what-if.json`.
    WhatIf,
    /// What an update costs: `cost.json`.
    Cost,
    /// Whether a machine is fit for a load: `qualify.json`.
    Qualify,
    /// Two scenarios whose runs took turns: `ab.json`.
    Ab,
    /// What shootdowns cost: `shootdown.json`.
    Shootdown,
    /// A live server, as it was seen: `inspection.json`.
    Inspection,
}

impl ResultKind {
    pub const ALL: [ResultKind; 8] = [
        ResultKind::Run,
        ResultKind::Sweep,
        ResultKind::WhatIf,
        ResultKind::Cost,
        ResultKind::Qualify,
        ResultKind::Ab,
        ResultKind::Shootdown,
        ResultKind::Inspection,
    ];

    pub const fn file(self) -> &'static str {
        match self {
            ResultKind::Run => "run.json",
            ResultKind::Sweep => "sweep.json",
            ResultKind::WhatIf => "what-if.json",
            ResultKind::Cost => "cost.json",
            ResultKind::Qualify => "qualify.json",
            ResultKind::Ab => "ab.json",
            ResultKind::Shootdown => "shootdown.json",
            ResultKind::Inspection => "inspection.json",
        }
    }

    pub fn name(self) -> &'static str {
        self.file().trim_end_matches(".json")
    }

    /// Such as `a run`.
    pub fn with_article(self) -> &'static str {
        match self {
            ResultKind::Run => "a run",
            ResultKind::Sweep => "a sweep",
            ResultKind::WhatIf => "a what-if",
            ResultKind::Cost => "a cost experiment",
            ResultKind::Shootdown => "a shootdown experiment",
            ResultKind::Qualify => "a qualification",
            ResultKind::Ab => "an A/B comparison",
            ResultKind::Inspection => "an inspection",
        }
    }

    /// The kind of the result in a directory; `None`: there is none.
    pub(super) fn in_directory(directory: &Path) -> Option<ResultKind> {
        ResultKind::ALL.into_iter().find(|kind| directory.join(kind.file()).exists())
    }

    /// The kind of `path`, a result directory or the main file in it, and the directory; an error if there is no such path or no result in it.
    pub fn of(path: &Path) -> anyhow::Result<(ResultKind, PathBuf)> {
        if let Some(kind) = ResultKind::in_directory(path) {
            return Ok((kind, path.to_owned()));
        }
        let named = ResultKind::ALL.into_iter().find(|kind| path.file_name().is_some_and(|name| name == kind.file()));
        if let Some(kind) = named.filter(|_| path.exists() && !path.is_dir()) {
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            return Ok((kind, directory.unwrap_or(Path::new(".")).to_owned()));
        }
        let files = ResultKind::ALL.map(ResultKind::file).join(", ");
        if let Err(OpenError::Irregular(kind)) = open_regular(path).map(|_| ()).or_else(|error| match error {
            OpenError::Irregular(Irregular::DIRECTORY) => Ok(()),
            other => Err(other),
        }) {
            bail!("{}: this is {kind}, not a result of mapstorm", path.display());
        }
        if path.exists() {
            bail!("{}: not a result of mapstorm: a result directory holds one of {files}", path.display());
        }
        bail!("{}: no such directory; `mapstorm list` shows which results there are", path.display());
    }
}

/// Where figures come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Measured on the machine named.
    #[default]
    Measured,
    /// Measured, but of an imitation of another system: no property of the machine named.
    Emulated,
    /// Worked out from a cost model, never run.
    Predicted,
    /// Measured by another program on the machine named, and imported.
    Elsewhere,
}

impl Provenance {
    pub fn name(self) -> &'static str {
        match self {
            Provenance::Measured => "measured",
            Provenance::Emulated => "emulated",
            Provenance::Predicted => "predicted",
            Provenance::Elsewhere => "measured elsewhere",
        }
    }

    /// Of something that was run, and may imitate another system.
    pub fn of_run(is_emulated: bool) -> Provenance {
        if is_emulated { Provenance::Emulated } else { Provenance::Measured }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_or_its_main_file_has_a_kind() {
        let directory = tempfile::tempdir().unwrap();
        let error = ResultKind::of(directory.path()).unwrap_err().to_string();
        assert!(error.contains("sweep.json"), "{error}");
        let file = directory.path().join("sweep.json");
        assert!(ResultKind::of(&file).unwrap_err().to_string().contains("no such"));
        std::fs::write(&file, "{}").unwrap();
        let expected = (ResultKind::Sweep, directory.path().to_owned());
        assert_eq!(ResultKind::of(directory.path()).unwrap(), expected);
        assert_eq!(ResultKind::of(&file).unwrap(), expected);
    }
}
