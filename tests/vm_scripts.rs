//! Drives the scripts for virtual machines without starting any: `--dry-run` prints what they would do, mistakes are told.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const SCENARIO: &str = "scenarios/quick.toml";

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/vm").join(name)
}

/// Runs a script in the root of the tree; nothing else may come of it, so CI's installing is off.
fn run(name: &str, arguments: &[&str]) -> Output {
    run_with(name, arguments, "no such executable")
}

/// The same where an executable for illumos was made before.
fn run_with(name: &str, arguments: &[&str], for_illumos: &str) -> Output {
    let mut command = Command::new("bash");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("CI").env("MAPSTORM_ILLUMOS", for_illumos);
    command.arg(script(name)).args(arguments).output().expect("bash")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a dry run prints.
fn dry(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// A mistake in the arguments: its exit code, and every one of `words` in what is said.
fn refused(name: &str, arguments: &[&str], words: &[&str]) {
    let output = run(name, arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    words.iter().for_each(|word| assert!(said.contains(word), "{arguments:?}: no {word:?} in {said}"));
}

fn line<'a>(text: &'a str, begin: &str) -> &'a str {
    text.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("no line {begin:?} in {text}"))
}

#[test]
fn the_guest_is_a_t2000_by_default() {
    let printed = dry("linux.sh", &["--dry-run", SCENARIO, "--", "--set", "writer.rate=5/s", "--slo", "it's"]);
    let qemu = line(&printed, "qemu-system-x86_64 ");
    for word in [
        "-accel kvm",
        "-smp 32,sockets=1,cores=8,threads=4",
        "-m 4096",
        "-no-reboot",
        "ext4.raw,if=virtio",
        "results.raw,if=virtio",
        "-append 'console=ttyS0 quiet panic=-1'",
    ] {
        assert!(qemu.contains(word), "no {word} in {qemu}");
    }
    assert!(line(&printed, "mkfs.ext4 ").contains("lazy_itable_init=0"), "nothing runs in the background");
    line(&printed, "apt-get download linux-image-cloud-amd64");
    assert!(line(&printed, "timeout 3600 env ").contains(" cargo build "));
    assert_eq!(
        line(&printed, "exec mapstorm"),
        r"exec mapstorm run /run/'quick.toml' '--set' 'writer.rate=5/s' '--slo' 'it'\''s'",
        "what is behind -- reaches the guest word for word"
    );
}

#[test]
fn the_guest_is_what_was_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let (kernel, binary) = (directory.path().join("bzImage"), directory.path().join("mapstorm"));
    fs::write(&kernel, "").unwrap();
    fs::write(&binary, "").unwrap();
    let (kernel, binary) = (kernel.to_str().unwrap(), binary.to_str().unwrap());
    let mut arguments =
        vec!["--dry-run", "--command", "cost --max-mappers 200", "--accel", "tcg", "--cpus", "6", "--sync"];
    arguments.extend(["--memory", "2048", "--disk-size", "8G", "--kernel", kernel, "--binary", binary]);
    let printed = dry("linux.sh", &arguments);
    let qemu = line(&printed, "qemu-system-x86_64 ");
    for word in
        ["-accel tcg,thread=single,", "-smp 6,sockets=1,cores=6,threads=1", "-m 2048", "cache=writeback", kernel]
    {
        assert!(qemu.contains(word), "no {word} in {qemu}");
    }
    line(&printed, "truncate -s 8G ");
    assert_eq!(line(&printed, "exec mapstorm"), "exec mapstorm cost --max-mappers 200");
    for other in ["apt-get", "cargo"] {
        assert!(!printed.contains(other), "{other} is not needed: {printed}");
    }
}

#[test]
fn mistakes_about_the_linux_guest_are_reported() {
    refused("linux.sh", &[], &["no scenario", "--help"]);
    refused("linux.sh", &["--cpu", "4", SCENARIO], &["unknown option --cpu", "--help"]);
    refused("linux.sh", &["missing.toml"], &["missing.toml: no such file"]);
    refused("linux.sh", &[SCENARIO, SCENARIO], &["two scenarios"]);
    refused("linux.sh", &[SCENARIO, "--cpus"], &["--cpus needs a value"]);
    refused("linux.sh", &["--cpus", "many", SCENARIO], &["--cpus many", "whole number"]);
    refused("linux.sh", &["--timeout", "5", SCENARIO], &["--timeout 5", "10 or more"]);
    refused("linux.sh", &["--accel", "xen", SCENARIO], &["auto, kvm or tcg"]);
    refused("linux.sh", &["--tcg-threads", "two", SCENARIO], &["single or multi"]);
    refused("linux.sh", &["--disk-size", "big", SCENARIO], &["big: a size"]);
    refused("linux.sh", &["--kernel", "missing", SCENARIO], &["missing: no such file"]);
    refused("linux.sh", &["--modules", "src", SCENARIO], &["--modules without --kernel"]);
    refused("linux.sh", &["--command", "doctor", SCENARIO], &["--command stands alone"]);
    refused("linux.sh", &["--file-systems", "ext4,zfs", SCENARIO], &["zfs is none of ext4, xfs, btrfs"]);
    refused("linux.sh", &["--file-systems", "xfs,xfs", SCENARIO], &["xfs twice"]);
    refused("linux.sh", &["--file-systems", "", SCENARIO], &["no file system"]);
    refused("linux.sh", &["--debian", "12; true", SCENARIO], &["--debian 12; true", "a suite of Debian"]);
    refused("linux.sh", &["--debian", "trixie", "--kernel", "Cargo.toml", SCENARIO], &["--debian and --kernel"]);
    refused("linux.sh", &["--out", "src", SCENARIO], &["src exists already"]);
    refused("linux.sh", &[SCENARIO, "--", "--out", "x"], &["--out goes before --"]);
}

#[test]
fn the_guest_has_the_kernel_of_a_suite_and_a_disk_for_each_file_system() {
    let arguments = ["--dry-run", "--debian", "trixie", "--file-systems", "xfs,ext4,btrfs", "--command", "doctor"];
    let printed = dry("linux.sh", &arguments);
    line(&printed, "apt-get download linux-image-cloud-amd64/trixie");
    let qemu = line(&printed, "qemu-system-x86_64 ");
    let mut from = 0;
    // The guest knows them by their order; the results are on the last.
    for disk in ["xfs.raw", "ext4.raw", "btrfs.raw", "results.raw"] {
        from += qemu[from..].find(disk).unwrap_or_else(|| panic!("no {disk} in its place: {qemu}"));
    }
    for begin in ["mkfs.xfs ", "mkfs.ext4 ", "mkfs.btrfs "] {
        line(&printed, begin);
    }
}

/// The guests' lines, and the host's.
fn cost_lines(printed: &str) -> (Vec<&str>, Vec<&str>) {
    printed.lines().filter(|line| line.contains("--max-mappers")).partition(|line| line.contains("linux.sh"))
}

#[test]
fn kernels_are_measured_alike_and_compared() {
    let printed = dry("kernels.sh", &["--dry-run", "--binary", "Cargo.toml", "--out", "no/such", "--cpus", "2"]);
    let (guests, host) = cost_lines(&printed);
    assert_eq!((guests.len(), host.len()), (2, 1), "{printed}");
    for (guest, suite) in guests.iter().zip(["bookworm", "trixie"]) {
        assert!(guest.contains(&format!("--debian {suite} ")) && guest.contains("--cpus 2 "), "{guest}");
        assert!(guest.contains("--dir /disk --dir /disk/xfs --dir /disk/btrfs --dir /dev/shm'"), "{guest}");
    }
    // The same experiment, but for its directories and its time.
    let experiment = |line: &str| {
        let words = line.split_once("cost ").unwrap().1;
        words.split_once(" --budget").unwrap().0.to_owned()
    };
    assert_eq!(experiment(guests[0]), experiment(guests[1]));
    assert_eq!(experiment(guests[0]), experiment(host[0]));
    assert!(host[0].contains("--dir ext4 --dir xfs --dir btrfs --dir tmpfs"), "{}", host[0]);
    for kind in ["ext4", "xfs", "btrfs"] {
        assert!(line(&printed, &format!("mount -t {kind} ")).contains("-o loop"), "{printed}");
    }
    let compared = printed.lines().last().unwrap();
    let results = ["/no/such/bookworm ", "/no/such/trixie ", "/no/such/host ", "--out"];
    assert!(compared.contains("compare ") && results.iter().all(|name| compared.contains(name)), "{compared}");
    assert!(!Path::new("no/such").exists(), "a dry run makes nothing");
}

#[test]
fn other_kernels_are_measured_beside_those_of_debian_or_instead() {
    let own = ["--kernel", "Cargo.toml", "--modules", "src", "--kernel", "build.rs"];
    let printed = dry("kernels.sh", &[&["--dry-run", "--no-host", "--debian", "trixie"][..], &own].concat());
    let (guests, host) = cost_lines(&printed);
    assert_eq!((guests.len(), host.len()), (3, 0), "{printed}");
    assert!(guests[1].contains("--kernel Cargo.toml --modules src "), "{}", guests[1]);
    assert!(guests[2].contains("--kernel build.rs ") && !guests[2].contains("--modules"), "{}", guests[2]);
    assert!(!printed.contains("loop"), "this machine is left out: {printed}");
    let one = dry("kernels.sh", &["--dry-run", "--debian", "none", "--file-systems", "ext4"]);
    assert!(!one.contains("linux.sh") && one.lines().last().unwrap().contains(" report "), "{one}");
}

#[test]
fn mistakes_about_kernels_are_reported() {
    refused("kernels.sh", &["--debian", "none", "--no-host"], &["nothing to measure"]);
    refused("kernels.sh", &["--debian", "Trixie"], &["--debian Trixie", "a suite of Debian"]);
    refused("kernels.sh", &["--kernel", "missing"], &["missing: no such file"]);
    refused("kernels.sh", &["--modules", "src"], &["--modules before --kernel"]);
    refused("kernels.sh", &["--kernel", "Cargo.toml", "--modules", "missing"], &["missing: no such directory"]);
    refused("kernels.sh", &["--file-systems", "tmpfs"], &["tmpfs is none of ext4, xfs, btrfs"]);
    refused("kernels.sh", &["--max-mappers", "few"], &["--max-mappers few", "whole number"]);
    refused("kernels.sh", &["--method", "a b"], &["--method a b", "cost --list"]);
    refused("kernels.sh", &["--accel", "xen"], &["auto, kvm or tcg"]);
    refused("kernels.sh", &["--budget"], &["--budget needs a value"]);
    refused("kernels.sh", &["quick.toml"], &["unknown option quick.toml"]);
}

/// An image that is none, and where a dry run writes.
fn image(directory: &Path) -> (String, String) {
    let image = directory.join("omnios.cloud.qcow2");
    fs::write(&image, "").unwrap();
    (image.to_str().unwrap().to_owned(), directory.join("work").to_str().unwrap().to_owned())
}

#[test]
fn the_illumos_guest_gets_its_seed_its_source_and_three_file_systems() {
    let directory = tempfile::tempdir().unwrap();
    let (image, work) = image(directory.path());
    let out = directory.path().join("out");
    let out = out.to_str().unwrap();
    let arguments = ["--dry-run", &work, "--out", out, &image, SCENARIO, "--", "--set", "writer.rate=5/s"];
    let output = run("illumos.sh", &arguments);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("UNTRIED"), "it says that nobody has tried it");
    let printed = text(&output.stdout);
    assert!(!Path::new(out).exists(), "a dry run has no results");

    let seed = |name: &str| fs::read_to_string(Path::new(&work).join(name)).unwrap();
    let user_data = seed("user-data");
    assert!(user_data.starts_with("#cloud-config\n"), "{user_data}");
    for line in ["disable_root: false", "ssh_pwauth: false", "  - name: root", "      - ssh-ed25519 "] {
        assert!(user_data.contains(line), "no {line:?} in {user_data}");
    }
    assert!(seed("meta-data").contains("instance-id: "), "without it cloud-init does nothing");
    assert!(line(&printed, "xorriso ").contains("-volid cidata"), "NoCloud looks for this label");

    assert!(line(&printed, "qemu-img create").contains("-f qcow2 -F qcow2 -b "), "the image itself is only read");
    let qemu = line(&printed, "qemu-system-x86_64 ");
    assert!(qemu.contains("hostfwd=tcp:127.0.0.1:2222-:22"), "on the loopback alone: {qemu}");
    let answers = printed.lines().filter(|line| line.ends_with("root@127.0.0.1 true")).count();
    assert_eq!(answers, 2, "cloud-init starts sshd once more");
    assert!(printed.lines().filter(|line| line.contains(" ssh ")).all(|line| line.starts_with("timeout ")));

    // In this order.
    let steps = [
        "ssh-keygen ",
        "xorriso ",
        "qemu-img ",
        "qemu-system-x86_64 ",
        "scenario.toml",
        "tar -C ",
        "pkg install",
        "cargo build --release --locked",
        "newfs",
        "file.directory=/mapstorm/ufs",
        "zfs create",
        "file.directory=/mapstorm/zfs",
        "mount -F tmpfs",
        "file.directory=/mapstorm/tmpfs",
        "poweroff",
    ];
    let mut from = 0;
    for step in steps {
        from += printed[from..].find(step).unwrap_or_else(|| panic!("no {step:?} in its place: {printed}"));
    }
    assert_eq!(printed.matches("writer.rate=5/s").count(), 3, "each run gets what is behind --");
}

#[test]
fn a_binary_for_illumos_is_not_built_again() {
    let directory = tempfile::tempdir().unwrap();
    let (image, work) = image(directory.path());
    let made = directory.path().join("made");
    fs::write(&made, "").unwrap();
    let made = made.to_str().unwrap();
    let common = ["--dry-run", &work, "--file-systems", "zfs", "--accel", "tcg", &image, SCENARIO];
    let named = run("illumos.sh", &[&["--binary", &image][..], &common[..]].concat());
    for (output, taken) in [(named, &image[..]), (run_with("illumos.sh", &common, made), made)] {
        let (printed, said) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{said}");
        for other in ["cargo", "pkg install", "newfs", "tmpfs"] {
            assert!(!printed.contains(other), "{other} is not needed: {printed}");
        }
        assert!(said.contains(&format!("with {taken}, made ")), "{said}");
        assert!(printed.contains(&format!("cat >/opt/mapstorm/mapstorm' <{taken}")), "{printed}");
        assert!(printed.contains("chmod 755 /opt/mapstorm/mapstorm"));
        assert!(line(&printed, "qemu-system-x86_64 ").contains("-accel tcg "));
    }
}

#[test]
fn mistakes_about_the_illumos_guest_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let (image, _) = image(directory.path());
    refused("illumos.sh", &[], &["no image", "omnios"]);
    refused("illumos.sh", &["missing.qcow2", SCENARIO], &["missing.qcow2: no such image", "omnios"]);
    refused("illumos.sh", &[&image], &["no scenario"]);
    refused("illumos.sh", &[&image, "missing.toml"], &["missing.toml: no such file"]);
    refused("illumos.sh", &["Cargo.toml", SCENARIO], &["Cargo.toml: must be a .qcow2"]);
    refused("illumos.sh", &["--disk", "3", &image, SCENARIO], &["unknown option --disk"]);
    refused("illumos.sh", &["--file-systems", "ext4", &image, SCENARIO], &["ext4", "ufs, zfs, tmpfs"]);
    refused("illumos.sh", &["--binary", "missing", &image, SCENARIO], &["missing: no such file"]);
    refused("illumos.sh", &[&image, SCENARIO, "another"], &["another", "one scenario"]);
}

#[test]
fn help_is_for_readers() {
    for name in ["linux.sh", "illumos.sh", "kernels.sh"] {
        let printed = dry(name, &["--help"]);
        assert!(printed.contains("--timeout SECS"), "{printed}");
        assert!(printed.lines().all(|line| line.chars().count() <= 140), "{printed}");
    }
}

#[test]
fn all_scripts_are_sound() {
    let of_illumos = ["../build-illumos.sh", "../check-illumos.sh", "../illumos/toolchain.sh", "../illumos/linker.sh"];
    let measuring =
        ["../common.sh", "../large-runs.sh", "../inspect-many.sh", "../cost-against-cyrus.sh", "../engines.sh"];
    let scripts = ["linux.sh", "linux-kernel.sh", "kernels.sh", "illumos.sh", "short.sh", "common.sh"]
        .into_iter()
        .chain(of_illumos)
        .chain(measuring)
        .map(script);
    let scripts: Vec<PathBuf> = scripts.collect();
    for path in &scripts {
        assert!(Command::new("bash").arg("-n").arg(path).status().unwrap().success(), "{}", path.display());
    }
    let mut shellcheck = Command::new("shellcheck");
    match shellcheck.arg("-x").args(&scripts).output() {
        Ok(output) => assert!(output.status.success(), "{}", text(&output.stdout)),
        Err(_) => eprintln!("skipped: shellcheck is not installed"),
    }
    let init = Command::new("sh").arg("-n").arg(script("guest-init")).status().unwrap();
    assert!(init.success(), "guest-init");
}
