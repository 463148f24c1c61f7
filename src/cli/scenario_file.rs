//! A scenario's file, read once, so that an edit meanwhile does not change a search or a series.

use std::io::{self, Read};
use std::path::Path;

use crate::os::regular_file::open_regular;
use crate::scenario::ScenarioErrors;

/// The largest scenario, bytes.
const LARGEST: u64 = 1 << 20;

pub struct ScenarioFile {
    pub name: String,
    pub text: String,
}

impl ScenarioFile {
    /// Errors: The path leads to no regular file, or to one that cannot be read, is too large or is no UTF-8.
    pub fn read(path: &Path) -> Result<ScenarioFile, ScenarioErrors> {
        let name = path.display().to_string();
        match text_of(path) {
            Ok(text) => Ok(ScenarioFile { name, text }),
            Err(error) => Err(ScenarioErrors::unreadable(&name, &error)),
        }
    }
}

fn text_of(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open_regular(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    match text.len() as u64 {
        0..=LARGEST => Ok(text),
        _ => Err(io::Error::other(format!("larger than a scenario can be ({LARGEST} bytes)"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path) -> String {
        let errors = ScenarioFile::read(path).err().unwrap();
        assert_eq!(errors.count(), 1);
        errors.to_string()
    }

    #[test]
    fn other_kinds_of_files_are_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        assert_eq!(
            refused(Path::new("/nowhere/at-all.toml")),
            "error: cannot read the scenario `/nowhere/at-all.toml`: No such file or directory (os error 2)"
        );
        assert!(refused(directory.path()).contains("a directory"));
        nix::unistd::mkfifo(&path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(refused(&path("fifo")).contains("a FIFO"));
        std::fs::write(path("latin-1"), b"# \xe4").unwrap();
        assert!(refused(&path("latin-1")).contains("UTF-8"));
    }

    #[test]
    fn the_largest_file_is_read_whole_and_a_larger_one_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(LARGEST).unwrap();
        assert_eq!(ScenarioFile::read(file.path()).ok().unwrap().text.len() as u64, LARGEST);
        file.as_file().set_len(LARGEST + 1).unwrap();
        assert!(refused(file.path()).contains("larger than a scenario can be (1048576 bytes)"));
    }
}
