//! What runs this system: the bare machine, a hypervisor, a container.

use super::{facts::Probe, tree::Tree};

const DMI: &str = "/sys/class/dmi/id";
const DEVICE_TREE: &str = "/sys/firmware/devicetree/base";

pub fn product(tree: Tree) -> Probe<String> {
    let dmi = |name| tree.text(format!("{DMI}/{name}"));
    match (dmi("sys_vendor"), dmi("product_name")) {
        (Ok(vendor), Ok(product)) => Ok(format!("{vendor} {product}")),
        (Ok(known), _) | (_, Ok(known)) => Ok(known),
        (Err(why), Err(_)) => {
            let model = tree.text(format!("{DEVICE_TREE}/model"));
            model.map_err(|_| format!("{why}: the firmware hands this system no DMI, and no device tree with a model"))
        }
    }
}

/// The kind of the hypervisor, or `none`; `reported` is what the processor says of it.
pub fn hypervisor(tree: Tree, reported: Probe<String>) -> Probe<String> {
    if tree.text("/sys/hypervisor/type").is_ok_and(|kind| kind == "xen") {
        // Processors of paravirtual guests say nothing.
        let is_control = tree.text("/proc/xen/capabilities").is_ok_and(|list| list.contains("control_d"));
        return Ok(if is_control { "Xen (its control domain)" } else { "Xen" }.to_owned());
    }
    reported.or_else(|why| {
        let compatible = tree.text(format!("{DEVICE_TREE}/hypervisor/compatible"));
        compatible.map(|name| name.replace('\0', ", ")).map_err(|_| match product(tree) {
            Ok(product) => format!("{why}; the firmware calls the machine {product}"),
            Err(_) => why,
        })
    })
}

/// Namespaces of the host, by their fixed numbers (linux/proc_ns.h). A container has at least one of its own.
const OF_HOST: [(&str, &str); 3] =
    [("pid", "pid:[4026531836]"), ("ipc", "ipc:[4026531839]"), ("uts", "uts:[4026531838]")];

/// The kind of the container, or `none`. A marker alone is no proof: images of virtual machines are made from those of containers.
pub fn container(tree: Tree) -> Probe<String> {
    let namespaces = OF_HOST
        .map(|(name, of_host)| tree.link(format!("/proc/self/ns/{name}")).map(|found| found.as_os_str() == of_host));
    if namespaces.iter().all(|is_of_host| *is_of_host == Ok(true)) {
        return Ok("none".to_owned());
    }
    let named = tree.text("/run/systemd/container").ok();
    let marker = |path: &str, kind: &str| tree.path(path).exists().then(|| kind.to_owned());
    let groups = tree.text("/proc/self/cgroup").unwrap_or_default();
    let group = |part: &str, kind: &str| groups.contains(part).then(|| kind.to_owned());
    let kind = (named.or_else(|| group("kubepods", "kubernetes")))
        .or_else(|| marker("/run/secrets/kubernetes.io", "kubernetes"))
        .or_else(|| marker("/run/.containerenv", "podman"))
        .or_else(|| marker("/.dockerenv", "docker"))
        .or_else(|| group("/docker", "docker"))
        .or_else(|| group("/lxc", "lxc"));
    match (kind, namespaces.into_iter().collect::<Probe<Vec<bool>>>()) {
        (Some(kind), _) => Ok(kind),
        (None, Ok(_)) => Ok("some (namespaces of its own, and no marker of a kind)".to_owned()),
        (None, Err(why)) => Err(why),
    }
}
