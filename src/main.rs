//! The `mapstorm` command: arguments in, exit code out, errors printed in one place.

// A broken terminal must not stop a measurement: `os::terminal` writes, and nothing else.
#![deny(clippy::print_stderr, clippy::print_stdout)]

use std::process::ExitCode;

use mapstorm::{
    cli::{
        Cli, Command, ab, abandon, compare, cost, diagnose, doctor, export,
        failure::{FAILURE, Failure},
        generate, inspect, list, mailboxes, qualify, report, run, shootdown,
    },
    have_stack, survive_file_size_limit,
};

fn main() -> ExitCode {
    // Here, before anything takes much of it.
    if let Err(error) = have_stack() {
        mapstorm::note!("Error: {error}");
        return ExitCode::from(FAILURE);
    }
    carry_out()
}

#[inline(never)]
fn carry_out() -> ExitCode {
    if let Err(error) = survive_file_size_limit() {
        mapstorm::note!("Warning: sigaction(SIGXFSZ): {error}; a write past RLIMIT_FSIZE would end this program");
    }
    let outcome = match Cli::of_process().command {
        Command::Qualify(arguments) => qualify::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Cost(arguments) => cost::run(&arguments),
        Command::Shootdown(arguments) => shootdown::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Ab(arguments) => ab::run(&arguments),
        Command::Diagnose(arguments) => diagnose::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Mailboxes(command) => mailboxes::run(&command),
        Command::List(arguments) => list::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Completions(arguments) => generate::completions(&arguments),
        Command::Man(arguments) => generate::man(&arguments),
        Command::Abandon(arguments) => return ExitCode::from(abandon::run(&arguments)),
    };
    let Err(failure) = outcome else { return ExitCode::SUCCESS };
    match &failure {
        Failure::Invalid(why) => mapstorm::note!("{why}"),
        Failure::Error(error) => mapstorm::note!("Error: {error:#}"),
        Failure::Refused | Failure::NotMet | Failure::Incomplete | Failure::Failed => {}
    }
    ExitCode::from(failure.exit_code())
}
