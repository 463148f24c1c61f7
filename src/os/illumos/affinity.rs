//! The CPUs that a thread may use; binding the calling thread to one of them, or to each in turn (processor_bind(2)).
//! On SPARC this also makes every CPU one that the process has run on, which is what its cross calls go to from then on.

use nix::errno::Errno;

use crate::os::every_cpu::visit_each;

/// `P_MYID` of `sys/procset.h`: the caller.
const MYSELF: libc::id_t = -1;

/// How many CPUs take threads, of those that this zone sees. A CPU cap is another matter, and not counted in.
pub fn cpus_allowed() -> Result<u64, String> {
    allowed().map(|cpus| cpus.len() as u64)
}

/// Their numbers, rising.
pub fn allowed() -> Result<Vec<usize>, String> {
    Some(online()).filter(|cpus| !cpus.is_empty()).ok_or_else(|| "p_online names no CPU that takes threads".to_owned())
}

/// Binds the calling thread to one CPU.
pub fn bind(cpu: usize) -> nix::Result<()> {
    bind_to(libc::processorid_t::try_from(cpu).map_err(|_| Errno::EINVAL)?)
}

/// Binds the calling process to the last CPU that it may use, and leaves it there; its number.
pub fn pin_to_last_cpu() -> nix::Result<usize> {
    online().into_iter().rev().find(|cpu| bind(*cpu).is_ok()).ok_or(Errno::ENODEV)
}

/// Runs `visit` once on every CPU that the calling thread may use, then binds it as before, also if `visit` panics; on how many.
pub fn on_every_cpu(visit: impl FnMut()) -> nix::Result<usize> {
    let mut before = libc::PBIND_NONE;
    // SAFETY: PBIND_QUERY changes nothing, and the last argument is a number of the caller's.
    Errno::result(unsafe { libc::processor_bind(libc::P_LWPID, MYSELF, libc::PBIND_QUERY, &mut before) })?;
    visit_each(online().into_iter(), bind, || bind_to(before), visit)
}

fn bind_to(cpu: libc::processorid_t) -> nix::Result<()> {
    // SAFETY: no pointer but a null one, which means that the binding of before is not wanted.
    Errno::result(unsafe { libc::processor_bind(libc::P_LWPID, MYSELF, cpu, std::ptr::null_mut()) }).map(|_| ())
}

/// The numbers of the CPUs that take threads; there may be gaps between them.
fn online() -> Vec<usize> {
    // SAFETY: sysconf takes no pointers.
    let highest = unsafe { libc::sysconf(libc::_SC_CPUID_MAX) };
    let takes_threads = |cpu: &libc::processorid_t| {
        // SAFETY: p_online takes no pointers, and P_STATUS changes nothing.
        let state = unsafe { libc::p_online(*cpu, libc::P_STATUS) };
        state == libc::P_ONLINE || state == libc::P_NOINTR
    };
    (0..=highest.max(0) as libc::processorid_t).filter(takes_threads).map(|cpu| cpu as usize).collect()
}
