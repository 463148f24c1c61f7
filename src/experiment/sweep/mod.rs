//! Many runs at different loads: sweeps over one or two keys, and the search for the knee.
//! `sweep_run` and `knee` decide which runs are made, as A/B comparisons do; `series` makes and keeps them.

mod knee;
mod series;
mod sweep_run;

pub use knee::{KneeSearch, find_knee};
pub use series::{INTERRUPTED, Many, OnStep, Step};
pub(super) use series::{Next, Series};
pub use sweep_run::sweep;
