//! `mapstorm completions` and `mapstorm man`: what shells and `man` need to know, generated from the commands themselves.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::failure::{Failure, Outcome};
use super::{Cli, manual};
use crate::note;
use crate::os::replace::replace;
use crate::os::terminal;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm completions bash > ~/.local/share/bash-completion/completions/mapstorm  bash, for one user
  mapstorm completions zsh > ~/.zfunc/_mapstorm                                    zsh, where fpath names ~/.zfunc")]
pub struct Completions {
    /// The shell, whose completion script goes to standard output
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm man --out ~/.local/share/man/man1  all pages, where man finds them
  mapstorm man | man -l -                     the main page, at once")]
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
            for command in manual::all(&commands) {
                let path = directory.join(manual::file_name(command));
                replace(&path, &manual::text(command, &commands)?).with_context(|| path.display().to_string())?;
            }
            note!("pages in {}", directory.display());
        }
        None => terminal::print(&manual::text(&commands, &commands)?)?,
    }
    Ok(())
}
