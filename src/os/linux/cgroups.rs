//! Control groups of both versions: the directories of this process's group and of all its ancestors, as far as it can see them,
//! and what bounds CPU time there.

use std::{
    fmt::Display,
    fs,
    path::{Component, Path, PathBuf},
};

use procfs::{
    FromRead,
    process::{MountInfo, MountInfos},
};

use super::{
    facts::{CpuQuota, Probe},
    proc_text::number,
    tree::Tree,
};

/// The directories of the group of a process (`None`: of this one) and of all its ancestors, the group itself first, in every hierarchy that may
/// have the settings of `controller`: that of version 1, and that of version 2 mounted next to it.
pub fn directories(tree: Tree, process: Option<u32>, controller: &str) -> Probe<Vec<PathBuf>> {
    let name = process.map_or_else(|| "self".to_owned(), |process| process.to_string());
    let (groups, mounts) = (tree.path(format!("/proc/{name}/cgroup")), tree.path("/proc/self/mountinfo"));
    let process = process.unwrap_or_else(std::process::id);
    let why = |path: &Path, error: &dyn Display| format!("{}: {error}; mount /proc", path.display());
    let groups = procfs::ProcessCGroups::from_file(&groups).map_err(|error| why(&groups, &error))?;
    let mounts = MountInfos::from_file(&mounts).map_err(|error| why(&mounts, &error))?;
    let mut directories = Vec::new();
    for group in groups {
        let unified = group.controllers.is_empty();
        if !unified && !group.controllers.iter().any(|name| name == controller) {
            continue;
        }
        let is_of_hierarchy = |mount: &&MountInfo| match mount.fs_type.as_str() {
            "cgroup2" => unified,
            "cgroup" => !unified && mount.super_options.contains_key(controller),
            _ => false,
        };
        // A hierarchy may be mounted in several places: the one counts that shows most of the way up.
        let places = mounts
            .0
            .iter()
            .filter(is_of_hierarchy)
            .filter_map(|mount| up_to_mount(tree, mount, &group.pathname, process));
        directories.extend(
            places.max_by_key(|(knows_group, way)| (*knows_group, way.len())).into_iter().flat_map(|(_, way)| way),
        );
    }
    if directories.is_empty() {
        return Err(format!(
            "this process sees no control group that may have the controller {controller}: mount cgroup2 on /sys/fs/cgroup"
        ));
    }
    Ok(directories)
}

/// The directories from a group up to where its hierarchy is mounted, and whether the mount names the group. `None`: the group is not
/// below the mount.
fn up_to_mount(tree: Tree, mount: &MountInfo, group: &str, process: u32) -> Option<(bool, Vec<PathBuf>)> {
    // Paths are those of the reader's control group namespace: one with `..` lies outside of it, and its names are hidden.
    let is_outside = |path: &str| Path::new(path).components().any(|part| part == Component::ParentDir);
    if is_outside(group) {
        return None;
    }
    let top = tree.path(&mount.mount_point);
    let inside = Path::new(group).strip_prefix(&mount.root).ok();
    let own = match inside {
        Some(inside) => top.components().chain(inside.components()).collect(),
        // The mount begins above the namespace: somewhere in it is the group that lists this process.
        None if is_outside(&mount.root) => group_of(process, &top)?,
        // In a container without a namespace of its own the group may not be below what is mounted: then the mount's top is it.
        None => top.clone(),
    };
    let way = own.ancestors().take_while(|directory| directory.starts_with(&top)).map(Path::to_owned);
    own.is_dir().then(|| (inside.is_some(), way.collect()))
}

/// The group at or below `top` that a process is listed in.
fn group_of(process: u32, top: &Path) -> Option<PathBuf> {
    let process = process.to_string();
    let mut left = vec![top.to_owned()];
    while let Some(group) = left.pop() {
        if fs::read_to_string(group.join("cgroup.procs")).is_ok_and(|listed| listed.lines().any(|pid| pid == process)) {
            return Some(group);
        }
        let entries = fs::read_dir(&group).into_iter().flatten().flatten();
        left.extend(
            entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()),
        );
    }
    None
}

/// The tightest CPU quota among this process's groups; `None`: they have none.
pub fn cpu_quota(tree: Tree) -> Probe<Option<CpuQuota>> {
    let quotas = directories(tree, None, "cpu")?.into_iter().filter_map(|group| quota_of(&group));
    Ok(quotas.min_by(|a, b| a.cpus().total_cmp(&b.cpus())))
}

fn quota_of(group: &Path) -> Option<CpuQuota> {
    let (file, quota_us, period_us) = match fs::read_to_string(group.join("cpu.max")) {
        Ok(text) => {
            let (quota, period) = text.trim().split_once(' ')?;
            ("cpu.max", quota.parse().ok()?, period.parse().ok()?)
        }
        // Without a quota it is -1, and so no number here.
        Err(_) => {
            let quota = number(group.join("cpu.cfs_quota_us"))?;
            ("cpu.cfs_quota_us", quota, number(group.join("cpu.cfs_period_us"))?)
        }
    };
    (period_us > 0).then(|| CpuQuota { group: group.to_owned(), setting: file, quota_us, period_us })
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A tree with what a process reads of its groups and mounts, and with files in their directories.
    pub fn tree(cgroup: &str, mountinfo: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        let own = [("proc/self/cgroup", cgroup), ("proc/self/mountinfo", mountinfo)];
        for (path, text) in own.iter().chain(files) {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        tree
    }

    fn found(tree: &tempfile::TempDir) -> Option<(String, &'static str, u64, u64)> {
        let quota = cpu_quota(Tree::at(tree.path())).unwrap()?;
        let group = quota.group.strip_prefix(tree.path()).unwrap().display().to_string();
        Some((group, quota.setting, quota.quota_us, quota.period_us))
    }

    fn why(tree: &tempfile::TempDir) -> String {
        cpu_quota(Tree::at(tree.path())).unwrap_err()
    }

    pub const V2: &str = "31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1: &str = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
        33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

    #[test]
    fn the_tightest_quota_on_the_way_up_counts_in_version_2() {
        let files = [
            ("sys/fs/cgroup/a/cpu.max", "150000 100000\n"),
            ("sys/fs/cgroup/a/b/cpu.max", "20000 10000\n"),
            ("sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/other/cpu.max", "1000 100000\n"),
        ];
        let tree = tree("0::/a/b/c\n", V2, &files);
        assert_eq!(found(&tree), Some(("sys/fs/cgroup/a".to_owned(), "cpu.max", 150_000, 100_000)));
        fs::write(tree.path().join("sys/fs/cgroup/a/cpu.max"), "max 100000").unwrap();
        assert_eq!(found(&tree).unwrap().0, "sys/fs/cgroup/a/b");
        fs::write(tree.path().join("sys/fs/cgroup/a/b/cpu.max"), "max 100000").unwrap();
        assert_eq!(found(&tree), None, "no quota at all, and that is known");
    }

    #[test]
    fn version_1_is_read_where_both_are_mounted() {
        let files = [
            ("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "5000\n"),
            ("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            ("sys/fs/cgroup/unified/box/cpu.stat", "usage_usec 5\n"),
        ];
        let tree = tree("5:cpuset:/\n4:cpu,cpuacct:/box\n0::/box\n", V1, &files);
        assert_eq!(found(&tree), Some(("sys/fs/cgroup/cpu,cpuacct/box".to_owned(), "cpu.cfs_quota_us", 5000, 100_000)));
        let ways = directories(Tree::at(tree.path()), None, "cpu").unwrap();
        assert_eq!(ways.len(), 4, "two of each version: {ways:?}");
    }

    #[test]
    fn a_quota_is_found_from_within_namespaces_and_containers() {
        // With a namespace: the group is the top, and so is the mount.
        let files = [("sys/fs/cgroup/cpu.max", "50000 100000\n"), ("sys/fs/cgroup/inner/cpu.max", "max 100000\n")];
        assert_eq!(found(&tree("0::/\n", V2, &files)).unwrap().0, "sys/fs/cgroup");
        assert_eq!(found(&tree("0::/inner\n", V2, &files)).unwrap().0, "sys/fs/cgroup");
        // Without one, what is mounted is the container's own part; a name that only begins alike is another's.
        let part = |root: &str| format!("32 31 0:29 {root} /sys/fs/cgroup rw - cgroup2 cgroup rw\n");
        assert_eq!(found(&tree("0::/docker/abc/inner\n", &part("/docker/abc"), &files)).unwrap().0, "sys/fs/cgroup");
        let alike = tree("0::/docker/abc\n", &part("/docker/ab"), &files);
        assert_eq!(directories(Tree::at(alike.path()), None, "cpu").unwrap().len(), 1);
        // Moved out of its namespace: its group is nowhere below the mount.
        let outside = why(&tree("0::/../other\n", V2, &files));
        assert!(outside.contains("sees no control group"), "{outside}");
        // The host's mount in a namespace: only its list shows which group of it is this one.
        let myself = format!("1\n{}\n", std::process::id());
        let listed = [("sys/fs/cgroup/a/cgroup.procs", "77\n"), ("sys/fs/cgroup/b/c/cgroup.procs", myself.as_str())];
        let quota = ("sys/fs/cgroup/b/cpu.max", "30000 100000\n");
        let host = tree("0::/\n", &part("/../.."), &[&files[..], &listed[..], &[quota]].concat());
        assert_eq!(found(&host).unwrap().0, "sys/fs/cgroup/b");
        let nowhere = why(&tree("0::/\n", &part("/.."), &files));
        assert!(nowhere.contains("sees no control group"), "listed nowhere is not known, and not none: {nowhere}");
        // Of two mounts the one that shows more.
        let both = part("/docker/abc").replace("/sys/fs/cgroup", "/part") + V2;
        let files = [
            ("part/cpu.max", "80000 100000\n"),
            ("sys/fs/cgroup/docker/abc/cpu.max", "80000 100000\n"),
            ("sys/fs/cgroup/docker/cpu.max", "30000 100000\n"),
        ];
        assert_eq!(found(&tree("0::/docker/abc\n", &both, &files)).unwrap().0, "sys/fs/cgroup/docker");
    }

    #[test]
    fn what_cannot_be_read_is_an_error_with_a_remedy() {
        assert!(why(&tempfile::tempdir().unwrap()).contains("mount /proc"));
        assert!(why(&tree("0::/\n", "", &[])).contains("no control group"));
    }
}
