//! How this kernel and this processor take translations away from other CPUs, as far as they say.

use super::{environment::cpu_field, facts::Probe, tree::Tree};
use crate::os::platform::{TlbFact, paravirtual_flush};

const CEILING: &str = "/sys/kernel/debug/x86/tlb_single_page_flush_ceiling";

/// `signature`: of the hypervisor.
pub fn facts(tree: Tree, architecture: &str, signature: Option<&str>) -> Probe<Vec<TlbFact>> {
    let fact = |name: &str, state: Probe<String>| TlbFact { name: name.to_owned(), state: state.into() };
    match architecture {
        // Arm's manual, TLBI … IS: the inner shareable domain, which is all CPUs of the system.
        "aarch64" => {
            Ok(vec![fact("other CPUs are reached by", Ok("TLBI: a broadcast, without interrupts".to_owned()))])
        }
        "x86_64" => {
            let flags = cpu_field(tree, "flags")?;
            let has = |flag: &str| flags.split_whitespace().any(|known| known == flag);
            let yes = |flag: &str| Ok(if has(flag) { "yes" } else { "no" }.to_owned());
            let reached_by = match (has("invlpgb"), has("rar")) {
                (true, _) => {
                    "INVLPGB: a broadcast for processes that run on at least three CPUs (since Linux 6.15), else interrupts"
                }
                (_, true) => "RAR: remote action requests, where the kernel uses them, else interrupts",
                _ => "interrupts",
            };
            let paravirtual = paravirtual_flush(signature).map_or_else(
                || "none".to_owned(),
                |name| format!("{name}: CPUs that the host does not run are flushed when it runs them again"),
            );
            let meltdown = tree.text("/sys/devices/system/cpu/vulnerabilities/meltdown");
            let isolated = meltdown.map(|state| if state.contains("PTI") { "yes" } else { "no" }.to_owned());
            let ceiling = tree.text(CEILING).map(|pages| format!("{pages} pages"));
            let ceiling =
                ceiling.map_err(|why| format!("{why}; root sees it with debugfs mounted at /sys/kernel/debug"));
            Ok(vec![
                fact("other CPUs are reached by", Ok(reached_by.to_owned())),
                fact("paravirtual flush", Ok(paravirtual)),
                fact("PCID", yes("pcid")),
                fact("INVPCID", yes("invpcid")),
                fact("page-table isolation", isolated),
                fact("all translations are dropped above", ceiling),
            ])
        }
        other => Err(format!("not known of the architecture {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::cgroups::tests::tree as with_files;
    use super::*;

    #[test]
    fn what_the_kernel_says_is_reported() {
        let states = |flags: &str, more: &[(&str, &str)]| -> Vec<Option<String>> {
            let cpuinfo = format!("processor\t: 0\nflags\t\t: fpu {flags}\n");
            let files: Vec<(&str, &str)> =
                [("proc/cpuinfo", &*cpuinfo)].into_iter().chain(more.iter().copied()).collect();
            let made = with_files("0::/\n", "", &files);
            let found = facts(Tree::at(made.path()), "x86_64", None).unwrap();
            found.iter().map(|fact| fact.state.value().cloned()).collect()
        };
        let more = [(&CEILING[1..], "33\n"), ("sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI\n")];
        let found = states("pcid", &more);
        assert_eq!(found[0].as_deref(), Some("interrupts"));
        let rest: Vec<_> = found[1..].iter().map(|state| state.as_deref().unwrap()).collect();
        assert_eq!(rest, ["none", "yes", "no", "yes", "33 pages"]);
        let found = states("invlpgb", &[]);
        assert!(found[0].as_ref().unwrap().starts_with("INVLPGB"));
        assert_eq!(found[4..], [None, None], "what the kernel hides is not `no`");
        let nothing = tempfile::tempdir().unwrap();
        assert!(facts(Tree::at(nothing.path()), "x86_64", None).unwrap_err().contains("cpuinfo"));
        assert!(facts(Tree::at(nothing.path()), "sparc64", None).unwrap_err().contains("sparc64"));
        assert!(facts(Tree::at(nothing.path()), "aarch64", None).unwrap()[0].state.value().unwrap().contains("TLBI"));
    }
}
