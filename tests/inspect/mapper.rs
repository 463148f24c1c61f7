//! Processes that hold a file: small Python programs that report when they are ready, and end when their standard input does.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// Maps the file as asked, as another user where one is given: `FILE KIND [as UID]`.
pub const MAP: &str = r"
import ctypes, mmap, os, sys
path, kind, more = sys.argv[1], sys.argv[2], sys.argv[3:]
libc = ctypes.CDLL(None)
if more[:1] == ['as']:
    os.setgroups([]), os.setgid(int(more[1])), os.setuid(int(more[1]))
    # PR_SET_DUMPABLE: a process that changed its user is hidden from that user otherwise.
    libc.prctl(4, 1)
mode, flags, access = {
    'read-only': (os.O_RDONLY, mmap.MAP_SHARED, mmap.PROT_READ),
    'read-only-of-writable': (os.O_RDWR, mmap.MAP_SHARED, mmap.PROT_READ),
    'writable': (os.O_RDWR, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE),
    'private': (os.O_RDONLY, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE),
}[kind]
memory = mmap.mmap(os.open(path, mode), 0, flags=flags, prot=access)
first = memory[0]
";

/// What every program ends with.
const HOLD: &str = "
import sys
print('ready', flush=True)
sys.stdin.read()
";

pub struct Holder {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Holder {
    /// Runs a Python program until it has said `ready`.
    pub fn start(python: &Path, program: &str, arguments: &[&str]) -> Holder {
        let mut command = Command::new(python);
        Holder::of(command.arg("-c").arg(format!("{program}{HOLD}")).args(arguments))
    }

    /// A process that maps a file. `user` is `as` and a number, or nothing.
    pub fn maps(python: &Path, path: &Path, kind: &str, user: &[&str]) -> Holder {
        Holder::start(python, MAP, &[&[path.to_str().unwrap(), kind], user].concat())
    }

    /// The same in namespaces that `unshare` makes with these options.
    pub fn maps_apart(options: &[&str], python: &Path, path: &Path) -> Holder {
        let mut command = Command::new("unshare");
        command.args(options).arg(python).arg("-c").arg(format!("{MAP}{HOLD}")).arg(path).arg("writable");
        Holder::of(&mut command)
    }

    /// Any command that says `ready` in a line of its own.
    pub fn of(command: &mut Command) -> Holder {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut holder = Holder { child, input, output };
        assert_eq!(holder.line(), "ready", "{command:?}");
        holder
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its next line.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Gives it a line.
    pub fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits until it ends by itself, now that its input has ended.
    pub fn let_end(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }

    /// Ends it, and waits until it is gone.
    pub fn end(&mut self) {
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.end();
    }
}
