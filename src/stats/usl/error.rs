//! Why there is no scalability law, and what to measure so that there is one.

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum UslError {
    #[error("{points} points do not tell three parameters and their errors: measure at least 4")]
    Points { points: usize },
    #[error("{loads} different loads do not tell three parameters: measure at least 3, from small to past the peak")]
    Loads { loads: usize },
    /// A point that is none.
    #[error(
        "load {load}, throughput {throughput_per_s}/s: both must be over 0; leave out loads at which nothing completed"
    )]
    Point { load: f64, throughput_per_s: f64 },
    #[error(
        "the points are unlike any scalability law: throughput per load rises without end; measure smaller loads too"
    )]
    Unlike,
}
