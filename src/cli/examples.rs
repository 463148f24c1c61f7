//! The examples at the end of every command's `--help`, as data: manual pages take them from there, and a test holds them against the
//! commands.

use clap::Command;

/// They stand between this line and the first empty one.
const HEADING: &str = "Examples:\n";

/// One example: what is typed, and what that does.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    pub line: String,
    pub what: String,
}

/// The examples in a command's help; none, if it has none.
pub fn of(command: &Command) -> Vec<Example> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let Some((_, examples)) = help.split_once(HEADING) else { return Vec::new() };
    // Two spaces are between what is typed and what it does.
    let parts = |line: &str| {
        let (line, what) = line.trim().split_once("  ").unwrap_or((line.trim(), ""));
        Example { line: line.to_owned(), what: what.trim().to_owned() }
    };
    examples.lines().take_while(|line| !line.is_empty()).map(parts).collect()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;

    /// The words of mapstorm's own part of a line: before a pipe or a redirection, with single quotes taken off.
    fn words(line: &str) -> Vec<String> {
        let own = line.split(" | ").next().and_then(|line| line.split(" > ").next()).unwrap_or_default();
        let (mut words, mut is_quoted) = (vec![String::new()], false);
        for letter in own.chars() {
            match letter {
                '\'' => is_quoted = !is_quoted,
                ' ' if !is_quoted => words.push(String::new()),
                letter => words.last_mut().unwrap().push(letter),
            }
        }
        assert!(!is_quoted, "{line}");
        words
    }

    fn check(command: &Command, path: &[&str]) -> usize {
        let examples = of(command);
        assert!(!examples.is_empty(), "`{}`: no example", path.join(" "));
        for Example { line, what } in &examples {
            assert!(!what.is_empty(), "{line}: what does it do?");
            let words = words(line);
            assert!(words.iter().zip(path).all(|(word, part)| word == part), "{line}: an example of another command");
            assert!(words.len() >= path.len(), "{line}");
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{line}: {error}");
            }
        }
        let below = command.get_subcommands().filter(|below| !below.is_hide_set());
        1 + below.map(|below| check(below, &[path, &[below.get_name()]].concat())).sum::<usize>()
    }

    #[test]
    fn every_command_has_examples_that_its_arguments_accept() {
        let commands = Cli::command();
        assert!(check(&commands, &["mapstorm"]) >= 20);
    }

    #[test]
    fn an_example_ends_where_two_spaces_begin_and_the_list_at_an_empty_line() {
        let command = Command::new("a").after_help("Examples:\n  a b   that\n  a c\n\nExit codes: 0 fine.");
        let example = |line: &str, what: &str| Example { line: line.to_owned(), what: what.to_owned() };
        assert_eq!(of(&command), [example("a b", "that"), example("a c", "")]);
        assert_eq!(of(&Command::new("a").after_help("Exit codes: 0 fine.")), []);
        assert_eq!(words("a --x 'b  c' | d"), ["a", "--x", "b  c"]);
        assert_eq!(words("a b > c"), ["a", "b"]);
    }
}
