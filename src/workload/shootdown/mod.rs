//! Operations that take translations away from other CPUs, one process that does them (the initiator), and those that are interrupted
//! (the responders): threads of the initiator's process, or processes that map the same file.

mod block;
mod methods;
mod operations;
mod responder;

pub use block::{Crew, NewInterrupts, ShootdownBlock, measure_block};
pub use methods::{CONTROL, SHOOTDOWNS, ShootdownMethod};
pub use operations::Operation;
pub use responder::{Responder, respond};
