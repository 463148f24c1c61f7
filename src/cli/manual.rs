//! Manual pages: what `--help` says, with the sections that a manual has besides: EXAMPLES, FILES, EXIT STATUS, SEE ALSO.

use std::io;

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, italic, roman},
};

use super::{examples, failure::EXIT_CODES};
use crate::conclude::wording::capital;
use crate::results::ResultKind;

/// Files that commands read or write.
struct File {
    path: &'static str,
    what: &'static str,
    /// The commands, by the names of their pages without `mapstorm-`; the empty name is the main page's. None: all.
    of: &'static [&'static str],
}

const FILES: [File; 11] = [
    File {
        path: "results/",
        what: "Where results go unless --out names another place: a directory each. mapstorm list looks there.",
        of: &["", "qualify", "run", "cost", "cost-import", "shootdown", "ab", "list"],
    },
    File {
        path: "RESULT/report.html, RESULT/charts/",
        what: "The page of a result, and its charts as SVG.",
        of: &["", "qualify", "run", "cost", "cost-import", "shootdown", "inspect", "compare", "ab", "report"],
    },
    File {
        path: "RESULT/latency.hlog",
        what: "All latencies of a run, as HdrHistogram's interval log.",
        of: &["run", "export"],
    },
    File {
        path: "RESULT/timeline.csv, counters.csv, slots.csv, stalls.jsonl, stacks.folded",
        what: "What happened during a run, over time.",
        of: &["run", "diagnose", "report"],
    },
    File {
        path: "DIR/comparison.json, DIR/history.json",
        what: "What --out keeps of a comparison or a history.",
        of: &["compare"],
    },
    File {
        path: "/sys/kernel/tracing",
        what: "Linux's tracing system, which part of the evidence comes from; only root reads it.",
        of: &["run", "doctor", "inspect"],
    },
    File {
        path: "/usr/share/mapstorm/scenarios/",
        what: "The built-in scenarios as files, to copy and change; Debian's package has them.",
        of: &["", "run", "ab", "qualify", "list"],
    },
    File {
        path: "/usr/share/bash-completion/completions/mapstorm, /usr/share/zsh/vendor-completions/_mapstorm, \
               /usr/share/fish/vendor_completions.d/mapstorm.fish",
        what: "The completion scripts that Debian's package installs.",
        of: &["completions"],
    },
    File { path: "~/.local/share/man/man1/", what: "Where man finds the pages of one user.", of: &["man"] },
    File {
        path: "mailboxes.db",
        what: "A mailbox list of Cyrus, as skiplist, twoskip, twom or flat file.",
        of: &["mailboxes", "mailboxes-generate", "mailboxes-check", "mailboxes-dump", "inspect"],
    },
    File { path: "/usr/share/doc/mapstorm/", what: "The documents; Debian's package has them.", of: &[] },
];

/// Commands that read or write a result's main file.
const OF_RESULTS: [&str; 11] =
    ["qualify", "run", "cost", "cost-import", "shootdown", "inspect", "compare", "ab", "diagnose", "report", "export"];

/// The page of a command below `commands`, as text for man.
/// Errors: Those of the writer, which has none.
pub fn text(command: &Command, commands: &Command) -> io::Result<Vec<u8>> {
    let page = page(command);
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if visible(command).next().is_some() {
        page.render_subcommands_section(&mut text)?;
    }
    let mut more = Roff::new();
    examples_section(&mut more, command);
    files_section(&mut more, command);
    exit_status_section(&mut more);
    see_also_section(&mut more, command, commands);
    more.to_writer(&mut text)?;
    Ok(text)
}

/// The name of the page's file, such as `mapstorm-run.1`.
pub fn file_name(command: &Command) -> String {
    page(command).get_filename()
}

fn page(command: &Command) -> Man {
    // A date that is empty would be left out, and the others take its place.
    Man::new(command.clone())
        .date(" ")
        .source(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands")
}

/// The commands below one that are not hidden.
fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|below| !below.is_hide_set())
}

/// A command, and all below it that are not hidden.
pub fn all(command: &Command) -> Vec<&Command> {
    std::iter::once(command).chain(visible(command).flat_map(all)).collect()
}

/// The name of a command's page, such as `mapstorm-run`.
fn title(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// A term, and what it means.
fn entry(roff: &mut Roff, term: Inline, meaning: &str) {
    roff.control("TP", []).text([term]).text([roman(meaning)]);
}

fn examples_section(roff: &mut Roff, command: &Command) {
    roff.control("SH", ["EXAMPLES"]);
    for example in examples::of(command) {
        entry(roff, bold(example.line), &sentence(&example.what));
    }
}

/// In help it is a note at the end of a line; in a manual it stands alone.
fn sentence(note: &str) -> String {
    let is_whole = note.is_empty() || note.ends_with(['?', '.']);
    capital(note) + if is_whole { "" } else { "." }
}

fn files_section(roff: &mut Roff, command: &Command) {
    let name = title(command).trim_start_matches(env!("CARGO_PKG_NAME")).trim_start_matches('-');
    roff.control("SH", ["FILES"]);
    if OF_RESULTS.contains(&name) {
        let names = ResultKind::ALL.map(ResultKind::file).join(", ");
        let what =
            format!("The main file of a result, named after its kind: {names}. docs/results.md describes each field.");
        entry(roff, italic("RESULT/*.json"), &what);
    }
    for file in FILES.iter().filter(|file| file.of.is_empty() || file.of.contains(&name)) {
        entry(roff, italic(file.path), file.what);
    }
}

fn exit_status_section(roff: &mut Roff) {
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        entry(roff, bold(code.to_string()), &sentence(meaning));
    }
}

/// The main page, the commands below, and those that the command's help names.
fn see_also_section(roff: &mut Roff, command: &Command, commands: &Command) {
    let help = command.clone().render_long_help().to_string();
    let mut words = Vec::new();
    for page in all(commands).into_iter().map(title).filter(|page| *page != title(command)) {
        let is_below = visible(command).any(|below| title(below) == page);
        if page != title(commands) && !is_below && !help.contains(&page.replace('-', " ")) {
            continue;
        }
        if !words.is_empty() {
            words.push(roman(", "));
        }
        words.extend([bold(page), roman("(1)")]);
    }
    roff.control("SH", ["SEE ALSO"]).text(words);
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn commands() -> Command {
        let mut commands = Cli::command().disable_help_subcommand(true);
        commands.build();
        commands
    }

    #[test]
    fn files_are_of_commands_that_there_are() {
        let commands = commands();
        let titles: Vec<&str> = all(&commands).into_iter().map(title).collect();
        for name in FILES.iter().flat_map(|file| file.of).chain(&OF_RESULTS) {
            let title = if name.is_empty() { "mapstorm".to_owned() } else { format!("mapstorm-{name}") };
            assert!(titles.contains(&title.as_str()), "no command `{name}`");
        }
    }

    #[test]
    fn pages_refer_to_the_main_page_to_those_below_and_to_those_that_help_names() {
        let commands = commands();
        let see_also = |name: &str| {
            let command = visible(&commands).find(|command| command.get_name() == name).unwrap();
            let text = String::from_utf8(text(command, &commands).unwrap()).unwrap();
            text.rsplit(".SH \"SEE ALSO\"").next().unwrap().replace("\\fB", "").replace("\\fR", "").replace("\\-", "-")
        };
        let run = see_also("run");
        for page in ["mapstorm(1)", "mapstorm-report(1)", "mapstorm-cost(1)", "mapstorm-shootdown(1)"] {
            assert!(run.contains(page), "{page} in {run}");
        }
        assert!(!run.contains("mapstorm-run(1)"), "{run}");
        assert!(see_also("cost").contains("mapstorm-cost-import(1)"));
        assert!(see_also("mailboxes").contains("mapstorm-mailboxes-dump(1)"));
    }

    #[test]
    fn a_note_becomes_a_sentence() {
        assert_eq!(["a note", "a question?", ""].map(sentence), ["A note.", "A question?", ""]);
    }
}
