//! Real Cyrus at hand: its `cyr_dbtool`, run as the user it insists on, on files in a directory of the test's own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    databases::{mapstorm, with_input},
    needs::have,
};

const PROGRAMS: &str = "/usr/lib/cyrus/bin";

pub fn have_cyrus() -> bool {
    have(&Path::new(PROGRAMS).join("cyr_dbtool"), "Cyrus (Debian's cyrus-imapd)")
}

/// What Cyrus says of a file.
pub enum Answer {
    /// It lists these records.
    Listed(Vec<u8>),
    /// It does not open it.
    Refused,
    /// A signal or an assertion ended it, or nothing did.
    #[expect(dead_code, reason = "shown where a test fails")]
    Died(Option<i32>),
}

/// A configuration directory of Cyrus, and a database file beside it.
pub struct Cyrus {
    pub directory: tempfile::TempDir,
    pub format: &'static str,
}

impl Cyrus {
    pub fn new(format: &'static str) -> Cyrus {
        let cyrus = Cyrus { directory: tempfile::tempdir().unwrap(), format };
        let at = cyrus.directory.path();
        fs::write(at.join("imapd.conf"), format!("configdirectory: {}\n", at.display())).unwrap();
        fs::create_dir(at.join("db")).unwrap();
        cyrus.open_up();
        // Without its time stamp Cyrus recovers, and may rewrite, every skiplist at first sight.
        cyrus.run(
            Command::new("runuser").args(["-u", "cyrus", "--"]).arg(format!("{PROGRAMS}/ctl_cyrusdb")).arg("-r"),
            b"",
        );
        cyrus
    }

    /// One whose every open of a skiplist recovers it, and leaves the file where recovery left it.
    pub fn that_always_recovers(format: &'static str) -> Cyrus {
        let cyrus = Cyrus::new(format);
        let at = cyrus.directory.path();
        fs::remove_file(at.join("db/skipstamp")).unwrap();
        let configuration = format!("configdirectory: {}\nskiplist_always_checkpoint: no\n", at.display());
        fs::write(at.join("imapd.conf"), configuration).unwrap();
        cyrus
    }

    /// What `cyr_dbtool` makes of a file that may be damaged in any way. It gets 5 seconds and may write a few megabytes.
    pub fn ask(&self, action: &[&str]) -> Answer {
        let out = self.directory.path().join("answer");
        fs::write(&out, b"").unwrap();
        self.open_up();
        let script = format!(
            "ulimit -f 8192; ulimit -c 0; exec timeout -s KILL 5 {PROGRAMS}/cyr_dbtool -C \"$0\" \"$@\" > {}",
            out.display()
        );
        let mut command = Command::new("runuser");
        command.args(["-u", "cyrus", "--", "sh", "-c", &script]).arg(self.directory.path().join("imapd.conf"));
        let status = command.arg(self.file()).arg(self.format).args(action).stderr(Stdio::null()).status().unwrap();
        match status.code() {
            Some(0) => Answer::Listed(fs::read(&out).unwrap()),
            // EX_TEMPFAIL: "can't open database".
            Some(75) => Answer::Refused,
            code => Answer::Died(code),
        }
    }

    /// The database file. Not Cyrus's own name: making the time stamp has made a `mailboxes.db`.
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("tested.db")
    }

    /// Makes the database: `mailboxes` of them, in the records' style.
    pub fn generate(&self, mailboxes: u32, style: &str) {
        let made = mapstorm()
            .args(["mailboxes", "generate", "--format", self.format, "--records", style, "--mailboxes"])
            .arg(mailboxes.to_string())
            .arg(self.file())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Lets the user `cyrus` write everything here.
    fn open_up(&self) {
        let at = self.directory.path();
        let inside = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path());
        for path in inside.chain([at.to_owned()]) {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        }
    }

    fn run(&self, command: &mut Command, input: &[u8]) -> Vec<u8> {
        let output = with_input(command.arg("-C").arg(self.directory.path().join("imapd.conf")), input);
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// What `cyr_dbtool` prints for `action`.
    pub fn dbtool(&self, action: &[&str]) -> Vec<u8> {
        self.dbtool_with(action, b"")
    }

    /// The same, with input.
    pub fn dbtool_with(&self, action: &[&str], input: &[u8]) -> Vec<u8> {
        self.open_up();
        let mut command = Command::new("runuser");
        command.args(["-u", "cyrus", "--"]).arg(format!("{PROGRAMS}/cyr_dbtool"));
        command.arg("-C").arg(self.directory.path().join("imapd.conf"));
        command.arg(self.file()).arg(self.format).args(action);
        let output = with_input(&mut command, input);
        assert!(output.status.success(), "{action:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub fn assert_consistent(&self) {
        let verdict = self.dbtool(&["consistent"]);
        let verdict = String::from_utf8_lossy(&verdict);
        assert!(verdict.contains("Yes, consistent"), "{}: {verdict}", self.format);
    }

    /// What we list.
    pub fn our_listing(&self) -> Vec<u8> {
        let output = mapstorm().args(["mailboxes", "dump"]).arg(self.file()).output().unwrap();
        assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// What Cyrus lists.
    pub fn their_listing(&self) -> Vec<u8> {
        self.dbtool(&["show"])
    }

    /// Commits `edits` by our own writer.
    pub fn apply(&self, edits: &[u8]) {
        let output = with_input(mapstorm().args(["mailboxes", "apply"]).arg(self.file()), edits);
        assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }

    pub fn assert_checked(&self) {
        let output = mapstorm().args(["mailboxes", "check", "--json"]).arg(self.file()).output().unwrap();
        let verdict = String::from_utf8_lossy(&output.stdout);
        assert!(
            verdict.contains("\"clean\":true"),
            "{}: {verdict}{}",
            self.format,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
