//! Exit codes of the command, all of them.

/// Everything went as asked.
pub const FINE: u8 = 0;
/// Something failed.
pub const FAILURE: u8 = 1;
/// Wrong usage or invalid input: nothing was started.
pub const INVALID: u8 = 2;
/// This machine is too small for the scenario: nothing was created.
pub const REFUSED: u8 = 3;
/// The run was interrupted or lost workers: what was measured is kept, marked incomplete.
pub const INCOMPLETE: u8 = 5;
