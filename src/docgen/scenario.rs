//! The reference of scenario keys, `docs/scenario.md`, generated from the same table that reads them.

use std::fmt::Write as _;

use crate::scenario::read::keys::{Key, RAMP, SECTIONS};
use crate::scenario::{Metric, units::Quantity};

const INTRODUCTION: &str = "\
# Scenario reference

A scenario says which load to make, in TOML. Only `[file]` must be there, with one of `size`, `mailboxes` and `source`;
everything else has a default. Ready scenarios are in `scenarios/`.

<!-- Generated from the table of keys in src/scenario/read/keys/table.rs by
     MAPSTORM_WRITE_DOCS=1 cargo test docgen
     A test fails if this page and the table differ. -->
";

const OVERRIDES: &str = "\
## On the command line

`--set section.key=value` lays a value over the file, later ones over earlier ones, and is checked like the file. The value
is TOML if it parses as TOML, else a bare string, so that `--set writer.rate=20/s` and `--set file.size=150MiB` need no quotes.

- `--set readers.operations.list=10` changes one weight, also where the mix is the default one;
  `--set 'readers.operations={list=1}'` replaces the mix.
- `--set 'writer={count=2, sync=false}'` changes these two keys of the section and no other.
- `file.size`, `file.mailboxes` and `file.source` are one choice: giving one drops what the file says about the others;
  `file.source` also drops the file's `format` and `records`, and `file.format=flat` its `records`.
- `readers.arrivals=closed` drops the file's `rate`, `poisson` and `even` drop its `think`; `writer` likewise.
- `writer.count=0` drops the file's `writer.rate`, and `readers.count=0` its `readers.ramp`. `readers.ramp=none` takes a ramp away.
- Only what the file says is dropped: two overrides that contradict each other are an error.

`--axis section.key=value,value,…` makes a sweep. Values are written as after `--set` and may hold no comma; of whole numbers
there are also ranges, `--axis readers.count=250..4000*2` in steps that double and `500..3000+500` in equal ones. With a second
`--axis`, every value of one meets every value of the other. Any key that is a number, a size, a duration, a rate, a word or a path can
be an axis, also one weight (`readers.operations.list`); `name`, `description`, `slo` and `sweep` cannot, as they change no load.
";

/// The text of `docs/scenario.md`: every key with what is allowed, its default and its meaning.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in SECTIONS {
        let heading = if section.name.is_empty() { "Name".to_owned() } else { format!("`[{}]`", section.name) };
        let _ = write!(page, "\n## {heading}\n\n{}\n\n", section.about);
        table(&mut page, section.keys);
        if section.name == "readers" {
            page.push_str("\nInside `ramp`:\n\n");
            table(&mut page, RAMP.keys);
        }
    }
    let _ = write!(page, "\nMetrics are {}.\n", Metric::ALLOWED);
    page.push_str("Latencies are response times, and `rate` is the fraction of the due operations that completed.\n");
    page.push_str("\n## Units\n\n");
    for (word, quantity) in [("Sizes", Quantity::Size), ("Durations", Quantity::Duration), ("Rates", Quantity::Rate)] {
        let _ = writeln!(page, "- {word}: {}.", quantity.how_to_write());
    }
    let _ = write!(page, "\n{OVERRIDES}");
    page
}

fn table(page: &mut String, keys: &[Key]) {
    page.push_str("| key | allowed | default | meaning |\n|---|---|---|---|\n");
    for key in keys {
        let default = match (key.default_note, key.default) {
            ("", "") => "–".to_owned(),
            ("", default) => format!("`{}`", default.replace('\'', "\"")),
            (note, _) => note.to_owned(),
        };
        let _ = writeln!(page, "| `{}` | {} | {default} | {} |", key.name, key.kind.allowed(), key.doc);
    }
}

#[test]
fn the_committed_page_is_up_to_date() {
    super::same_as_committed("scenario.md", &reference());
}
