//! `/proc/PID/usage`: the microstates of a process, which illumos always usage for to the nanosecond.
//! The layout is `prusage_t` of `sys/procfs.h` for 64-bit processes; minor faults are in it, but nothing ever counts them.

use std::mem::offset_of;

use super::super::facts::TaskUsage;
use super::long_at;

/// `timestruc_t` of `sys/time_impl.h`, 64-bit.
#[repr(C)]
struct Time {
    seconds: i64,
    nanoseconds: i64,
}

/// `prusage_t` of `sys/procfs.h`, 64-bit. Only its offsets are used.
#[repr(C)]
struct Usage {
    lwp: i32,
    lwps: i32,
    /// Now, creation, termination, and real time.
    moments: [Time; 4],
    user: Time,
    system: Time,
    other_trap: Time,
    text_fault: Time,
    data_fault: Time,
    kernel_fault: Time,
    user_lock: Time,
    sleep: Time,
    waiting_for_cpu: Time,
    stopped: Time,
    room_for_times: [Time; 6],
    minor_faults: u64,
    major_faults: u64,
    /// Swaps, blocks in and out, messages sent and received, signals.
    others: [u64; 6],
    voluntary_switches: u64,
    involuntary_switches: u64,
    system_calls: u64,
    characters: u64,
    room: [u64; 10],
}

const _: () = assert!(size_of::<Usage>() == LENGTH);
const _: () = assert!(offset_of!(Usage, user) == 72 && offset_of!(Usage, stopped) == 216);
const _: () = assert!(offset_of!(Usage, minor_faults) == 328 && offset_of!(Usage, involuntary_switches) == 400);

pub const LENGTH: usize = 504;

/// What the file says; `None` if it is too short to be one.
pub fn parse(bytes: &[u8]) -> Option<TaskUsage> {
    if bytes.len() < LENGTH {
        return None;
    }
    let time = |offset: usize| {
        let seconds = long_at(bytes, offset + offset_of!(Time, seconds))?;
        Some(seconds.saturating_mul(1_000_000_000) + long_at(bytes, offset + offset_of!(Time, nanoseconds))?)
    };
    let sum = |offsets: &[usize]| offsets.iter().map(|offset| time(*offset)).sum::<Option<u64>>();
    Some(TaskUsage {
        // A page fault that runs counts as system time, one that sleeps does not.
        cpu_ns: sum(&[offset_of!(Usage, user), offset_of!(Usage, system), offset_of!(Usage, other_trap)])?,
        run_delay_ns: time(offset_of!(Usage, waiting_for_cpu)),
        fault_wait_ns: sum(&[
            offset_of!(Usage, text_fault),
            offset_of!(Usage, data_fault),
            offset_of!(Usage, kernel_fault),
        ]),
        minor_faults: None,
        major_faults: long_at(bytes, offset_of!(Usage, major_faults))?,
        voluntary_switches: long_at(bytes, offset_of!(Usage, voluntary_switches))?,
        involuntary_switches: long_at(bytes, offset_of!(Usage, involuntary_switches))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        let mut bytes = vec![0; LENGTH];
        let mut put = |offset: usize, value: u64| bytes[offset..offset + 8].copy_from_slice(&value.to_ne_bytes());
        // Offsets as they stand in the header, not as the structure above has them: 16 bytes a time.
        put(72, 1);
        put(80, 500);
        put(88 + 8, 30);
        put(104 + 8, 4);
        put(120 + 8, 1_000);
        put(136, 2);
        put(152 + 8, 7);
        put(200 + 8, 90);
        put(328, 77);
        put(336, 3);
        put(392, 11);
        put(400, 12);
        bytes
    }

    #[test]
    fn microstates_are_read_and_minor_faults_are_unavailable() {
        let usage = parse(&bytes()).unwrap();
        assert_eq!(usage.cpu_ns, 1_000_000_534);
        assert_eq!(usage.run_delay_ns, Some(90));
        assert_eq!(usage.fault_wait_ns, Some(2_000_001_007));
        assert_eq!(usage.minor_faults, None, "the system never counts them, whatever stands there");
        assert_eq!((usage.major_faults, usage.voluntary_switches, usage.involuntary_switches), (3, 11, 12));
    }

    #[test]
    fn a_short_file_is_none() {
        assert_eq!(parse(&bytes()[..LENGTH - 1]), None);
        assert_eq!(parse(&[]), None);
    }
}
