//! What a test needs of the machine. Without it the test is skipped with a line that says so; with CI set it fails.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Whether `path` is there.
pub fn have(path: &Path, what: &str) -> bool {
    given(path.exists(), &format!("{what} at {}", path.display()))
}

/// Whether the user is root.
pub fn root() -> bool {
    given(nix::unistd::geteuid().is_root(), "root")
}

/// Whether something that was tried works here.
pub fn given(is_there: bool, what: &str) -> bool {
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "CI needs {what}");
        eprintln!("skipped: needs {what}");
    }
    is_there
}

/// The Python that can import these modules.
pub fn python(modules: &str) -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python");
    let import = format!("import {modules}");
    let works = Command::new(&python).args(["-c", &import]).output().is_ok_and(|out| out.status.success());
    given(works, &format!("{modules} in {}, which scripts/test.sh installs", python.display())).then_some(python)
}
