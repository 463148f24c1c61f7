//! kstat `unix:0:var`: how many processes the kernel was built for. It is raw: `struct var` of `sys/var.h`, all of it `int`.
//! `v_proc` is the third, `v_maxup` the eighth.

use super::word_at;

/// Most processes of the whole system, and of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MostProcesses {
    /// Of the system (`max_nprocs`).
    pub of_system: u64,
    /// Of a user that is not root (`maxuprc`).
    pub of_user: u64,
}

/// What the kstat says; `None` if it is too short to be one.
pub fn parse(bytes: &[u8]) -> Option<MostProcesses> {
    Some(MostProcesses { of_system: word_at(bytes, 2 * 4)?.into(), of_user: word_at(bytes, 7 * 4)?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_and_eighth_numbers_are_read() {
        let bytes: Vec<u8> = (100..115u32).flat_map(u32::to_ne_bytes).collect();
        assert_eq!(parse(&bytes), Some(MostProcesses { of_system: 102, of_user: 107 }));
        assert_eq!(parse(&bytes[..31]), None);
    }
}
