//! `mapstorm mailboxes generate|check|dump`: the mapped file itself.
//! Only the hidden `apply` writes to an existing file.

mod apply;
mod check;

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

pub use apply::Apply;
pub use check::Check;

use super::failure::Outcome;
use super::{print, size};
use crate::driver::LockWait;
use crate::mailboxes::{Amount, Error, Format, GenerateSpec, Inspected, MOST_WRITE_SIZE, RecordStyle, generate_within};
use crate::note;
use crate::os::terminal;
use crate::scenario::units::parse_bytes;

#[derive(Debug, Subcommand)]
pub enum Mailboxes {
    /// Make a new file, always the same from the same seed
    Generate(Generate),
    /// Verify everything that the format lets one verify; exit code 1 if it is damaged, 2 if it is no mailbox file
    Check(Check),
    /// List every record as `key TAB value`, as Cyrus's `cyr_dbtool show` does
    Dump(Listed),
    /// Commit changes read from standard input
    #[command(hide = true)]
    Apply(Apply),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm mailboxes generate mailboxes.db --size 150MiB                     a twoskip file of about that size
  mapstorm mailboxes generate mailboxes.db --format twom --mailboxes 100000  exactly so many mailboxes, in the format of Cyrus 3.13")]
pub struct Generate {
    /// The file to make; it must not exist
    file: PathBuf,
    /// The on-disk format
    #[arg(long, value_enum, default_value_t = Format::Twoskip)]
    format: Format,
    /// What the records look like [default: cyrus-2.3 for skiplist, cyrus-3.6 for twoskip, cyrus-3.13 for twom]
    #[arg(long, value_enum)]
    records: Option<RecordStyle>,
    /// About how large, such as 150MiB
    #[arg(long, conflicts_with = "mailboxes", value_parser = parse_bytes, required_unless_present = "mailboxes")]
    size: Option<u64>,
    /// Exactly how many mailboxes
    #[arg(long)]
    mailboxes: Option<u64>,
    /// Seed of everything random
    #[arg(long, default_value_t = 2007)]
    seed: u64,
    /// Bytes a write(2): sets the size of the page cache's folios
    #[arg(long, default_value = "1MiB", value_parser = write_size)]
    write_size: u64,
    /// Memory for sorting and writing, in addition to some 64 MiB of its own: less takes more time, and makes the same file
    #[arg(long, default_value = "192MiB", value_parser = parse_bytes)]
    memory: u64,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mapstorm mailboxes dump mailboxes.db | head    the first records, key and value
  mapstorm mailboxes dump mailboxes.db --layout  all that is on disk, in file order")]
pub struct Listed {
    /// A skiplist, twoskip, twom or flat file; it is only read
    file: PathBuf,
    /// List everything on disk in file order instead: offset, kind, level, lengths and pointers
    #[arg(long)]
    layout: bool,
}

fn write_size(text: &str) -> Result<u64, String> {
    size(text, |size| (1..=MOST_WRITE_SIZE as u64).contains(&size), "a write size is 1 B to 64 MiB")
}

pub fn run(command: &Mailboxes) -> Outcome {
    match command {
        Mailboxes::Generate(arguments) => run_generate(arguments),
        Mailboxes::Apply(arguments) => apply::run(arguments),
        Mailboxes::Check(arguments) => check::run(arguments),
        Mailboxes::Dump(arguments) => run_dump(arguments),
    }
}

fn run_dump(Listed { file, layout }: &Listed) -> Outcome {
    let mut out = BufWriter::new(terminal::data_out());
    let mut wait = LockWait { path: file.clone(), interrupted: None };
    let written = Inspected::open(file, &mut wait).and_then(|opened| match layout {
        true => opened.layout(|piece| writeln!(out, "{piece}")).map(|_| None),
        false => opened
            .dump(|key, value| [key, b"\t", value, b"\n"].iter().try_for_each(|piece| out.write_all(piece)))
            .map(Some),
    });
    let flushed = out.flush();
    match written {
        Err(Error::Io { call: "write", source }) => terminal::as_read(Err(source))?,
        Err(error) => return Err(error.at(file).into()),
        Ok(Some(summary)) if !summary.clean => {
            note!("{}: listed as its next writer will recover it: {summary}", file.display());
        }
        Ok(_) => {}
    }
    terminal::as_read(flushed)?;
    Ok(())
}

fn run_generate(arguments: &Generate) -> Outcome {
    let style = arguments.records.or(arguments.format.usual_records()).unwrap_or(RecordStyle::Cyrus36);
    let amount = match (arguments.size, arguments.mailboxes) {
        (Some(bytes), _) => Amount::Bytes(bytes),
        (None, mailboxes) => Amount::Mailboxes(mailboxes.unwrap_or(0)),
    };
    let spec = GenerateSpec {
        format: arguments.format,
        style,
        amount,
        seed: arguments.seed,
        write_size: usize::try_from(arguments.write_size)?,
    };
    let memory = usize::try_from(arguments.memory)?;
    let made = generate_within(&arguments.file, &spec, memory).map_err(|error| error.at(&arguments.file))?;
    let text = if arguments.json {
        serde_json::to_string(&made)?
    } else {
        let file = arguments.file.display();
        let written = format!(
            "{} mailboxes, {} records, written {} bytes at a time",
            made.mailboxes, made.records, made.write_size
        );
        format!("{file}: {} bytes, {written}", made.bytes)
    };
    Ok(print(&(text + "\n"))?)
}
