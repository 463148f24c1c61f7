//! The `mapstorm` command: arguments in, exit code out, errors printed in one place.

// A broken terminal must not stop a measurement: `os::terminal` writes, and nothing else.
#![deny(clippy::print_stderr, clippy::print_stdout)]

use std::process::ExitCode;

use clap::Parser;
use mapstorm::{
    cli::{
        Cli, Command, abandon, compare, cost, diagnose, doctor, exit, export, generate, list, mailboxes, report, run,
    },
    have_stack, survive_file_size_limit,
};

fn main() -> ExitCode {
    // Here, before anything takes much of it.
    if let Err(error) = have_stack() {
        mapstorm::note!("Error: {error}");
        return ExitCode::from(exit::FAILURE);
    }
    carry_out()
}

#[inline(never)]
fn carry_out() -> ExitCode {
    if let Err(error) = survive_file_size_limit() {
        mapstorm::note!("Warning: sigaction(SIGXFSZ): {error}; a write past RLIMIT_FSIZE would end this program");
    }
    let outcome = match Cli::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Cost(arguments) => cost::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Diagnose(arguments) => diagnose::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Mailboxes(command) => mailboxes::run(&command),
        Command::List(arguments) => list::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Completions(arguments) => generate::completions(&arguments),
        Command::Man(arguments) => generate::man(&arguments),
        Command::Abandon(arguments) => Ok(abandon::run(&arguments)),
    };
    ExitCode::from(outcome.unwrap_or_else(|error| {
        mapstorm::note!("Error: {error:#}");
        exit::of_error(&error)
    }))
}
