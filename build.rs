//! What is decided when the program is built: how it is linked, and what `--version` says about it.
//!
//! Debug sections of the program are compressed: line numbers in its backtraces take a fifth of the room, and are read when it panics only.

use std::{env, fs, path::Path, process::Command};

/// What the program is compiled from. A change of these compiles it again anyway, so that watching them costs nothing.
const SOURCES: [&str; 5] = ["build.rs", "Cargo.toml", "Cargo.lock", "src", "scenarios"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The linkers of Linux can do that, and the standard library reads it; of others neither is certain.
    if variable("CARGO_CFG_TARGET_OS") == "linux" {
        println!("cargo:rustc-link-arg-bins=-Wl,--compress-debug-sections=zlib");
        // More than the lowest level of compression, and one copy of equal ends of names.
        println!("cargo:rustc-link-arg-bins=-Wl,-O2");
    }
    let is_static = variable("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "crt-static");
    println!("cargo:rustc-env=MAPSTORM_TARGET={}{}", variable("TARGET"), if is_static { ", static" } else { "" });
    println!("cargo:rustc-env=MAPSTORM_FEATURES={}", features());
    let version = variable("CARGO_PKG_VERSION");
    let (recorded, said) = match commit() {
        Ok(Commit { hash, is_changed }) => {
            let changed = if is_changed { ", changed" } else { "" };
            (format!("{version} ({}{changed})", hash.get(..12).unwrap_or(&hash)), format!("commit {hash}{changed}"))
        }
        Err(why) => (version, format!("unknown commit ({why})")),
    };
    println!("cargo:rustc-env=MAPSTORM_VERSION={recorded}");
    println!("cargo:rustc-env=MAPSTORM_COMMIT={said}");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn features() -> String {
    let names =
        env::vars().filter_map(|(name, _)| Some(name.strip_prefix("CARGO_FEATURE_")?.to_lowercase().replace('_', "-")));
    let mut names: Vec<String> = names.filter(|name| name != "default").collect();
    names.sort();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The commit that is built, and whether the sources differ from it.
struct Commit {
    hash: String,
    is_changed: bool,
}

/// Errors: It is not known, and why. That is no reason not to build.
fn commit() -> Result<Commit, &'static str> {
    // A packaged crate lies in any repository or in none: its own word counts.
    if let Ok(text) = fs::read_to_string(".cargo_vcs_info.json") {
        let hash = text.split('"').find(|word| is_hash(word)).ok_or("the packaged crate names none")?;
        return Ok(Commit { hash: hash.to_owned(), is_changed: text.contains("\"dirty\": true") });
    }
    // A build script that runs again has all targets of the crate compiled again, thirty test programs among them: not after every commit.
    if variable("PROFILE") != "release" {
        return Err("a debug build does not record it");
    }
    SOURCES.iter().for_each(|path| println!("cargo:rerun-if-changed={path}"));
    if !Path::new(".git").exists() {
        return Err("not built in its repository");
    }
    let hash = git(&["rev-parse", "HEAD"]).filter(|hash| is_hash(hash)).ok_or("git does not name it")?;
    watch_head();
    let changes = git(&[&["status", "--porcelain", "--"][..], &SOURCES].concat()).ok_or("git does not name changes")?;
    Ok(Commit { hash, is_changed: !changes.is_empty() })
}

fn is_hash(word: &str) -> bool {
    word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a command of git prints; `None`: there is no git, or it refuses.
fn git(arguments: &[&str]) -> Option<String> {
    // A hook of another repository would have these set.
    let output =
        Command::new("git").args(arguments).env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Has the script run again when another commit is checked out or made. A path that does not exist would have it run at every build.
fn watch_head() {
    let place = |name: &str| git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists());
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    // A branch without a file of its own is packed with others, and gets one at its next commit: the log of HEAD has that.
    let of_branch = branch.and_then(|branch| place(&branch)).or_else(|| place("logs/HEAD"));
    for path in place("HEAD").into_iter().chain(of_branch) {
        println!("cargo:rerun-if-changed={path}");
    }
}
