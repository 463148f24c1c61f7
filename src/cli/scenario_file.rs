//! The text of a scenario, from its file or built in, read once, so that an edit meanwhile does not change a search or a series.

use std::io::{self, Read};
use std::path::Path;

use super::hints::hint;
use crate::os::regular_file::open_regular;
use crate::scenario::{BuiltIn, ScenarioErrors};

/// The largest scenario, bytes.
const LARGEST: u64 = 1 << 20;

pub struct ScenarioFile {
    pub name: String,
    pub text: String,
}

impl ScenarioFile {
    /// Reads a file, or where there is none, the built-in scenario of that name: a file of the user's own is never passed over.
    /// Errors: The path leads to no regular file, or to one that cannot be read, is too large or is no UTF-8; or there is neither file nor
    /// built-in scenario.
    pub fn read(path: &Path) -> Result<ScenarioFile, ScenarioErrors> {
        let name = path.display().to_string();
        let error = match text_of(path) {
            Ok(text) => return Ok(ScenarioFile { name, text }),
            Err(error) => error,
        };
        let is_absent = error.kind() == io::ErrorKind::NotFound;
        match BuiltIn::named(&name) {
            Some(built_in) if is_absent => Ok(ScenarioFile { name, text: built_in.text.to_owned() }),
            _ => Err(ScenarioErrors::unreadable(
                &name,
                &error,
                is_absent.then(|| hint(&name).unwrap_or_else(|| BuiltIn::hint(&name))),
            )),
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
        let absent = refused(Path::new("/nowhere/quik.toml"));
        let title = "error: cannot read the scenario `/nowhere/quik.toml`: No such file or directory (os error 2)";
        assert!(refused(Path::new("read-only")).contains("`--what-if=read-only`"));
        assert!(absent.starts_with(title) && absent.contains("help: did you mean `quick`? built-in"), "{absent}");
        assert!(refused(directory.path()).contains("a directory"));
        nix::unistd::mkfifo(&path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(refused(&path("fifo")).contains("a FIFO"));
        std::fs::write(path("latin-1"), b"# \xe4").unwrap();
        assert!(refused(&path("latin-1")).contains("UTF-8"));
    }

    #[test]
    fn a_file_comes_before_the_built_in_scenario_of_its_name() {
        let text = |path: &Path| ScenarioFile::read(path).map(|file| file.text).map_err(|errors| errors.to_string());
        let built_in = BuiltIn::named("quick").unwrap().text;
        assert_eq!(text(Path::new("quick")).as_deref(), Ok(built_in));
        let directory = tempfile::tempdir().unwrap();
        let own = directory.path().join("quick");
        assert!(text(&own).is_err(), "only a bare name is that of a built-in scenario");
        std::fs::write(&own, "file.size = '1MiB'").unwrap();
        assert_eq!(text(&own).as_deref(), Ok("file.size = '1MiB'"));
        // A name that is taken by what is no file is refused, not passed over.
        assert!(refused(directory.path()).contains("a directory"));
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
