//! A Cyrus server of the test's own: on loopback, in a temporary directory, with a generated mailboxes.db.
//!
//! `master` runs as the user `cyrus`, which it insists on, and takes a port above 1023, so that it needs no privilege. It hands its
//! configuration to none of its services: each command in cyrus.conf has `-C`, or it would use the system's own mail store.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    needs,
    processes::{processes, wait_for},
    session::Session,
};

const PROGRAMS: &str = "/usr/lib/cyrus/bin";
/// Of both users, on loopback, for as long as the test lasts.
pub const PASSWORD: &str = "secret";
const READER: &str = "reader";

pub struct Server {
    directory: tempfile::TempDir,
    master: Child,
    port: u16,
}

impl Server {
    /// With so many mailboxes in its database, and one of its reader; `None`: it cannot run here.
    pub fn start(mailboxes: u32) -> Option<Server> {
        let can = needs::root()
            && needs::have(&Path::new(PROGRAMS).join("master"), "Cyrus (Debian's cyrus-imapd)")
            && needs::have(Path::new("/usr/bin/db_load"), "db_load (Debian's db-util)");
        if !can {
            return None;
        }
        let directory = tempfile::Builder::new().prefix("cyrus-").tempdir().unwrap();
        // Free a moment ago: nothing else on the machine hands out ports of its own choice meanwhile.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        configure(directory.path(), port);
        generate(&directory.path().join("conf/mailboxes.db"), mailboxes);
        let at = directory.path();
        let owned = Command::new("chown").args(["-R", "cyrus:mail"]).arg(at).status().unwrap();
        assert!(owned.success());
        let mut command = as_cyrus("master", at);
        command.arg("-M").arg(at.join("cyrus.conf")).arg("-p").arg(at.join("master.pid")).arg("-D");
        let log = fs::File::create(at.join("master.log")).unwrap();
        let master = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let server = Server { directory, master, port };
        // Its socket is open before it serves: a connection waits until it does.
        wait_for("the server's port", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        server.admin().ask(&format!("CREATE user.{READER}"));
        Some(server)
    }

    pub fn database(&self) -> PathBuf {
        self.directory.path().join("conf/mailboxes.db")
    }

    pub fn admin(&self) -> Session {
        Session::login(self.port, "admin")
    }

    /// A session of the reader, with its INBOX selected: its process has looked it up in the database.
    pub fn reader(&self) -> Session {
        let mut session = Session::login(self.port, READER);
        session.ask("SELECT INBOX");
        session
    }

    /// Runs a program of Cyrus on this server's files.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let output = as_cyrus(program, self.directory.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let children = |parent| processes().into_iter().filter(move |process| process.parent == parent);
        let served: Vec<Pid> = children(self.master.id()).map(|process| process.pid).collect();
        let master = Pid::from_raw(self.master.id() as i32);
        // It waits for those that it serves; what does not end within the time for a test is ended.
        let all = || served.iter().copied().chain([master]);
        all().for_each(|pid| _ = kill(pid, Signal::SIGTERM));
        let deadline = Instant::now() + Duration::from_secs(5);
        while matches!(self.master.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                all().for_each(|pid| _ = kill(pid, Signal::SIGKILL));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(self.directory.path().join("master.log")).unwrap_or_default());
        }
    }
}

/// A program of Cyrus with this configuration. It ends with the test, however that ends.
fn as_cyrus(program: &str, directory: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "cyrus", "--regid", "mail", "--init-groups", "--pdeathsig", "TERM", "--"]);
    command.arg(format!("{PROGRAMS}/{program}")).arg("-C").arg(directory.join("imapd.conf"));
    command
}

fn configure(directory: &Path, port: u16) {
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
    let conf = directory.join("conf");
    for name in ["conf/db", "conf/proc", "conf/lock", "conf/socket", "conf/log", "spool"] {
        fs::create_dir_all(directory.join(name)).unwrap();
    }
    let (at, conf) = (directory.display(), conf.display());
    let settings = format!(
        "configdirectory: {conf}\nproc_path: {conf}/proc\nmboxname_lockpath: {conf}/lock\ndefaultpartition: default\n\
         partition-default: {at}/spool\nadmins: admin\nallowplaintext: yes\naltnamespace: no\nunixhierarchysep: no\nservername: localhost\n\
         sasl_pwcheck_method: auxprop\nsasl_auxprop_plugin: sasldb\nsasl_sasldb_path: {at}/sasldb2\nsasl_mech_list: PLAIN\n"
    );
    fs::write(directory.join("imapd.conf"), settings).unwrap();
    let services = format!(
        "START {{\n recover cmd=\"ctl_cyrusdb -C {at}/imapd.conf -r\"\n}}\nSERVICES {{\n imap cmd=\"imapd -C {at}/imapd.conf\" \
         listen=\"127.0.0.1:{port}\" prefork=0 maxchild=-1\n}}\nEVENTS {{\n}}\n"
    );
    fs::write(directory.join("cyrus.conf"), services).unwrap();
    // What Debian's saslpasswd2 would write, without its package.
    let users = directory.join("users");
    let row = |user: &str| format!("{user}\\00localhost\\00userPassword\n{PASSWORD}\n");
    fs::write(&users, row("admin") + &row(READER)).unwrap();
    let mut load = Command::new("db_load");
    load.args(["-T", "-t", "hash", "-f"]).arg(&users).arg(directory.join("sasldb2"));
    assert!(load.status().unwrap().success());
}

fn generate(file: &Path, mailboxes: u32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapstorm"));
    command.args(["mailboxes", "generate", "--format", "twoskip", "--records", "cyrus-3.6", "--mailboxes"]);
    let made = command.arg(mailboxes.to_string()).arg(file).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
