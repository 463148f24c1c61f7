//! Moments at which a test stops this process or lets a write fail. Builds without debug assertions have nothing of it: there every moment passes.

use std::{
    io,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// Stops this process (SIGSTOP) the first time that it comes to the moment that `MAPSTORM_TEST_STOP` names, for a test that kills it just here.
pub fn reached(moment: &str) {
    static WAS_STOPPED: AtomicBool = AtomicBool::new(false);
    let is_wanted = || std::env::var_os("MAPSTORM_TEST_STOP").is_some_and(|wanted| wanted == moment);
    if cfg!(debug_assertions) && is_wanted() && !WAS_STOPPED.swap(true, Relaxed) {
        let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP);
    }
}

/// Fails as on a full disk if `MAPSTORM_TEST_FULL` says so: `3` at the third call, `3-` from then on.
pub fn disk_is_full() -> io::Result<()> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    if !cfg!(debug_assertions) {
        return Ok(());
    }
    let Ok(wanted) = std::env::var("MAPSTORM_TEST_FULL") else { return Ok(()) };
    let time = CALLS.fetch_add(1, Relaxed) + 1;
    let is_full = match wanted.strip_suffix('-') {
        Some(from) => from.parse().is_ok_and(|from: u64| time >= from),
        None => wanted.parse() == Ok(time),
    };
    if is_full { Err(nix::errno::Errno::ENOSPC.into()) } else { Ok(()) }
}
