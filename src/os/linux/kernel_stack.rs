//! Where in the kernel a process is: `/proc/PID/stack`, which root alone may read, and which needs CONFIG_STACKTRACE.

use std::fs;

use nix::unistd::Pid;

use super::facts::Probe;

/// The functions, outermost first; empty: it was in user space, or ran. Of a process that runs the kernel shows nothing it can rely on.
pub fn read(pid: Pid) -> Probe<Vec<String>> {
    let path = format!("/proc/{pid}/stack");
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error} (root may read it)"))?;
    Ok(functions(&text))
}

/// Of lines such as `[<0>] folio_mkclean+0x8a/0xe0`, innermost first.
fn functions(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let place = line.split_whitespace().nth(1)?;
        let name = place.split_once('+').map_or(place, |(name, _)| name);
        // Older kernels end with an address without a name.
        (!name.starts_with("0x") && !name.is_empty()).then(|| name.to_owned())
    };
    text.lines().rev().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_outermost_first() {
        let text = "[<0>] folio_mkclean+0x8a/0xe0\n[<0>] ext4_fsync+0x1/0x2 [ext4]\n[<0>] do_syscall_64+0x71/0x280\n[<0>] 0xffffffffffffffff\n";
        assert_eq!(functions(text), ["do_syscall_64", "ext4_fsync", "folio_mkclean"]);
        assert!(functions("").is_empty());
    }

    #[test]
    fn a_process_that_is_gone_or_not_ours_has_a_reason() {
        assert!(read(Pid::from_raw(i32::MAX)).unwrap_err().contains("/stack"));
    }
}
