//! What hides processes from this one, in sentences that say what would help.

use std::{fs, path::Path};

use nix::unistd::geteuid;

use crate::os::{file_users::Unseen, identity};

/// `PROC_PID_INIT_INO` of the kernel: the namespace that all others are in.
const FIRST_PID_NAMESPACE: u64 = 0xEFFF_FFFC;

pub fn sentences(unseen: &Unseen) -> Vec<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    of(unseen.forbidden, geteuid().is_root(), &mounts, identity::pid_namespace())
}

fn of(forbidden: u32, is_root: bool, mounts: &str, namespace: Option<u64>) -> Vec<String> {
    let mut all = Vec::new();
    if forbidden > 0 {
        let remedy = if is_root {
            "root lacks the capability CAP_SYS_PTRACE here, or a security module denies it"
        } else {
            "run as root, or with CAP_SYS_PTRACE"
        };
        let processes = if forbidden == 1 { "1 process".to_owned() } else { format!("{forbidden} processes") };
        all.push(format!("the mappings of {processes} may not be read by this user: {remedy}"));
    }
    if let Some(level) = hidepid(mounts).filter(|_| !is_root) {
        all.push(format!("/proc is mounted with hidepid={level}: processes of other users are hidden; run as root"));
    }
    if namespace.is_some_and(|namespace| namespace != FIRST_PID_NAMESPACE) {
        all.push(
            "this is a pid namespace (a container): processes outside of it are hidden; run on the host".to_owned(),
        );
    }
    all
}

/// The level at which the last `/proc` is mounted, by number or (since 5.8) by name; `None`: at the lowest, where nothing is hidden.
fn hidepid(mounts: &str) -> Option<&str> {
    let is_proc = |line: &&str| line.split(' ').nth(4).is_some_and(|place| Path::new(place) == Path::new("/proc"));
    let options = mounts.lines().rfind(is_proc)?.rsplit(' ').next()?;
    let level = options.split(',').find_map(|option| option.strip_prefix("hidepid="))?;
    (!matches!(level, "0" | "off")).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "22 27 0:21 / /proc rw,relatime - proc proc rw\n";
    const HIDING: &str = "22 27 0:21 / /proc rw,relatime - proc proc rw,gid=4,hidepid=invisible\n";

    #[test]
    fn what_hides_processes_is_said_with_its_remedy() {
        assert!(of(0, true, PLAIN, Some(FIRST_PID_NAMESPACE)).is_empty());
        assert!(of(0, true, HIDING, None).is_empty(), "nothing is hidden from root");
        let all = of(7, false, HIDING, Some(4_026_532_000));
        assert_eq!(all.len(), 3, "{all:?}");
        assert!(all[0].contains("7 processes") && all[0].contains("CAP_SYS_PTRACE"), "{all:?}");
        assert!(all[1].contains("hidepid=invisible") && all[2].contains("pid namespace"), "{all:?}");
        assert!(of(7, true, PLAIN, None)[0].contains("security module"));
        assert_eq!(hidepid(&HIDING.replace("invisible", "0")), None);
        assert_eq!(hidepid(&format!("{HIDING}{PLAIN}")), None, "the last mount covers the first");
    }
}
