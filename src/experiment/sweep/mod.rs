//! Many runs at different loads: sweeps over one or two keys, and the search for the knee.
//! `passes` and `knee` say which runs are made, `series` makes and keeps them, the others what they say together.

mod knee;
mod passes;
mod series;

pub use knee::{KneeSearch, find_knee};
pub use passes::sweep;
pub use series::{INTERRUPTED, Many, Step, Tell};
