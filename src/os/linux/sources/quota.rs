//! `cpu.stat` of the control groups of a process: periods in which a CPU quota was used up, and how long its tasks were held up for it.
//! Those of the groups above count too; all are added up. A group without a quota is never held up, which is a zero that is known.

use super::{
    super::{cgroups, tree::Tree},
    Column, Probe, ProcFile, Source, field, or_absent,
};

const NAMES: [&str; 3] = ["cpu_quota_periods", "cpu_quota_throttled_periods", "cpu_quota_throttled_us"];

/// Of a process; `None`: of this one.
pub fn open(process: Option<u32>) -> Source {
    or_absent(of_tree(Tree::of_system(), process), NAMES.map(Column::counted).to_vec())
}

fn of_tree(tree: Tree, process: Option<u32>) -> Probe<Source> {
    let files = cgroups::directories(tree, process, "cpu")?.into_iter().map(|group| group.join("cpu.stat"));
    // The top of version 2 may have none, nor has a group without the controller: nothing is held up there.
    let files = files.filter(|file| file.exists());
    let mut files: Vec<ProcFile> = files
        .map(|file| ProcFile::open(&file.to_string_lossy(), "let this user read its control groups"))
        .collect::<Probe<_>>()?;
    if files.is_empty() {
        return Err("no control group of the process has a cpu.stat; the kernel needs CONFIG_CFS_BANDWIDTH".to_owned());
    }
    Ok(Source::new(NAMES.map(Column::counted).to_vec(), move |_, row| {
        let groups = files.iter_mut().map(|file| file.read().map(of_group));
        let sums = groups.reduce(|sums, of_group| {
            let (sums, of_group) = (sums?, of_group?);
            Some(std::array::from_fn(|place| sums[place] + of_group[place]))
        });
        row.extend(sums.flatten().map_or([None; 3], |sums: [u64; 3]| sums.map(Some)));
    }))
}

/// Periods, those held up, and microseconds of that, all CPUs. Version 1 counts the time in nanoseconds, under another name.
fn of_group(text: &str) -> [u64; 3] {
    let of_version_1 = || field(text, "throttled_time").map(|ns| ns / 1000);
    let us = field(text, "throttled_usec").or_else(of_version_1);
    [field(text, "nr_periods"), field(text, "nr_throttled"), us].map(|value| value.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::system::cgroups::tests::{V2, tree};

    #[test]
    fn both_versions_count_the_same_and_every_group_on_the_way_up_counts() {
        let version_1 = "nr_periods 87\nnr_throttled 80\nthrottled_time 11097632916\nnr_bursts 0\n";
        assert_eq!(of_group(version_1), [87, 80, 11_097_632]);
        assert!(of_tree(Tree::at(tempfile::tempdir().unwrap().path()), None).is_err());
        let files = [
            ("sys/fs/cgroup/cpu.stat", "usage_usec 7\n"),
            ("sys/fs/cgroup/pod/cpu.stat", "usage_usec 7\nnr_periods 30\nnr_throttled 10\nthrottled_usec 5000\n"),
            ("sys/fs/cgroup/pod/box/cpu.stat", "usage_usec 7\nnr_periods 20\nnr_throttled 20\nthrottled_usec 900\n"),
        ];
        let machine = tree("0::/pod/box\n", V2, &files);
        let of_tree = |process| of_tree(Tree::at(machine.path()), process);
        assert_eq!(of_tree(None).unwrap().read(), [Some(50), Some(30), Some(5900)]);
        // Another process is in the group above.
        std::fs::create_dir(machine.path().join("proc/77")).unwrap();
        std::fs::write(machine.path().join("proc/77/cgroup"), "0::/pod\n").unwrap();
        assert_eq!(of_tree(Some(77)).unwrap().read(), [Some(30), Some(10), Some(5000)]);
        assert!(of_tree(Some(78)).is_err(), "it has ended");
    }
}
