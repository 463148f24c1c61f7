//! The generator: the same file for ever from the same seed, in as much memory as it may take and no more.

use std::{fs, path::Path, process::Command};

use mapstorm::internals::mailboxes::memory_of;
use nix::sys::resource::{UsageWho, getrusage};
use sha2::{Digest, Sha256};

/// What to make, and how the SHA-256 of the file begins.
const KNOWN: [(&str, &str); 21] = [
    ("--format skiplist --size 100000 --seed 1", "2b9a9b2a9054d6eaa14bcc1ef6631af3"),
    ("--format skiplist --mailboxes 1000 --seed 18446744073709551615", "48c7001de03a197edd4283e5f363a607"),
    ("--format twoskip --size 100000 --seed 1", "2d23dbc9c91b2be270ccc5f3b5d80c7e"),
    ("--format twoskip --mailboxes 1000 --seed 18446744073709551615", "a92dc9229a824c3da3f27ca3ce8d75d4"),
    ("--format skiplist --records cyrus-3.6 --size 100000 --seed 1", "8bdef4ee72349023f18e75ac48a951fd"),
    (
        "--format skiplist --records cyrus-3.6 --mailboxes 1000 --seed 18446744073709551615",
        "ea1cdbb0ae92ce8f5c885971a0e30d72",
    ),
    ("--format twoskip --records cyrus-2.3 --size 100000 --seed 1", "e234dac849f0dfe4c7d8d45ae030b3a3"),
    (
        "--format twoskip --records cyrus-2.3 --mailboxes 1000 --seed 18446744073709551615",
        "afe14cd33f402a96d8256e51b3bc5226",
    ),
    ("--format twoskip --records cyrus-3.13 --size 100000 --seed 1", "8d6d9aa54ad3bfdc2643c259d2b411e3"),
    (
        "--format skiplist --records cyrus-3.13 --mailboxes 1000 --seed 18446744073709551615",
        "cca7a6d3f88cd518a302f14a8f5c4ca5",
    ),
    ("--format twoskip --records census-2026 --size 100000 --seed 1", "0e2848b40868fbb3deed96f2a1390793"),
    (
        "--format skiplist --records census-2026 --mailboxes 1000 --seed 18446744073709551615",
        "6544dc3cfdfac82d67959e0108e978dc",
    ),
    ("--format twom --size 100000 --seed 1", "0b8469668571297dcaf181e504ceb408"),
    (
        "--format twom --records census-2026 --mailboxes 1000 --seed 18446744073709551615",
        "29b0523b007fcd50407ed0b9102e9d93",
    ),
    ("--format twom --mailboxes 0 --seed 1", "404cab70a776bbed2428b3a204dd17f8"),
    ("--format flat --size 100000 --seed 1", "3b779b6f6bb84879d7fc0953616b5396"),
    ("--format flat --mailboxes 1000 --seed 18446744073709551615", "cfa2e164e4d84d093142ef4ebb072902"),
    ("--format twoskip --mailboxes 0 --seed 1", "4d46accdd2f95250444714bb2db3484b"),
    ("--format skiplist --mailboxes 0 --seed 1", "84445825606b2ed68dd02de85e789d96"),
    ("--format flat --mailboxes 7 --seed 1", "e498a5614f9ff36ecc26c4877254d180"),
    ("--format twoskip --size 3MiB --seed 2007", "6e46ff7e050f1b87208115313043a58b"),
];

fn made(directory: &Path, arguments: &str, memory: &str) -> Vec<u8> {
    let file = directory.join("made");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.args(["mailboxes", "generate"]).arg(&file).args(arguments.split(' ')).args(["--memory", memory]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    let content = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    content
}

/// The most memory that any child of this process ever had, bytes.
fn peak() -> u64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() as u64 * 1024
}

/// One test, because what children took is only told of all of them together, and never falls.
#[test]
fn files_are_the_same_for_ever_and_made_in_the_memory_that_is_allowed() {
    const MEMORY: u64 = 2 << 20;
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["twoskip --records cyrus-3.6", "skiplist --records cyrus-2.3"]
        .map(|format| format!("--format {format} --size 12MiB --write-size 64KiB"));
    made(directory.path(), "--format twoskip --size 64KiB", "2MiB");
    let least = peak();
    let in_little = arguments.each_ref().map(|arguments| made(directory.path(), arguments, "2MiB"));
    let taken = peak() - least;
    assert!(taken <= MEMORY + (1 << 20), "{taken} bytes more than for a small file");
    for (arguments, in_little) in arguments.iter().zip(in_little) {
        assert!(
            made(directory.path(), arguments, "192MiB") == in_little,
            "{arguments}: the file depends on the memory"
        );
    }
    // What preflight counts for making such a file.
    assert!(peak() <= memory_of(12 << 20), "{} bytes", peak());
    assert!(peak() - least > 2 * (MEMORY + (1 << 20)), "this measurement does not see memory");

    for (arguments, known) in KNOWN {
        // In little memory records are sorted in many passes, and pointers filled in where they are written already.
        let memory = if arguments.contains("3MiB") { "16MiB" } else { "32KiB" };
        let digest = Sha256::digest(made(directory.path(), &format!("{arguments} --write-size 4096"), memory));
        let digest: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, known, "{arguments}");
    }
}
