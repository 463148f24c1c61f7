//! Why there is no cost law, and what to measure so that there is one.

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    #[error("{rounds} rounds do not tell how far a repeat would differ: measure at least 3")]
    Rounds { rounds: usize },
    #[error("{levels} different numbers of mappers give no slope: measure at least 2, far apart")]
    Levels { levels: usize },
    #[error(
        "round {round}, {mappers} mappers: {ns} ns is no time of an update; leave this block out or measure it again"
    )]
    Time {
        round: u32,
        mappers: u32,
        /// The time, nanoseconds.
        ns: f64,
    },
    #[error(
        "without round {round} fewer than 2 different numbers of mappers are left: let every round visit every number"
    )]
    OneRound { round: u32 },
}
