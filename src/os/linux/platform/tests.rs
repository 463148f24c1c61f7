//! Made-up machines: trees of `/proc` and `/sys` as such machines have them.

use std::{fs, os::unix::fs::symlink};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    super::{cgroups::tests::tree as with_files, virtualization::hypervisor},
    *,
};

/// A machine with these files and links (link, target).
fn machine(mountinfo: &str, files: &[(&str, &str)], links: &[(&str, &str)]) -> TempDir {
    let made = with_files("0::/\n", mountinfo, files);
    for (link, target) in links {
        let link = made.path().join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(target, link).unwrap();
    }
    made
}

/// What is read of a machine whose mapped files are in `directory`.
fn read(machine: &TempDir, directory: &str) -> Value {
    let found = serde_json::to_value(of_tree(Tree::at(machine.path()), Path::new(directory))).unwrap();
    nothing_is_empty("platform", &found);
    found
}

/// What is unavailable has a reason, and nothing stands for it.
fn nothing_is_empty(name: &str, value: &Value) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| nothing_is_empty(name, value)),
        Value::Array(items) => {
            assert!(!items.is_empty() || name == "layers", "{name} is empty");
            items.iter().for_each(|item| nothing_is_empty(name, item));
        }
        Value::String(text) => assert!(!text.trim().is_empty(), "{name} is empty"),
        Value::Number(number) => {
            assert!(number.as_u64().is_some_and(|number| number > 0) || name == "node", "{name} is 0")
        }
        Value::Bool(_) => {}
        Value::Null => panic!("{name} is null"),
    }
}

fn why<'v>(found: &'v Value, datum: &str) -> &'v str {
    found[datum]["unavailable"].as_str().unwrap_or_else(|| panic!("{datum}: {found}"))
}

const OF_HOST: [(&str, &str); 3] = [
    ("proc/self/ns/pid", "pid:[4026531836]"),
    ("proc/self/ns/ipc", "ipc:[4026531839]"),
    ("proc/self/ns/uts", "uts:[4026531838]"),
];

/// The SMBIOS structure of a memory device: its size in MiB, type and configured speed.
fn memory_device(mib: u16, kind: u8, speed: u16) -> Vec<u8> {
    let mut structure = [0; 0x28];
    (structure[0], structure[1], structure[0x12]) = (17, 0x28, kind);
    structure[0x0c..0x0e].copy_from_slice(&mib.to_le_bytes());
    structure[0x20..0x22].copy_from_slice(&speed.to_le_bytes());
    [&structure[..], b"DIMM A\0\0"].concat()
}

/// Two sockets of two cores with two threads each, and an NVMe disk with partitions.
fn server() -> TempDir {
    let mut files = Vec::new();
    for cpu in 0..8u32 {
        let (core, socket) = (cpu % 4, cpu % 4 / 2);
        let directory = format!("sys/devices/system/cpu/cpu{cpu}");
        let l3 = ["0-1,4-5", "2-3,6-7"][socket as usize];
        let mut add = |file: &str, text: String| files.push((format!("{directory}/{file}"), text + "\n"));
        add("topology/physical_package_id", socket.to_string());
        add("topology/core_cpus_list", format!("{core},{}", core + 4));
        for (index, (level, size, shared)) in
            [("1", "32K", "0"), ("2", "1024K", "0"), ("3", "32768K", l3)].iter().enumerate()
        {
            add(&format!("cache/index{index}/level"), (*level).to_owned());
            add(&format!("cache/index{index}/size"), (*size).to_owned());
            add(&format!("cache/index{index}/shared_cpu_list"), (*shared).to_owned());
        }
        let directory = format!("sys/devices/system/cpu/cpufreq/policy{cpu}");
        let mut add = |file: &str, text: &str| files.push((format!("{directory}/{file}"), text.to_owned()));
        add("scaling_min_freq", "800000\n");
        add("scaling_max_freq", if cpu == 0 { "3600000\n" } else { "3500000\n" });
        add("scaling_cur_freq", "1000000\n");
        add("scaling_governor", "performance\n");
    }
    // Switched off: it has no topology.
    files.push(("sys/devices/system/cpu/cpu8/online".to_owned(), "0\n".to_owned()));
    for (path, text) in [
        ("sys/devices/system/node/node0/cpulist", "0-1,4-5\n"),
        ("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       134217728 kB\nNode 0 MemFree: 1 kB\n"),
        ("sys/devices/system/node/node1/cpulist", "\n"),
        ("sys/devices/system/node/node1/meminfo", "Node 1 MemTotal:       67108864 kB\n"),
        ("sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n"),
        ("sys/devices/system/cpu/vulnerabilities/spectre_v2", "Mitigation: Retpolines\n"),
        ("sys/class/dmi/id/sys_vendor", "Maker Inc.\n"),
        ("sys/class/dmi/id/product_name", "Server 7\n"),
        ("proc/cmdline", "root=/dev/nvme0n1p2 ro mitigations=auto -- --key secret\n"),
        ("proc/cpuinfo", "processor : 0\ncpu MHz\t\t: 2400.250\nprocessor : 1\ncpu MHz\t\t: 3100.000\n"),
        ("sys/devices/pci/nvme0/model", "FAST 3.84TB                             \n"),
        ("sys/devices/pci/nvme0/nvme0n1/size", "7501476528\n"),
        ("sys/devices/pci/nvme0/nvme0n1/queue/rotational", "0\n"),
        ("sys/devices/pci/nvme0/nvme0n1/queue/write_cache", "write through\n"),
        ("sys/devices/pci/nvme0/nvme0n1/queue/scheduler", "[none] mq-deadline kyber\n"),
        ("sys/devices/pci/nvme0/nvme0n1/nvme0n1p2/partition", "2\n"),
        ("sys/devices/pci/nvme0/nvme0n1/nvme0n1p2/size", "5\n"),
    ] {
        files.push((path.to_owned(), text.to_owned()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let links = [
        ("sys/devices/pci/nvme0/nvme0n1/device", "../../nvme0"),
        ("sys/dev/block/259:2", "../../devices/pci/nvme0/nvme0n1/nvme0n1p2"),
    ];
    let mounts = "27 1 259:2 / / rw,relatime - ext4 /dev/nvme0n1p2 rw\n28 27 0:25 / /tmp rw - tmpfs tmpfs rw\n";
    let server = machine(mounts, &files, &[&links[..], &OF_HOST[..]].concat());
    let tables = server.path().join("sys/firmware/dmi/tables");
    fs::create_dir_all(&tables).unwrap();
    let other = [1, 4, 0, 0, b'x', 0, 0];
    let (plugged, empty, end) = (memory_device(32768 - 1024, 0x22, 4800), memory_device(0, 2, 0), [127, 4, 0, 0, 0, 0]);
    fs::write(tables.join("DMI"), [&other[..], &plugged, &empty, &plugged, &end, &plugged].concat()).unwrap();
    server
}

#[test]
fn a_server_of_two_sockets_is_described() {
    let server = server();
    let tree = Tree::at(server.path());
    let found = read(&server, "/var/imap");
    assert_eq!([&found["sockets"], &found["cores"], &found["threads_per_core"]], [2, 4, 2]);
    let cache = |cpus: &str| json!({ "level": 3, "bytes": 32 << 20, "cpus": cpus });
    assert_eq!(found["last_level_caches"], json!([cache("0-1,4-5"), cache("2-3,6-7")]));
    let node = |node: u64, cpus: &str, gib: u64| json!({ "node": node, "cpus": cpus, "memory_bytes": gib << 30 });
    assert_eq!(found["numa_nodes"], json!([node(0, "0-1,4-5", 128), node(1, "none", 64)]));
    assert_eq!(found["cpu_frequency_limits"], json!({ "least_hz": 800_000_000, "most_hz": 3_600_000_000_u64 }));
    assert_eq!(found["cpu_governor"], "performance");
    let now = FrequencyRange { least_hz: 2_400_250_000, most_hz: 3_100_000_000 };
    assert_eq!(frequency_now_of(tree), Ok(now));
    let module = json!({ "bytes": 31_u64 << 30, "kind": "DDR5", "mega_transfers_per_s": 4800 });
    assert_eq!(found["memory_modules"], json!([module, module]), "no empty slot, and nothing behind the end");
    assert_eq!(found["cpu_vulnerabilities"][1], json!({ "name": "spectre_v2", "state": "Mitigation: Retpolines" }));
    assert_eq!((&found["product"], &found["container"]), (&json!("Maker Inc. Server 7"), &json!("none")));
    assert_eq!(found["kernel_command_line"], "root=/dev/nvme0n1p2 ro mitigations=auto");
    let disk = json!({
        "name": "nvme0n1", "layers": ["nvme0n1p2 (partition)"], "model": "FAST 3.84TB", "bytes": 7_501_476_528_u64 * 512,
        "rotational": false, "write_cache": "write through", "scheduler": "none",
    });
    assert_eq!(found["disks"], json!([disk]));
    let in_memory = read(&server, "/tmp/x");
    assert!(why(&in_memory, "disks").contains("tmpfs"), "{in_memory}");
    assert_eq!(hypervisor(tree, Ok("none".to_owned())), Ok("none".to_owned()));
}

#[test]
fn a_cpu_is_placed_by_core_cache_and_socket() {
    let server = server();
    let placed = |to| placement_of(Tree::at(server.path()), 0, to);
    let expected = [Placement::Sibling, Placement::SameCache, Placement::OtherSocket, Placement::Unknown];
    assert_eq!([4, 1, 2, 99].map(placed), expected);
    let own = |file: &str, cpus: &str| {
        let cache = server.path().join(format!("sys/devices/system/cpu/cpu{file}/cache/index3"));
        fs::create_dir_all(&cache).unwrap();
        fs::write(cache.join("shared_cpu_list"), cpus).unwrap();
    };
    (0..8).for_each(|cpu| own(&cpu.to_string(), &format!("{cpu}\n")));
    assert_eq!(placed(1), Placement::SameSocket);
}

#[test]
fn without_mhz_in_cpuinfo_the_policies_have_the_frequency() {
    let server = server();
    fs::write(server.path().join("proc/cpuinfo"), "processor : 0\n").unwrap();
    let now = FrequencyRange { least_hz: 1_000_000_000, most_hz: 1_000_000_000 };
    assert_eq!(frequency_now_of(Tree::at(server.path())), Ok(now));
}

#[test]
fn a_virtual_machine_says_what_its_host_hides() {
    let files = [
        ("sys/devices/system/cpu/cpu0/topology/physical_package_id", "-1\n"),
        ("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0\n"),
        ("sys/devices/virtio1/block/vda/size", "2048\n"),
        ("sys/devices/virtio1/block/vda/queue/rotational", "1\n"),
        ("sys/devices/virtio1/block/vda/queue/write_cache", "write back\n"),
        ("sys/devices/virtio1/vendor", "0x1af4\n"),
    ];
    let links = [
        ("sys/devices/virtio1/block/vda/device", "../.."),
        ("sys/devices/virtio1/driver", "../../bus/virtio/drivers/virtio_blk"),
        ("sys/dev/block/254:0", "../../devices/virtio1/block/vda"),
    ];
    let virtual_machine =
        machine("27 1 254:0 / / rw - ext4 /dev/vda rw\n", &files, &[&links[..], &OF_HOST[..]].concat());
    let tree = Tree::at(virtual_machine.path());
    let found = read(&virtual_machine, "/var");
    assert!(why(&found, "sockets").contains("physical_package_id has no number but `-1`"), "{found}");
    assert_eq!([&found["cores"], &found["threads_per_core"]], [1, 1]);
    assert!(why(&found, "cpu_governor").contains("the host does"));
    let disk = &found["disks"][0];
    assert!(why(disk, "model").contains("virtio_blk"), "{disk}");
    assert!(why(disk, "scheduler").contains("queue/scheduler"), "{disk}");
    assert_eq!(
        (&disk["rotational"], &disk["write_cache"], &disk["bytes"]),
        (&json!(true), &json!("write back"), &json!(1 << 20))
    );
    assert_eq!(hypervisor(tree, Ok("KVM".to_owned())), Ok("KVM".to_owned()));
    // The processor of another architecture says nothing, and neither does the firmware: that is not "none".
    assert!(hypervisor(tree, Err("no way to ask".to_owned())).unwrap_err().contains("no way to ask"));
}

#[test]
fn a_xen_guest_is_known_by_its_kernel() {
    let none = || Ok("none".to_owned());
    let guest = machine("", &[("sys/hypervisor/type", "xen\n")], &[]);
    assert_eq!(hypervisor(Tree::at(guest.path()), none()), Ok("Xen".to_owned()));
    let control = machine("", &[("sys/hypervisor/type", "xen\n"), ("proc/xen/capabilities", "control_d\n")], &[]);
    assert!(hypervisor(Tree::at(control.path()), none()).unwrap().contains("control domain"));
}

#[test]
fn a_container_has_namespaces_of_its_own() {
    let kind = |files: &[(&str, &str)], links: &[(&str, &str)]| container(Tree::at(machine("", files, links).path()));
    let mut own = OF_HOST;
    own[0].1 = "pid:[4026532177]";
    let marker = [(".dockerenv", "")];
    assert_eq!(kind(&marker, &own), Ok("docker".to_owned()));
    assert_eq!(kind(&marker, &OF_HOST), Ok("none".to_owned()), "an image of a virtual machine keeps the marker");
    assert_eq!(kind(&[("run/systemd/container", "systemd-nspawn\n")], &own), Ok("systemd-nspawn".to_owned()));
    assert!(kind(&[], &own).unwrap().starts_with("some"));
    assert!(kind(&[], &[]).is_err());
}

/// A volume on two SATA disks, a file system of two devices on it, and a loop device on a file.
#[test]
fn disks_are_found_below_volumes_and_loop_devices() {
    let files = [
        ("sys/devices/virtual/block/dm-0/dm/name", "vg-mail\n"),
        ("sys/devices/virtual/block/dm-0/dm/uuid", "LVM-abc\n"),
        ("sys/devices/ata1/sda/sda3/partition", "3\n"),
        ("sys/devices/ata1/sda/queue/scheduler", "none [mq-deadline]\n"),
        ("sys/devices/ata1/sda/queue/rotational", "1\n"),
        ("sys/devices/ata1/sda/size", "0\n"),
        ("sys/devices/ata1/sda/device/model", "SPIN 4000\n"),
        ("sys/devices/ata1/sda/device/vendor", "ATA     \n"),
        ("sys/devices/sas1/sdb/device/model", "FLASH\n"),
        ("sys/devices/sas1/sdb/device/vendor", "MAKER   \n"),
        ("sys/devices/virtual/block/loop3/loop/backing_file", "/srv/image\n"),
        ("dev/dm-0", ""),
    ];
    let links = [
        ("sys/devices/virtual/block/dm-0/slaves/sda3", "../../../../ata1/sda/sda3"),
        ("sys/devices/virtual/block/dm-0/slaves/sdb", "../../../../sas1/sdb"),
        ("sys/class/block/dm-0", "../../devices/virtual/block/dm-0"),
        ("sys/class/block/sda3", "../../devices/ata1/sda/sda3"),
        ("sys/class/block/sdb", "../../devices/sas1/sdb"),
        ("sys/dev/block/253:0", "../../devices/virtual/block/dm-0"),
        ("sys/dev/block/7:3", "../../devices/virtual/block/loop3"),
        ("sys/fs/btrfs/an-id/devices/dm-0", "../../../../devices/virtual/block/dm-0"),
        ("sys/fs/btrfs/an-id/devices/sdb", "../../../../devices/sas1/sdb"),
        ("dev/mapper/vg-mail", "../dm-0"),
    ];
    let mounts = "27 1 253:0 / / rw - xfs /dev/mapper/vg-mail rw\n28 27 7:3 / /mnt rw - ext4 /dev/loop3 rw\n\
                  29 27 0:40 / /pool rw - btrfs /dev/mapper/vg-mail rw\n30 27 0:41 / /far rw - nfs4 host:/x rw\n";
    let made = machine(mounts, &files, &links);
    let names = |directory: &str| -> Vec<(Value, Value)> {
        let found = read(&made, directory);
        let disks = found["disks"].as_array().unwrap_or_else(|| panic!("{found}"));
        disks.iter().map(|disk| (disk["name"].clone(), disk["layers"].clone())).collect()
    };
    let (volume, partition, loop_device) =
        ("dm-0 (LVM vg-mail)", "sda3 (partition)", "loop3 (loop device on /srv/image)");
    let expected = [(json!("sda"), json!([volume, partition])), (json!("sdb"), json!([volume]))];
    assert_eq!(names("/srv"), expected);
    assert_eq!(names("/pool/x"), expected, "each disk once, whatever lies on it twice");
    let below_loop = json!([loop_device, volume, partition]);
    assert_eq!(names("/mnt")[0], (json!("sda"), below_loop));
    let disks = read(&made, "/")["disks"].clone();
    assert_eq!([&disks[0]["model"], &disks[1]["model"]], ["SPIN 4000", "MAKER FLASH"]);
    assert_eq!((&disks[0]["scheduler"], &disks[0]["rotational"]), (&json!("mq-deadline"), &json!(true)));
    assert!(why(&disks[0], "bytes").contains("no size") && why(&disks[1], "bytes").contains("sdb/size"), "{disks}");
    assert!(why(&read(&made, "/far"), "disks").contains("nfs4 (host:/x)"));
}

#[test]
fn loop_devices_on_each_other_end() {
    let files = [("sys/devices/virtual/block/loop0/loop/backing_file", "/mnt/image\n")];
    let links = [("sys/dev/block/7:0", "../../devices/virtual/block/loop0")];
    let made = machine("27 1 7:0 / /mnt rw - ext4 /dev/loop0 rw\n", &files, &links);
    assert!(why(&read(&made, "/mnt"), "disks").contains("lie on each other"));
}

#[test]
fn what_a_machine_lacks_is_unavailable_each_with_its_own_reason() {
    let nothing = tempfile::tempdir().unwrap();
    let found = read(&nothing, "/var");
    let data = found.as_object().unwrap();
    let reasons: BTreeSet<&str> = data.keys().map(|datum| why(&found, datum)).collect();
    // Cores and threads per core are counted from the same files, and so are frequency limits and governor.
    assert!(reasons.len() >= data.len() - 4, "{reasons:#?}");
    assert!(reasons.iter().all(|reason| reason.contains(nothing.path().to_str().unwrap())), "{reasons:#?}");
    assert!(frequency_now_of(Tree::at(nothing.path())).unwrap_err().contains("cpu MHz"));
}

#[test]
fn this_machine_reports_nothing_empty() {
    let found = serde_json::to_value(platform(Path::new("."))).unwrap();
    nothing_is_empty("platform", &found);
    assert!(found["kernel_command_line"].is_string() || found["kernel_command_line"]["unavailable"].is_string());
}
