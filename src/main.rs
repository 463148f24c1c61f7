//! The `mapstorm` command: arguments in, exit code out, errors printed in one place.

// A broken terminal must not stop a measurement: `os::terminal` writes, and nothing else.
#![deny(clippy::print_stderr, clippy::print_stdout)]

use std::process::ExitCode;

use mapstorm::cli::failure::{FAILURE, Failure};
use mapstorm::cli::{self, Cli, Command};
use mapstorm::{have_stack, note, survive_file_size_limit};

fn main() -> ExitCode {
    // Before anything takes much of the stack.
    if let Err(error) = have_stack() {
        note!("Error: {error}");
        return ExitCode::from(FAILURE);
    }
    carry_out()
}

/// Apart from `main`, whose frame would hold what this takes of the stack before there is room for it.
#[inline(never)]
fn carry_out() -> ExitCode {
    if let Err(error) = survive_file_size_limit() {
        note!("Warning: sigaction(SIGXFSZ): {error}; a write past RLIMIT_FSIZE would end this program");
    }
    let outcome = match Cli::of_process().command {
        Command::Qualify(arguments) => cli::qualify::run(&arguments),
        Command::Run(arguments) => cli::run::run(&arguments),
        Command::Cost(arguments) => cli::cost::run(&arguments),
        Command::Shootdown(arguments) => cli::shootdown::run(&arguments),
        Command::Inspect(arguments) => cli::inspect::run(&arguments),
        Command::Compare(arguments) => cli::compare::run(&arguments),
        Command::Ab(arguments) => cli::ab::run(&arguments),
        Command::Diagnose(arguments) => cli::diagnose::run(&arguments),
        Command::Report(arguments) => cli::report::run(&arguments),
        Command::Doctor(arguments) => cli::doctor::run(&arguments),
        Command::Mailboxes(command) => cli::mailboxes::run(&command),
        Command::List(arguments) => cli::list::run(&arguments),
        Command::Export(arguments) => cli::export::run(&arguments),
        Command::Completions(arguments) => cli::generate::completions(&arguments),
        Command::Man(arguments) => cli::generate::man(&arguments),
        Command::Abandon(arguments) => return ExitCode::from(cli::abandon::run(&arguments)),
    };
    let Err(failure) = outcome else { return ExitCode::SUCCESS };
    match &failure {
        Failure::Invalid(why) => note!("{why}"),
        Failure::Error(error) => note!("Error: {error:#}"),
        Failure::Refused | Failure::NotMet | Failure::Incomplete | Failure::Failed => {}
    }
    ExitCode::from(failure.exit_code())
}
