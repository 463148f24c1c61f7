//! The process between the driver and the shell of a tracing command: if the driver is killed, it kills all that the shell started.
//! It learns of the driver's end from a pipe that is then closed.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgid, getpid, read, setpgid};

use crate::os::clock::now_ns;
use crate::os::fork::spawn_guarded;
use crate::os::process;
use crate::os::shared::Shared;
use crate::os::signal::outlive_requests_to_end;

/// An order of the driver: stop all.
pub const STOP: u8 = b's';
/// An order of the driver: kill all.
pub const KILL: u8 = b'k';
/// How often the guard checks at the beginning, and after the order to stop, milliseconds.
const SOON: u16 = 10;
/// The same while the run goes on, when the workers need the CPUs.
const SELDOM: u16 = 500;
const BEGINNING_NS: u64 = 2_000_000_000;
/// How long killed processes may take to end, nanoseconds.
const KILLED_NS: u64 = 10_000_000_000;

/// What the guard reports to the driver: four words of shared memory.
pub struct Board(Shared<AtomicU32>);

const GROUP: usize = 0;
const HAS_ENDED: usize = 1;
const STATUS: usize = 2;
const REFUSED: usize = 3;

impl Board {
    pub fn new() -> nix::Result<Board> {
        Shared::zeroed(4).map(Board)
    }

    pub fn group(&self) -> Option<Pid> {
        let group = self.0[GROUP].load(Acquire) as i32;
        (group > 0).then(|| Pid::from_raw(group))
    }

    /// How the shell ended; `None`: it has not.
    pub fn ended(&self) -> Option<ExitStatus> {
        let has_ended = self.0[HAS_ENDED].load(Acquire) != 0;
        has_ended.then(|| ExitStatus::from_raw(self.0[STATUS].load(Acquire) as i32))
    }

    pub fn refused(&self) -> Option<io::Error> {
        let number = self.0[REFUSED].load(Acquire) as i32;
        (number != 0).then(|| io::Error::from_raw_os_error(number))
    }

    fn has_ended(&self, status: i32) {
        self.0[STATUS].store(status as u32, Release);
        self.0[HAS_ENDED].store(1, Release);
    }
}

/// What the guard does from its fork to its end; its exit status.
pub fn guard_main(command: Command, orders: &OwnedFd, board: &Board) -> i32 {
    // A group of its own: a signal to the driver's group, or from its terminal, ends only the driver, and then this ends too.
    let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
    let _ = outlive_requests_to_end();
    // Where the system has no subreapers, processes that left the command's group cannot be found.
    let _ = process::adopt_orphans();
    let shell = match spawn_guarded(command) {
        Ok(child) => Pid::from_raw(child.id() as i32),
        Err(error) => {
            board.0[REFUSED].store(error.raw_os_error().unwrap_or(libc::EIO) as u32, Release);
            return 1;
        }
    };
    board.0[GROUP].store(shell.as_raw() as u32, Release);
    let began = now_ns();
    let mut is_stopping = false;
    while !is_over(shell, board) {
        let milliseconds = if is_stopping || now_ns() - began < BEGINNING_NS { SOON } else { SELDOM };
        match order_within(orders, milliseconds) {
            Some(STOP) => {
                is_stopping = true;
                signal(shell, Signal::SIGINT);
            }
            Some(_) => return kill_all(shell, board),
            None => {}
        }
    }
    0
}

/// The next order, if one comes in this time; the driver's end is an order to kill.
fn order_within(orders: &OwnedFd, milliseconds: u16) -> Option<u8> {
    let mut files = [PollFd::new(orders.as_fd(), PollFlags::POLLIN)];
    if !poll(&mut files, PollTimeout::from(milliseconds)).is_ok_and(|ready| ready > 0) {
        return None;
    }
    let mut order = [KILL];
    match read(orders, &mut order) {
        Err(Errno::EINTR | Errno::EAGAIN) => None,
        // An order was read, or the driver is gone.
        _ => Some(order[0]),
    }
}

/// Whether all have ended: no child, own or adopted, and no process of the command's group is left.
fn is_over(shell: Pid, board: &Board) -> bool {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) if pid == shell => board.has_ended(code << 8),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == shell => board.has_ended(signal as i32),
            Ok(WaitStatus::StillAlive) => return false,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return killpg(shell, None) == Err(Errno::ESRCH),
        }
    }
}

/// Signals all processes of the command's group, and those that have left it.
fn signal(group: Pid, signal: Signal) {
    // An error means that all have ended.
    let _ = killpg(group, signal);
    for pid in process::descendants_of(getpid()) {
        if getpgid(Some(pid)) != Ok(group) {
            let _ = kill(pid, signal);
        }
    }
}

/// Repeatedly, because a killed process leaves its children, and another one may just have been started.
fn kill_all(shell: Pid, board: &Board) -> i32 {
    let began = now_ns();
    while now_ns() - began < KILLED_NS {
        signal(shell, Signal::SIGKILL);
        if is_over(shell, board) {
            return 0;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    1
}
