//! The CPUs that a thread may use; binding the calling thread to one of them, or to each in turn (processor_bind(2)).
//! On SPARC this also makes every CPU one that the process has run on, which is what its cross calls go to from then on.

use nix::errno::Errno;

/// `P_MYID` of `sys/procset.h`: the caller.
const MYSELF: libc::id_t = -1;

/// How many CPUs take threads, of those that this zone sees. A CPU cap is another matter, and not counted in.
pub fn cpus_allowed() -> Result<u64, String> {
    match online().len() {
        0 => Err("p_online names no CPU that takes threads".to_owned()),
        cpus => Ok(cpus as u64),
    }
}

/// Their numbers, rising.
pub fn allowed() -> Result<Vec<usize>, String> {
    Ok(online().into_iter().map(|cpu| cpu as usize).collect())
}

/// Binds the calling thread to one CPU.
pub fn bind(cpu: usize) -> nix::Result<()> {
    bind_to(libc::processorid_t::try_from(cpu).map_err(|_| Errno::EINVAL)?)
}

/// Binds the calling process to the last CPU that it may use, and leaves it there; its number.
pub fn pin_to_last_cpu() -> nix::Result<usize> {
    let bound = online().into_iter().rev().find(|cpu| bind_to(*cpu).is_ok());
    bound.map(|cpu| cpu as usize).ok_or(Errno::ENODEV)
}

/// Runs `visit` once on every CPU that the calling thread may use, then binds it as before, also if `visit` panics; on how many.
pub fn on_every_cpu(mut visit: impl FnMut()) -> nix::Result<usize> {
    /// Binds the thread as it was, however it leaves the function.
    struct Bound(libc::processorid_t);
    impl Drop for Bound {
        fn drop(&mut self) {
            // On the way that returns, it is done once more with its error returned.
            let _ = bind_to(self.0);
        }
    }
    let mut before = libc::PBIND_NONE;
    // SAFETY: PBIND_QUERY changes nothing, and the last argument is a number of the caller's.
    Errno::result(unsafe { libc::processor_bind(libc::P_LWPID, MYSELF, libc::PBIND_QUERY, &mut before) })?;
    let bound = Bound(before);
    let mut visited = 0;
    // One of another processor set refuses.
    for _ in online().into_iter().filter(|cpu| bind_to(*cpu).is_ok()) {
        visit();
        visited += 1;
    }
    std::mem::forget(bound);
    bind_to(before)?;
    if visited == 0 { Err(Errno::ENODEV) } else { Ok(visited) }
}

fn bind_to(cpu: libc::processorid_t) -> nix::Result<()> {
    // SAFETY: no pointer but a null one, which means that the binding of before is not wanted.
    Errno::result(unsafe { libc::processor_bind(libc::P_LWPID, MYSELF, cpu, std::ptr::null_mut()) }).map(|_| ())
}

/// The numbers of the CPUs that take threads; there may be gaps between them.
fn online() -> Vec<libc::processorid_t> {
    // SAFETY: sysconf takes no pointers.
    let highest = unsafe { libc::sysconf(libc::_SC_CPUID_MAX) };
    let takes_threads = |cpu: &libc::processorid_t| {
        // SAFETY: p_online takes no pointers, and P_STATUS changes nothing.
        let state = unsafe { libc::p_online(*cpu, libc::P_STATUS) };
        state == libc::P_ONLINE || state == libc::P_NOINTR
    };
    (0..=highest.max(0) as libc::processorid_t).filter(takes_threads).collect()
}
