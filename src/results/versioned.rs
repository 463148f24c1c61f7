//! The JSON file of each kind of result: its name, how it is read, and where it says why it is incomplete. Each carries the version of its
//! format, and only the version that this mapstorm writes is read.

use std::{io, path::Path};

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;

use super::{
    Ab, Cost, FORMAT_VERSION, Inspection, OneFile, Qualification, ResultKind, Run, Shootdown, SweepReport, WhatIf,
    limits,
};

fn load<T: DeserializeOwned>(directory: &Path, kind: ResultKind) -> anyhow::Result<T> {
    let path = directory.join(kind.file());
    let at = || path.display().to_string();
    let json = limits::read_json(&path).with_context(|| match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            format!("{}: not a {} directory, or not a whole one", at(), kind.name())
        }
        _ => at(),
    })?;
    match json.get("format_version").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(version) => {
            bail!("{}: format version {version}, and this mapstorm reads {FORMAT_VERSION}; measure again", at())
        }
        None => bail!("{}: no format_version: not a result of mapstorm", at()),
    }
    serde_json::from_value(json).with_context(at)
}

/// The text of the file of this kind in a directory, or an error if there is none or it is larger than one can be.
pub fn json_text(directory: &Path, kind: ResultKind) -> anyhow::Result<String> {
    let path = directory.join(kind.file());
    let at = || path.display().to_string();
    String::from_utf8(limits::read(&path, limits::LARGEST_JSON).with_context(at)?).with_context(at)
}

macro_rules! loaded_from_directories {
    ($($kind:ident: $result:ty),*) => {$(
        impl $result {
            /// Reads the JSON file of this kind in a directory.
            ///
            /// # Errors
            /// There is no such file, it is of another kind, or it is of a version that this one cannot read.
            pub fn load(directory: &Path) -> anyhow::Result<$result> {
                load(directory, ResultKind::$kind)
            }
        }
    )*};
}

loaded_from_directories!(Run: Run, Sweep: SweepReport, WhatIf: WhatIf, Qualify: Qualification, Ab: Ab, Shootdown: Shootdown);

impl Inspection {
    /// Reads `inspection.json` in a directory, and `samples.csv` where it was recorded, with the same errors.
    pub fn load(directory: &Path) -> anyhow::Result<Inspection> {
        let mut found: Inspection = load(directory, ResultKind::Inspection)?;
        found.read_samples(directory)?;
        Ok(found)
    }
}

impl Cost {
    /// Reads `cost.json`, given itself or its directory, with the same errors.
    pub fn load(path: &Path) -> anyhow::Result<Cost> {
        match ResultKind::of(path)? {
            (ResultKind::Cost, directory) => load(&directory, ResultKind::Cost),
            (other, _) => bail!("{}: the result of {}, not of `mapstorm cost`", path.display(), other.with_article()),
        }
    }
}

/// Where a result keeps why it is incomplete.
trait Reasons {
    fn add(&mut self, more: Vec<String>);
}

impl Reasons for Vec<String> {
    fn add(&mut self, more: Vec<String>) {
        self.extend(more);
    }
}

impl Reasons for Option<String> {
    fn add(&mut self, more: Vec<String>) {
        *self = Some(self.take().into_iter().chain(more).collect::<Vec<_>>().join("; "));
    }
}

macro_rules! one_file_each {
    ($($result:ident, $kind:ident: $reasons:ident;)+) => {$(
        impl OneFile for $result {
            const FILE: &str = ResultKind::$kind.file();

            fn mark_incomplete(&mut self, because: Vec<String>) {
                self.complete = false;
                self.$reasons.add(because);
            }
        }
    )+};
}

one_file_each! {
    SweepReport, Sweep: stopped;
    WhatIf, WhatIf: incomplete_because;
    Cost, Cost: incomplete_because;
    Qualification, Qualify: stopped;
    Ab, Ab: stopped;
    Shootdown, Shootdown: incomplete_because;
    Inspection, Inspection: incomplete_because;
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_our_own_version_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let load = |text: &str| {
            fs::write(directory.path().join("sweep.json"), text).unwrap();
            format!("{:#}", SweepReport::load(directory.path()).unwrap_err())
        };
        assert!(load("{\"format_version\": 77}").contains("version 77"));
        assert!(load("{\"version\": 1}").contains("no format_version"));
        assert!(load("{\"format_version\": 4}").contains("missing field"));
        assert!(load("nonsense").contains("sweep.json"));
        let error = format!("{:#}", Run::load(directory.path()).unwrap_err());
        assert!(error.contains("run.json: not a run directory"), "{error}");
    }
}
