//! The disks behind a directory: from its file system down through partitions, device mapper, RAID and loop devices, by what `/sys` says of
//! them. No device is opened.

use std::path::{Path, PathBuf};

use super::{environment::mount_of, facts::Probe, tree::Tree};
use crate::os::platform::Disk;

/// So many devices may lie on each other.
const DEEPEST: usize = 16;
const SECTOR: u64 = 512;

/// The disks behind `directory`, which is without symbolic links; `above`: the devices on the way to it, from the top.
pub fn behind_directory(tree: Tree, directory: &Path, above: &[String]) -> Probe<Vec<Disk>> {
    let mount = mount_of(tree, directory)?;
    let source = mount.mount_source.unwrap_or_default();
    let device = match tree.resolved(format!("/sys/dev/block/{}", mount.majmin)) {
        Ok(device) => device,
        // File systems of several devices have a number of their own.
        Err(_) if source.starts_with("/dev/") => {
            tree.resolved(&source).and_then(|node| block_device(tree, &name(&node)))?
        }
        Err(_) => {
            let kind = mount.fs_type;
            return Err(format!(
                "{kind} ({source}) is on no block device of its own: what is below it is not known here"
            ));
        }
    };
    // btrfs lists all its devices.
    let systems = tree.names("/sys/fs/btrfs").unwrap_or_default().into_iter();
    let lists = systems.filter_map(|system| tree.names(format!("/sys/fs/btrfs/{system}/devices")).ok());
    let others = lists.into_iter().find(|list| list.contains(&name(&device)));
    let devices = match others {
        Some(names) => names.iter().map(|name| block_device(tree, name)).collect::<Probe<Vec<_>>>()?,
        None => vec![device],
    };
    behind_all(tree, devices, above)
}

fn behind_all(tree: Tree, devices: Vec<PathBuf>, above: &[String]) -> Probe<Vec<Disk>> {
    let mut disks: Vec<Disk> = Vec::new();
    for device in devices {
        // Volumes may share a disk.
        for disk in behind(tree, &device, above)? {
            if disks.iter().all(|known| known.name != disk.name) {
                disks.push(disk);
            }
        }
    }
    Ok(disks)
}

/// The disks behind a device; `device` is its directory in `/sys`.
fn behind(tree: Tree, device: &Path, above: &[String]) -> Probe<Vec<Disk>> {
    let with = |layer: String| [above, &[layer]].concat();
    let own = name(device);
    if above.len() >= DEEPEST {
        return Err(format!("more than {DEEPEST} devices lie on each other: {}", above.join(", ")));
    }
    if device.join("partition").exists() {
        let disk = device.parent().ok_or_else(|| format!("{} is in no disk", device.display()))?;
        return behind(tree, disk, &with(format!("{own} (partition)")));
    }
    let slaves = tree.names(device.join("slaves")).unwrap_or_default();
    if !slaves.is_empty() {
        let below = slaves.iter().map(|name| block_device(tree, name)).collect::<Probe<Vec<_>>>()?;
        return behind_all(tree, below, &with(format!("{own}{}", layer_kind(tree, device))));
    }
    if let Ok(file) = tree.text(device.join("loop/backing_file")) {
        let layer = with(format!("{own} (loop device on {file})"));
        return behind_directory(tree, Path::new(&file), &layer);
    }
    Ok(vec![disk(tree, device, above)])
}

/// What a device of several is, such as ` (LVM vg-mail)`, ` (raid1)`.
fn layer_kind(tree: Tree, device: &Path) -> String {
    let mapper = tree.text(device.join("dm/name")).map(|name| {
        let id = tree.text(device.join("dm/uuid")).unwrap_or_default();
        let kind = id.split_once('-').map_or("device mapper", |(kind, _)| kind);
        format!(" ({kind} {name})")
    });
    let raid = || tree.text(device.join("md/level")).map(|level| format!(" ({level})"));
    mapper.or_else(|_| raid()).unwrap_or_default()
}

fn disk(tree: Tree, device: &Path, above: &[String]) -> Disk {
    let queue = |file: &str| tree.text(device.join("queue").join(file));
    let bytes = tree.number(device.join("size")).and_then(|sectors| match sectors {
        0 => Err(format!("{} has no size", device.display())),
        sectors => Ok(sectors.saturating_mul(SECTOR)),
    });
    let rotational = queue("rotational").and_then(|text| match text.as_str() {
        "0" => Ok(false),
        "1" => Ok(true),
        other => Err(format!("{}/queue/rotational is `{other}`", device.display())),
    });
    // The one in force is in brackets, but where there is only one.
    let in_force = |text: String| match text.split_once('[').and_then(|(_, rest)| rest.split_once(']')) {
        Some((in_force, _)) => in_force.to_owned(),
        None => text,
    };
    Disk {
        name: name(device),
        layers: above.to_vec(),
        model: model(tree, device).into(),
        bytes: bytes.into(),
        rotational: rotational.into(),
        write_cache: queue("write_cache").into(),
        scheduler: queue("scheduler").map(in_force).into(),
    }
}

fn model(tree: Tree, device: &Path) -> Probe<String> {
    let of_device = |file: &str| tree.text(device.join("device").join(file));
    // MMC cards have a name instead.
    let model = of_device("model").or_else(|why| of_device("name").map_err(|_| why)).map_err(|why| {
        let driver = tree.link(device.join("device/driver")).map(|driver| name(&driver));
        driver.map_or(why, |driver| format!("disks of the driver {driver} name no model"))
    })?;
    // Of SATA disks the vendor is always ATA; numbers are those of a bus.
    let vendor = of_device("vendor").ok().filter(|vendor| vendor != "ATA" && !vendor.starts_with("0x"));
    Ok(vendor.map_or_else(|| model.clone(), |vendor| format!("{vendor} {model}")))
}

fn block_device(tree: Tree, name: &str) -> Probe<PathBuf> {
    tree.resolved(format!("/sys/class/block/{name}"))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
