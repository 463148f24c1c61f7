//! Where in the kernel stalled workers were: the sum of a run in `run.json`, all of it in `stacks.folded`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, Role};
use crate::driver::outcome::StackSamples;

/// The file with all stacks: a line for each, `role;outermost function;…;innermost function` and how often it was seen, as flame graph tools
/// read it.
pub const STACKS_FILE: &str = "stacks.folded";
/// So many of the commonest are kept for each role.
const COMMONEST: usize = 3;

/// Kernel stacks of stalled workers, sampled every 10 ms while any was stalled: of all writers, and of 20 readers at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stacks {
    /// Stacks that were taken.
    pub samples: u64,
    /// Moments at which none were taken, because sampling would have taken more than 2 % of the driver's time.
    pub left_out: u64,
    /// Time that sampling took, nanoseconds.
    pub spent_ns: u64,
    /// The commonest stacks of each role, the commonest first.
    pub commonest: Vec<CommonStack>,
}

/// A stack, and how often it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommonStack {
    /// Whose.
    pub role: Role,
    /// The functions, outermost first.
    pub functions: Vec<String>,
    /// Samples with it, as a share of those of the role, 0 to 1.
    pub share: f64,
}

impl Stacks {
    /// Of what the driver sampled; or why it could not.
    pub fn of(samples: &StackSamples) -> Availability<Stacks> {
        let why = samples.unavailable.clone().filter(|_| samples.samples == 0);
        why.map_or_else(|| Ok(Stacks::known(samples)), Err).into()
    }

    fn known(samples: &StackSamples) -> Stacks {
        let of_role = |role: Role| {
            let own = samples.folded.iter().filter_map(|(stack, count)| {
                let (its_role, functions) = stack.split_once(';')?;
                (Role::named(its_role) == Some(role)).then_some((functions, *count))
            });
            let mut own: Vec<(&str, u64)> = own.collect();
            own.sort_by_key(|(functions, count)| (std::cmp::Reverse(*count), *functions));
            let all = own.iter().map(|(_, count)| count).sum::<u64>().max(1);
            let common = move |(functions, count): (&str, u64)| CommonStack {
                role,
                functions: functions.split(';').map(str::to_owned).collect(),
                share: count as f64 / all as f64,
            };
            own.into_iter().take(COMMONEST).map(common).collect::<Vec<_>>()
        };
        Stacks {
            samples: samples.samples,
            left_out: samples.left_out,
            spent_ns: samples.spent_ns,
            commonest: Role::ALL.into_iter().flat_map(of_role).collect(),
        }
    }
}

/// The content of `stacks.folded`.
pub fn folded(samples: &StackSamples) -> Vec<u8> {
    samples.folded.iter().map(|(stack, count)| format!("{stack} {count}\n")).collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(stacks: &[(&str, u64)], unavailable: Option<&str>) -> StackSamples {
        StackSamples {
            folded: stacks.iter().map(|(stack, count)| ((*stack).to_owned(), *count)).collect(),
            samples: stacks.iter().map(|(_, count)| count).sum(),
            spent_ns: 1,
            left_out: 0,
            unavailable: unavailable.map(str::to_owned),
        }
    }

    #[test]
    fn the_commonest_stacks_of_each_role_are_kept() {
        let all = [("reader;a;b", 1), ("writer;a;c", 3), ("writer;a;d", 6), ("writer;e", 1), ("writer;f", 0)];
        let Availability::Value(found) = Stacks::of(&samples(&all, None)) else { panic!() };
        let named: Vec<_> = found.commonest.iter().map(|one| (one.role, one.functions.join(";"), one.share)).collect();
        let expected = [
            (Role::Reader, "a;b", 1.0),
            (Role::Writer, "a;d", 0.6),
            (Role::Writer, "a;c", 0.3),
            (Role::Writer, "e", 0.1),
        ];
        assert_eq!(named, expected.map(|(role, stack, share)| (role, stack.to_owned(), share)));
        let text = String::from_utf8(folded(&samples(&all[..2], None))).unwrap();
        assert_eq!(text, "reader;a;b 1\nwriter;a;c 3\n");
    }

    #[test]
    fn what_could_not_be_read_is_unavailable_and_what_was_never_stalled_is_none() {
        assert!(matches!(Stacks::of(&samples(&[], Some("root alone"))), Availability::Unavailable { .. }));
        let Availability::Value(found) = Stacks::of(&samples(&[], None)) else { panic!() };
        assert_eq!((found.samples, found.commonest.len()), (0, 0));
    }
}
