//! Room for the main thread's stack, where its limit is set too low for any program.

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

use crate::os::pages::page_size;

/// What this program is known to run in, with some to spare, bytes.
const ENOUGH: rlim_t = 1 << 20;

/// Sees to it that the stack may grow as far as this program needs; the system grows it by the limit that holds at that time.
pub fn have_stack() -> Result<(), String> {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_STACK) else { return Ok(()) };
    if soft >= ENOUGH || setrlimit(Resource::RLIMIT_STACK, ENOUGH, hard.max(ENOUGH)).is_ok() {
        return Ok(());
    }
    // Its type differs between systems: signed on FreeBSD.
    #[allow(clippy::useless_conversion)]
    let pages = |bytes: rlim_t| u64::try_from(bytes).unwrap_or(0) / page_size();
    Err(format!(
        "RLIMIT_STACK allows {} pages of stack, {} are needed: raise it (ulimit -s)",
        pages(soft),
        pages(ENOUGH)
    ))
}
