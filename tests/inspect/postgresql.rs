//! PostgreSQL: its relations are open in many processes and mapped in none.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    inspection::{inspect, list},
    machine, needs,
    processes::wait_for,
};

const BACKENDS: usize = 5;

/// A cluster in a directory of its own; no network, only a socket in that directory.
struct Cluster {
    programs: PathBuf,
    directory: tempfile::TempDir,
    server: Option<Child>,
}

impl Cluster {
    fn start() -> Option<Cluster> {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let programs = versions.map(|entry| entry.path().join("bin")).max().unwrap_or_default();
        if !(needs::root() && needs::have(&programs.join("initdb"), "PostgreSQL (Debian's postgresql)")) {
            return None;
        }
        let directory = tempfile::Builder::new().prefix("pg-").tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let data = directory.path().join("data");
        fs::create_dir(&data).unwrap();
        assert!(Command::new("chown").arg("-R").arg("postgres").arg(directory.path()).status().unwrap().success());
        let mut cluster = Cluster { programs, directory, server: None };
        let made =
            cluster.as_postgres("initdb").args(["--no-sync", "--auth", "trust", "-D"]).arg(&data).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut command = cluster.as_postgres("postgres");
        command
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(cluster.directory.path())
            .arg("-D")
            .arg(&data);
        let log = fs::File::create(cluster.directory.path().join("log")).unwrap();
        cluster.server =
            Some(command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        wait_for("PostgreSQL", || {
            cluster.psql().args(["-c", "SELECT 1"]).output().unwrap().status.success().then_some(())
        });
        Some(cluster)
    }

    /// A program of it, as the user that it insists on. It ends with the test.
    fn as_postgres(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--pdeathsig", "QUIT", "--"]);
        command.arg(self.programs.join(program)).current_dir(self.directory.path());
        command
    }

    fn psql(&self) -> Command {
        let mut command = self.as_postgres("psql");
        command.args(["-X", "-A", "-t", "-d", "postgres", "-h"]).arg(self.directory.path());
        command
    }

    fn query(&self, statement: &str) -> String {
        let output = self.psql().args(["-c", statement]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // SIGQUIT: at once, with all of its processes.
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(server.id() as i32),
                nix::sys::signal::Signal::SIGQUIT,
            );
            let _ = server.wait();
        }
    }
}

/// Processes that have the file open, by the links in /proc.
fn openers(path: &Path) -> Vec<u32> {
    let has_it = |pid: &u32| {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        descriptors.filter_map(|entry| fs::read_link(entry.path()).ok()).any(|link| link == path)
    };
    let all = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut found: Vec<u32> = all.filter(has_it).collect();
    found.sort_unstable();
    found
}

#[test]
fn a_relation_is_open_in_many_processes_and_mapped_in_none() {
    let _machine = machine::shared();
    let Some(cluster) = Cluster::start() else { return };
    cluster.query("CREATE TABLE mailboxes AS SELECT n, repeat('x', 100) AS acl FROM generate_series(1, 20000) n");
    cluster.query("CHECKPOINT");
    let path = cluster.directory.path().join("data").join(cluster.query("SELECT pg_relation_filepath('mailboxes')"));
    let path = path.canonicalize().unwrap();
    let mut clients: Vec<Child> = (0..BACKENDS)
        .map(|_| {
            let mut client = cluster.psql().stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
            client.stdin.as_mut().unwrap().write_all(b"SELECT count(acl) FROM mailboxes;\n").unwrap();
            client
        })
        .collect();
    wait_for("all backends to have it open", || (openers(&path).len() > BACKENDS - 1).then_some(()));

    let found = inspect(&path, &[]);
    assert_eq!(found.format(), "postgresql");
    assert_eq!(found.processes().map(|(pid, _)| pid).collect::<Vec<u32>>(), openers(&path));
    for (_, process) in found.processes() {
        assert_eq!((&process["command"], &process["user"]), (&"postgres".into(), &"postgres".into()), "{process:#}");
        assert!(!list(&process["open"]).is_empty() && process["stale"].is_null(), "{process:#}");
    }
    assert!(found.mappers().is_empty(), "{:#}", found.0["processes"]);
    assert_eq!(found.walked(), 0);
    assert!(found.locks().is_empty());
    assert!(found.0["format"]["until_remap_bytes"].is_null() && found.0["format"]["commits"].is_null());
    found.assert_groups_add_up();
    for client in &mut clients {
        drop(client.stdin.take());
        client.wait().unwrap();
    }
}
