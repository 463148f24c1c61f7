//! `/proc/PID/usage`: the microstates of a process, which illumos always accounts for to the nanosecond.
//! The layout is `prusage_t` of `sys/procfs.h` for 64-bit processes; minor faults are in it, but nothing ever counts them.

use super::super::facts::TaskUsage;
use super::long_at;

pub const LENGTH: usize = 504;
/// Offsets of the times (each of seconds and nanoseconds, 64 bits both) and of the counts.
const USER: usize = 72;
const SYSTEM: usize = 88;
const OTHER_TRAP: usize = 104;
const TEXT_FAULT: usize = 120;
const DATA_FAULT: usize = 136;
const KERNEL_FAULT: usize = 152;
const WAITING_FOR_CPU: usize = 200;
const MAJOR_FAULTS: usize = 336;
const VOLUNTARY_SWITCHES: usize = 392;
const INVOLUNTARY_SWITCHES: usize = 400;

/// What the file says; `None` if it is too short to be one.
pub fn parse(bytes: &[u8]) -> Option<TaskUsage> {
    if bytes.len() < LENGTH {
        return None;
    }
    let time = |offset| Some(long_at(bytes, offset)?.saturating_mul(1_000_000_000) + long_at(bytes, offset + 8)?);
    let sum = |offsets: &[usize]| offsets.iter().map(|offset| time(*offset)).sum::<Option<u64>>();
    Some(TaskUsage {
        // A page fault that runs counts as system time, one that sleeps does not.
        cpu_ns: sum(&[USER, SYSTEM, OTHER_TRAP])?,
        run_delay_ns: time(WAITING_FOR_CPU),
        fault_wait_ns: sum(&[TEXT_FAULT, DATA_FAULT, KERNEL_FAULT]),
        minor_faults: None,
        major_faults: long_at(bytes, MAJOR_FAULTS)?,
        voluntary_switches: long_at(bytes, VOLUNTARY_SWITCHES)?,
        involuntary_switches: long_at(bytes, INVOLUNTARY_SWITCHES)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        let mut bytes = vec![0; LENGTH];
        let mut put = |offset: usize, value: u64| bytes[offset..offset + 8].copy_from_slice(&value.to_ne_bytes());
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
        assert_eq!([&bytes()[..LENGTH - 1], &[]].map(parse), [None, None], "a short file is none");
    }
}
