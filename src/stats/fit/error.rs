//! Why there is no cost law, and what to measure so that there is one.

/// What the observations lack.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Too few rounds to tell how far a repeat would differ.
    #[error("{rounds} rounds do not tell how far a repeat would differ: measure at least 3")]
    Rounds {
        /// How many there are.
        rounds: usize,
    },
    /// Too few levels of mappers for a slope.
    #[error("{levels} different numbers of mappers give no slope: measure at least 2, far apart")]
    Levels {
        /// How many there are.
        levels: usize,
    },
    /// A time that no update can have taken.
    #[error(
        "round {round}, {mappers} mappers: {ns} ns is no time of an update; leave this block out or measure it again"
    )]
    Time {
        /// The round.
        round: u32,
        /// Mappers.
        mappers: u32,
        /// The time, nanoseconds.
        ns: f64,
    },
    /// Everything hangs on one round.
    #[error(
        "without round {round} fewer than 2 different numbers of mappers are left: let every round visit every number"
    )]
    OneRound {
        /// The round.
        round: u32,
    },
}
