//! The `mapstorm` command: arguments in, exit code out, errors printed in one place.

use std::process::ExitCode;

use clap::Parser;
use mapstorm::cli::{Cli, Command, compare, cost, diagnose, doctor, exit, mailboxes, run};

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Cost(arguments) => cost::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Diagnose(arguments) => diagnose::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Mailboxes(command) => mailboxes::run(&command),
    };
    ExitCode::from(outcome.unwrap_or_else(|error| {
        eprintln!("Error: {error:#}");
        exit::FAILURE
    }))
}
