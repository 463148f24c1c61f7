//! `mapstorm completions` and `mapstorm man`: what shells and `man` need to know, generated from the commands themselves.
//! So they never say anything else than `--help`.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};
use clap_mangen::{Man, generate_to};

use super::{Cli, exit};

/// Which shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell, whose completion script goes to standard output
    #[arg(value_enum)]
    shell: Shell,
}

/// Where to put the pages.
#[derive(Debug, Args)]
pub struct ManPages {
    /// Write a page for every command into this directory, such as mapstorm-run.1; it is made if there is none [default: the
    /// main page to standard output]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints a completion script.
pub fn completions(arguments: &Completions) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    super::print_bytes(&script)?;
    Ok(exit::FINE)
}

/// Writes the manual's pages.
pub fn man(arguments: &ManPages) -> anyhow::Result<u8> {
    match &arguments.out {
        Some(directory) => {
            let at = || directory.display().to_string();
            fs::create_dir_all(directory).with_context(at)?;
            generate_to(Cli::command(), directory).with_context(at)?;
            eprintln!("pages in {}", directory.display());
        }
        None => {
            let mut page = Vec::new();
            // As for the pages: that the command `help` exists is no news to who reads the manual.
            Man::new(Cli::command().disable_help_subcommand(true)).render(&mut page)?;
            super::print_bytes(&page)?;
        }
    }
    Ok(exit::FINE)
}
