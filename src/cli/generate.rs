//! `mapstorm completions` and `mapstorm man`: what shells and `man` need to know, generated from the commands themselves.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Command, CommandFactory};
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use super::Cli;
use super::failure::{Failure, Outcome};
use crate::note;
use crate::os::replace::replace;
use crate::os::terminal;

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell, whose completion script goes to standard output
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub struct ManPages {
    /// Write a page for every command into this directory, such as mapstorm-run.1; it is made if there is none [default: the
    /// main page to standard output]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn completions(arguments: &Completions) -> Outcome {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    terminal::print(&script)?;
    Ok(())
}

pub fn man(arguments: &ManPages) -> Outcome {
    // A manual needs no page about the command `help`.
    let mut commands = Cli::command().disable_help_subcommand(true);
    // Only then does every command know its full name.
    commands.build();
    match &arguments.out {
        Some(directory) => {
            fs::create_dir_all(directory).map_err(|error| Failure::of_path(directory, error.into()))?;
            write_pages(&commands, directory)?;
            note!("pages in {}", directory.display());
        }
        None => {
            let mut text = Vec::new();
            page(&commands).render(&mut text)?;
            terminal::print(&text)?;
        }
    }
    Ok(())
}

/// A page for a command, and one for each command below it.
fn write_pages(command: &Command, directory: &Path) -> anyhow::Result<()> {
    let page = page(command);
    let path = directory.join(page.get_filename());
    let mut text = Vec::new();
    page.render(&mut text)?;
    replace(&path, &text).with_context(|| path.display().to_string())?;
    let mut below = command.get_subcommands().filter(|command| !command.is_hide_set());
    below.try_for_each(|command| write_pages(command, directory))
}

fn page(command: &Command) -> Man {
    // A date that is empty would be left out, and the others take its place.
    Man::new(command.clone())
        .date(" ")
        .source(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands")
}
