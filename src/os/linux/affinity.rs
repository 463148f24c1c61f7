//! Binding the calling thread to one CPU, or to each in turn.

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};

/// Binds the calling process to the last CPU that it may use; its number.
pub fn pin_to_last_cpu() -> nix::Result<usize> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let last = (0..CpuSet::count()).rev().find(|&cpu| allowed.is_set(cpu) == Ok(true)).ok_or(nix::Error::ENODEV)?;
    let mut one = CpuSet::new();
    one.set(last)?;
    sched_setaffinity(Pid::from_raw(0), &one)?;
    Ok(last)
}

/// Runs `visit` once on every CPU that the calling thread may use, then lets it go everywhere again; on how many.
pub fn on_every_cpu(mut visit: impl FnMut()) -> nix::Result<usize> {
    let myself = Pid::from_raw(0);
    let allowed = sched_getaffinity(myself)?;
    let mut visited = 0;
    for cpu in (0..CpuSet::count()).filter(|&cpu| allowed.is_set(cpu) == Ok(true)) {
        let mut one = CpuSet::new();
        one.set(cpu)?;
        sched_setaffinity(myself, &one)?;
        visit();
        visited += 1;
    }
    sched_setaffinity(myself, &allowed)?;
    Ok(visited)
}

#[cfg(test)]
mod tests {
    use super::on_every_cpu;

    #[test]
    fn every_cpu_is_visited_once() {
        let mut visits = 0;
        let visited = on_every_cpu(|| visits += 1).unwrap();
        assert_eq!(visited, visits);
        assert_eq!(visited, std::thread::available_parallelism().unwrap().get());
    }
}
