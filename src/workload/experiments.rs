//! What cost and shootdown experiments have in common: how an operation fails, and the interrupts that operations cause.

use crate::os::counters::Counters;

/// Why an operation does not exist here, or failed: a message with the call.
pub type Outcome = Result<(), String>;

pub fn at<E: std::fmt::Display>(call: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{call}: {error}")
}

/// TLB interrupts (illumos: cross calls) of all CPUs since they were counted last; `None`: a CPU's are not counted.
pub fn tlb_interrupts(counters: &mut Counters) -> Option<f64> {
    let columns = counters.columns();
    let values = counters.read(&|_| false);
    let is_tlb = |name: &str| name.starts_with("tlb_interrupts") || name.starts_with("cross_calls");
    let found = columns.iter().zip(values).filter(|(name, _)| is_tlb(name)).map(|(_, value)| value);
    found.reduce(|sum, value| Some(sum? + value?))?
}
