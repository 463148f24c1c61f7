//! Why there is no scalability law, and what to measure so that there is one.

/// What the points lack.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum UslError {
    /// Too few points.
    #[error("{points} points do not tell three parameters and their errors: measure at least 4")]
    Points {
        /// How many there are.
        points: usize,
    },
    /// Too few loads.
    #[error("{loads} different loads do not tell three parameters: measure at least 3, from small to past the peak")]
    Loads {
        /// How many there are.
        loads: usize,
    },
    /// A point that is none.
    #[error(
        "load {load}, throughput {throughput_per_s}/s: both must be over 0; leave out loads at which nothing completed"
    )]
    Point {
        /// The load.
        load: f64,
        /// The throughput, per second.
        throughput_per_s: f64,
    },
    /// No law with positive throughput comes near.
    #[error(
        "the points are unlike any scalability law: throughput per load rises without end; measure smaller loads too"
    )]
    Unlike,
}
