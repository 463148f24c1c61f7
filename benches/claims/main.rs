//! What mapstorm claims of itself, measured against a bare loop that forks, maps and touches, in the same run.
//! `cargo bench` measures all; `cargo bench -- ready kill` only what is named; `--workers 1000` is a quicker look.

mod bare;
mod cost;
mod figures;
mod idle;
mod kill;
mod ready;
mod recording;
mod report;
mod setup;

use figures::Figure;
use setup::Setup;

/// A group of figures: its name on the command line, and how it is measured.
type Group = (&'static str, fn(&Setup) -> anyhow::Result<Vec<Figure>>);

const GROUPS: [Group; 7] = [
    ("recording", recording::measure),
    ("ready", ready::measure),
    ("idle", idle::measure),
    ("kill", kill::measure),
    ("cost", cost::measure),
    ("repeat", cost::repeat),
    ("report", report::measure),
];

fn main() -> anyhow::Result<()> {
    let setup = Setup::from_arguments(GROUPS.map(|group| group.0))?;
    println!("{}", setup.describe());
    let mut figures = Vec::new();
    for (name, measure) in GROUPS {
        if setup.wants(name) {
            eprintln!("{name} …");
            figures.extend(measure(&setup)?);
        }
    }
    print!("{}", figures::table(&figures));
    Ok(())
}
