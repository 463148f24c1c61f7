//! The monotonic clock, in nanoseconds, and sleeping until a moment of it.
//! All times inside a run are this clock's; wall-clock time is only written into results.

use nix::{
    errno::Errno,
    sys::{
        resource::{UsageWho, getrusage},
        time::{TimeSpec, TimeVal, TimeValLike},
    },
    time::{ClockId, clock_gettime},
};

#[inline]
pub fn now_ns() -> u64 {
    // The monotonic clock always exists and is never negative, so a failure has no meaning that a caller could act on.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, ns_of)
}

/// Of a time that is not negative.
#[inline]
pub(super) fn ns_of(time: TimeSpec) -> u64 {
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// At or after the deadline.
    ByClock,
    BySignal,
}

/// Sleeps until `deadline_ns` of the monotonic clock, which may have passed already.
pub fn sleep_until(deadline_ns: u64) -> Woken {
    let deadline = libc::timespec {
        tv_sec: (deadline_ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (deadline_ns % 1_000_000_000) as libc::c_long,
    };
    // SAFETY: `deadline` is a valid timespec for the length of the call, and an absolute sleep writes no remainder.
    let code =
        unsafe { libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &deadline, std::ptr::null_mut()) };
    if code == Errno::EINTR as i32 { Woken::BySignal } else { Woken::ByClock }
}

/// CPU time that this process has used, all threads and the kernel for them, nanoseconds; 0 where the system does not report it.
pub fn cpu_ns() -> u64 {
    let ns = |time: TimeVal| time.num_microseconds().unsigned_abs() * 1000;
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| ns(usage.user_time()) + ns(usage.system_time()))
}

/// What every sleep lasts at least, nanoseconds, however near its deadline is; 0: it ends at its deadline.
///
/// illumos makes all of them a clock tick long (`cv_waituntil_sig` in uts/common/os/condvar.c: 10 ms, or 1 ms with `hires_tick` set in
/// /etc/system), and ends longer ones at their deadlines.
pub fn least_sleep_ns() -> u64 {
    if cfg!(target_os = "illumos") {
        // SAFETY: sysconf takes no pointers.
        let ticks_per_s = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
        1_000_000_000 / u64::try_from(ticks_per_s).ok().filter(|ticks| *ticks > 0).unwrap_or(100)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_does_not_end_early() {
        let deadline = now_ns() + 2_000_000;
        assert_eq!(sleep_until(deadline), Woken::ByClock);
        assert!(now_ns() >= deadline);
        assert_eq!(sleep_until(0), Woken::ByClock);
    }
}
