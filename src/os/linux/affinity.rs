//! The CPUs that a thread may use; binding the calling thread to one of them, or to each in turn.

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};

use crate::os::every_cpu::visit_each;

const MYSELF: Pid = Pid::from_raw(0);

/// How many CPUs the calling thread may use by its affinity and its cpuset. A CPU quota is another matter, and not counted in.
pub fn cpus_allowed() -> Result<u64, String> {
    allowed().map(|cpus| cpus.len() as u64)
}

/// Their numbers, rising.
pub fn allowed() -> Result<Vec<usize>, String> {
    sched_getaffinity(MYSELF)
        .map(|allowed| cpus(&allowed).collect())
        .map_err(|error| format!("sched_getaffinity: {error}"))
}

/// Binds the calling process to the last CPU that it may use, and leaves it there; its number.
pub fn pin_to_last_cpu() -> nix::Result<usize> {
    let allowed = sched_getaffinity(MYSELF)?;
    // One that was switched off meanwhile refuses.
    cpus(&allowed).rev().find(|&cpu| bind(cpu).is_ok()).ok_or(nix::Error::ENODEV)
}

/// Runs `visit` once on every CPU that the calling thread may use, then lets it go everywhere again, also if `visit` panics; on how many.
pub fn on_every_cpu(visit: impl FnMut()) -> nix::Result<usize> {
    let allowed = sched_getaffinity(MYSELF)?;
    visit_each(cpus(&allowed), bind, || sched_setaffinity(MYSELF, &allowed), visit)
}

fn cpus(set: &CpuSet) -> impl DoubleEndedIterator<Item = usize> + '_ {
    (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu) == Ok(true))
}

/// Binds the calling thread to one CPU.
pub fn bind(cpu: usize) -> nix::Result<()> {
    let mut one = CpuSet::new();
    one.set(cpu)?;
    sched_setaffinity(MYSELF, &one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cpu_is_visited_once() {
        let mut visits = 0;
        let before = sched_getaffinity(MYSELF).unwrap();
        let visited = on_every_cpu(|| visits += 1).unwrap();
        assert_eq!(visited, visits);
        assert_eq!(visited as u64, cpus_allowed().unwrap());
        assert_eq!(sched_getaffinity(MYSELF).unwrap(), before);
    }

    #[test]
    fn a_thread_is_unbound_even_after_a_panic() {
        let before = sched_getaffinity(MYSELF).unwrap();
        let first = cpus(&before).next().unwrap();
        let beyond = CpuSet::count();
        let on_each = |chosen: &[usize], visit: &mut dyn FnMut()| {
            visit_each(chosen.iter().copied(), bind, || sched_setaffinity(MYSELF, &before), visit)
        };
        let mut visits = 0;
        assert_eq!(on_each(&[first, beyond, first], &mut || visits += 1), Ok(2), "one is refused");
        assert_eq!((visits, sched_getaffinity(MYSELF).unwrap()), (2, before));
        assert_eq!(on_each(&[beyond], &mut || ()), Err(nix::Error::ENODEV));
        let panicked = std::panic::catch_unwind(|| on_every_cpu(|| panic!("in the middle")));
        assert!(panicked.is_err());
        assert_eq!(sched_getaffinity(MYSELF).unwrap(), before);
    }
}
