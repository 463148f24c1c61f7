//! The mapped files of a run: how large, how made, and how the page cache holds them.

use std::{fs, path::Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Availability;
use crate::{
    mailboxes::{Format, KeyOrder, Mapping},
    os::{facts::Folio, folios},
};

/// One instance's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileFacts {
    /// The instance, from 0.
    pub instance: u32,
    /// The format.
    pub format: Format,
    /// The order of its keys. Results of versions that did not check it say `plain`.
    #[serde(default)]
    pub order: KeyOrder,
    /// Records in it before the run (`flat`: pages).
    pub records: u64,
    /// Its size before the run.
    pub bytes_at_start: Availability<u64>,
    /// Its size after the run.
    pub bytes_at_end: Availability<u64>,
    /// Bytes a `write(2)` that it was made with; the folios follow from it, where the file system keeps large ones.
    pub write_size: u64,
    /// The page cache's folios behind it before the run, smallest first.
    pub folios: Availability<Vec<Folios>>,
}

/// Folios of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Folios {
    /// Bytes of each.
    pub bytes: u64,
    /// How many.
    pub count: u64,
}

impl FileFacts {
    /// Looks at a file before the run: maps it, reads every page, and unmaps it again.
    pub fn probe(
        path: &Path,
        instance: u32,
        format: Format,
        order: KeyOrder,
        records: u64,
        write_size: u64,
    ) -> FileFacts {
        let later = Availability::Unavailable { unavailable: "the run has not ended".to_owned() };
        FileFacts {
            instance,
            format,
            order,
            records,
            bytes_at_start: size_of(path),
            bytes_at_end: later,
            write_size,
            folios: folios_of(path).into(),
        }
    }

    /// Looks at it again after the run.
    pub fn ended(&mut self, path: &Path) {
        self.bytes_at_end = size_of(path);
    }
}

fn size_of(path: &Path) -> Availability<u64> {
    fs::metadata(path).map(|facts| facts.len()).map_err(|error| error.to_string()).into()
}

fn folios_of(path: &Path) -> Result<Vec<Folios>, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    let map = Mapping::of(&file, size).map_err(|error| error.to_string())?;
    let memory = map.bytes(size).slice(0, size).map_err(|error| error.to_string())?;
    let found = Folio::sizes(&folios::list(memory)?);
    Ok(found.into_iter().map(|(bytes, count)| Folios { bytes, count }).collect())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn folios_cover_the_file() {
        let directory = tempfile::tempdir_in(".").unwrap();
        let path = directory.path().join("file");
        let mut file = fs::File::create(&path).unwrap();
        for _ in 0..64 {
            file.write_all(&[7; 65536]).unwrap();
        }
        let facts = FileFacts::probe(&path, 0, Format::Flat, KeyOrder::Plain, 0, 65536);
        match &facts.folios {
            Availability::Value(folios) => {
                let bytes: u64 = folios.iter().map(|folio| folio.bytes * folio.count).sum();
                assert_eq!(bytes, 64 * 65536, "{folios:?}");
                assert!(folios.iter().all(|folio| folio.bytes.is_power_of_two()), "{folios:?}");
            }
            Availability::Unavailable { unavailable } => eprintln!("skipped: {unavailable}"),
        }
        assert_eq!(facts.bytes_at_start, Availability::Value(64 * 65536));
        assert_eq!(facts.bytes_at_end.value(), None);
    }
}
