//! Completion scripts and manual pages, read by what reads them: bash, and groff where it is installed.
//! Both must know every command.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

const COMMANDS: [&str; 9] = ["run", "cost", "diagnose", "doctor", "mailboxes", "list", "export", "completions", "man"];

fn mapstorm(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mapstorm")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a program says to a text, on both outputs; `None`: it is not installed.
fn output_of(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("skipped: there is no {program} here");
        return None;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Some((output.status.success(), said))
}

#[test]
fn every_shell_learns_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = mapstorm(&["completions", shell]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = mapstorm(&["completions", shell]);
        assert!(script.contains("openmetrics"), "{shell}: values of options");
        let Some((is_fine, said)) = output_of(shell, &["-n"], &script) else { continue };
        assert!(is_fine && said.is_empty(), "{shell}: {said}");
    }
}

#[test]
fn bash_completes_commands_and_values() {
    let script = mapstorm(&["completions", "bash"]);
    let ask = |before: &str, word: &str, at: usize| {
        let last = before.rsplit(' ').next().unwrap();
        let words = format!("COMP_WORDS=({before} {word}); COMP_CWORD={at}");
        // As bash calls it: the command, the word that is to be completed, the one before it.
        format!("{script}\n{words}; _mapstorm mapstorm {word} {last}; echo \"${{COMPREPLY[@]}}\"\n")
    };
    let Some((is_fine, said)) = output_of("bash", &[], &ask("mapstorm", "exp", 1)) else { return };
    assert!(is_fine, "{said}");
    assert_eq!(said.trim(), "export");
    let (_, said) = output_of("bash", &[], &ask("mapstorm export --format", "o", 3)).unwrap();
    assert_eq!(said.trim(), "openmetrics");
}

/// What stands below a heading of a page; `None`: it has no such heading.
fn section_of<'p>(page: &'p str, heading: &str) -> Option<&'p str> {
    let quoted = if heading.contains(' ') { format!("\"{heading}\"") } else { heading.to_owned() };
    let (_, below) = page.split_once(&format!("\n.SH {quoted}\n"))?;
    below.split("\n.SH ").next()
}

/// As `man` reads them, groff and mandoc where they are installed. Mandoc also warns of breaks around the paragraphs of options, which come from
/// clap_mangen, and of the date that there is none.
#[test]
fn manual_pages_have_no_faults() {
    let directory = tempfile::tempdir().unwrap();
    mapstorm(&["man", "--out", directory.path().to_str().unwrap()]);
    for page in fs::read_dir(directory.path()).unwrap() {
        let path = page.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for (program, arguments) in
            [("groff", &["-man", "-Kutf8", "-Tutf8", "-ww", "-z"][..]), ("mandoc", &["-T", "lint", "-W", "error,stop"])]
        {
            let Some((is_fine, said)) = output_of(program, arguments, &text) else { continue };
            assert!(is_fine && said.is_empty(), "{program}: {}: {said}", path.display());
        }
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    mapstorm(&["man", "--out", pages.to_str().unwrap()]);
    for command in COMMANDS {
        assert!(pages.join(format!("mapstorm-{command}.1")).is_file(), "{command}");
    }
    assert!(pages.join("mapstorm-mailboxes-check.1").is_file());
    assert!(!pages.join("mapstorm-mailboxes-apply.1").exists(), "hidden commands have no page");
    assert_eq!(fs::read_to_string(pages.join("mapstorm.1")).unwrap(), mapstorm(&["man"]));
    let main = mapstorm(&["man"]);
    for command in COMMANDS {
        assert!(main.contains(&format!("mapstorm\\-{command}(1)")), "{command}");
    }
    for (section, says) in [
        ("EXAMPLES", "mapstorm run quick"),
        ("FILES", "results/"),
        ("EXIT STATUS", "An objective was not met, a regression was found, or the run is invalid."),
        ("SEE ALSO", "\\fBmapstorm\\-mailboxes\\fR(1)"),
    ] {
        assert!(section_of(&main, section).is_some_and(|text| text.contains(says)), "{section}: {says} in {main}");
    }
    for page in fs::read_dir(&pages).unwrap() {
        let path = page.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let title = text.lines().find(|line| line.starts_with(".TH ")).unwrap();
        let expected = concat!(" 1 \" \" \"mapstorm ", env!("CARGO_PKG_VERSION"), "\" \"User Commands\"");
        assert!(title.ends_with(expected), "{title}");
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "FILES", "EXIT STATUS", "SEE ALSO"] {
            let is_there =
                section_of(&text, section).is_some_and(|text| text.lines().any(|line| !line.starts_with('.')));
            assert!(is_there, "{}: {section}", path.display());
        }
    }
}

#[test]
fn the_version_says_what_was_built() {
    let short = mapstorm(&["-V"]);
    assert_eq!(short, concat!("mapstorm ", env!("CARGO_PKG_VERSION"), "\n"));
    let long = mapstorm(&["--version"]);
    let lines: Vec<&str> = long.lines().collect();
    let [version, commit, target, features] = lines[..] else { panic!("{long}") };
    assert_eq!(version, short.trim());
    // A debug build does not record it; a release is checked by scripts/release.sh.
    let hash = commit.strip_prefix("commit ").map(|rest| rest.split(',').next().unwrap());
    let is_hash = |hash: &str| hash.len() >= 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(commit.starts_with("unknown commit (") || hash.is_some_and(is_hash), "{long}");
    assert!(target.starts_with(&format!("target {}-", std::env::consts::ARCH)), "{long}");
    let expected: Vec<&str> = [("parquet", cfg!(feature = "parquet")), ("png", cfg!(feature = "png"))]
        .into_iter()
        .filter(|(_, is_on)| *is_on)
        .map(|(name, _)| name)
        .collect();
    let expected = if expected.is_empty() { "none".to_owned() } else { expected.join(", ") };
    assert_eq!(features, format!("features {expected}"));
}
