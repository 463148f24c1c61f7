//! What illumos offers to a process about itself and its children: contracts that kill whom it leaves behind, psinfo, the load.
//! Never run: written from contract(5), process(5), libcontract(3LIB) and proc(5), and checked by the compiler alone.

use std::{
    fs::{self, File},
    os::fd::{AsRawFd, OwnedFd},
    path::Path,
};

use nix::{errno::Errno, unistd::Pid};

use super::contract_files::{CONTROL_FLAGS, TEMPLATE_FLAGS, open_contract_file};
use super::illumos_facts::psinfo::{self, ProcessFacts};

use super::facts::TaskState;
// No call changes the program's name, which `ps -o comm` and `top` show. There is no slack of timers to turn off (how late wake-ups are is
// in the series `start-delay`), nobody to adopt (what a guarded child starts is in its contract, and is killed with it), and no OOM killer (memory
// that is mapped is reserved, and what cannot be is refused). No kstat counts the pages of page tables, and the length of the run
// queues is kept as a sum over seconds only.
pub use super::unsupported::process::{
    adopt_orphans, descendants_of, exact_timers, oom_adjustment, page_table_bytes, runnable, set_name,
    set_oom_adjustment, signal_thread, thread_id,
};

/// From which new contracts are made.
pub(super) const TEMPLATE: &str = "/system/contract/process/template";

/// libcontract(3LIB): each returns 0 or an error number.
mod contract {
    use std::ffi::{c_int, c_uint, c_void};

    /// `sys/contract/process.h`: whoever is in the contract is killed when it is abandoned.
    pub const CT_PR_NOORPHAN: c_uint = 0x2;
    /// The same: a hardware error kills all of a contract's processes, which here is one.
    pub const CT_PR_EV_HWERR: c_uint = 0x20;
    /// `sys/contract.h`: a status with everything, the member list too.
    pub const CTD_ALL: c_int = 2;

    #[link(name = "contract")]
    unsafe extern "C" {
        pub fn ct_tmpl_set_critical(template: c_int, events: c_uint) -> c_int;
        pub fn ct_tmpl_set_informative(template: c_int, events: c_uint) -> c_int;
        pub fn ct_pr_tmpl_set_fatal(template: c_int, events: c_uint) -> c_int;
        pub fn ct_pr_tmpl_set_param(template: c_int, parameters: c_uint) -> c_int;
        pub fn ct_tmpl_activate(template: c_int) -> c_int;
        pub fn ct_tmpl_clear(template: c_int) -> c_int;
        pub fn ct_ctl_abandon(control: c_int) -> c_int;
        pub fn ct_status_read(status: c_int, detail: c_int, handle: *mut *mut c_void) -> c_int;
        pub fn ct_status_free(handle: *mut c_void);
        pub fn ct_pr_status_get_members(handle: *mut c_void, pids: *mut *mut libc::pid_t, count: *mut c_uint) -> c_int;
    }
}

fn checked(code: i32) -> nix::Result<()> {
    if code == 0 { Ok(()) } else { Err(Errno::from_raw(code)) }
}

/// What makes a child die with its parent: a process contract that kills its members when its holder is gone. The parent asks for it
/// before the fork, and the kernel makes it with the child: there is no moment at which the child lives and the contract does not,
/// so a parent that dies at any moment takes it along. Each child has a contract of its own; `project.max-contracts` bounds them.
pub struct ParentDeathGuard(nix::Result<OwnedFd>);

impl ParentDeathGuard {
    /// In the parent, before the fork. Until it is dropped, whatever this thread forks is in such a contract.
    pub fn prepare() -> ParentDeathGuard {
        ParentDeathGuard(activate())
    }

    /// In the child: it was born in it. Never false; an error if it was not to be had.
    pub fn apply(self, _: Pid) -> nix::Result<bool> {
        self.0.as_ref().map(|_| true).map_err(|error| *error)
    }
}

impl Drop for ParentDeathGuard {
    fn drop(&mut self) {
        if let Ok(template) = &self.0 {
            // SAFETY: takes no pointers, and the descriptor is open. It fails only if no template is active: then all is as wanted.
            let _ = unsafe { contract::ct_tmpl_clear(template.as_raw_fd()) };
        }
    }
}

fn activate() -> nix::Result<OwnedFd> {
    let template = open_contract_file(Path::new(TEMPLATE), TEMPLATE_FLAGS)?;
    let fd = template.as_raw_fd();
    // SAFETY: none of these takes a pointer, and the descriptor is open. Nobody reads events, so none are requested.
    unsafe {
        checked(contract::ct_tmpl_set_critical(fd, 0))?;
        checked(contract::ct_tmpl_set_informative(fd, 0))?;
        checked(contract::ct_pr_tmpl_set_fatal(fd, contract::CT_PR_EV_HWERR))?;
        checked(contract::ct_pr_tmpl_set_param(fd, contract::CT_PR_NOORPHAN))?;
        checked(contract::ct_tmpl_activate(fd))?;
    }
    Ok(template)
}

/// Gives up the contracts of children that have ended: the kernel keeps each until its holder does, and a sweep forks many groups.
pub fn forget_ended() {
    let Ok(held) = fs::read_dir("/proc/self/contracts") else { return };
    for entry in held.flatten() {
        let place = Path::new("/system/contract/process").join(entry.file_name());
        if members(&place.join("status")) == Some(0) {
            // One that cannot be opened is kept: it only counts against a limit that the next fork would report.
            if let Ok(control) = open_contract_file(&place.join("ctl"), CONTROL_FLAGS) {
                // SAFETY: takes no pointers, and the descriptor is open. The contract is empty, so nobody is killed.
                let _ = unsafe { contract::ct_ctl_abandon(control.as_raw_fd()) };
            }
        }
    }
}

/// How many processes are in a contract; `None` if it is no process contract, or not to be seen.
fn members(status: &Path) -> Option<u32> {
    let file = File::open(status).ok()?;
    let (mut handle, mut pids, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
    // SAFETY: the descriptor is open and the handle is written before it is used; it is freed once, after the list that
    // belongs to it, of which only the length is kept.
    unsafe {
        checked(contract::ct_status_read(file.as_raw_fd(), contract::CTD_ALL, &mut handle)).ok()?;
        let listed = checked(contract::ct_pr_status_get_members(handle, &mut pids, &mut count));
        contract::ct_status_free(handle);
        listed.ok()?;
    }
    Some(count)
}

/// How many threads this process has, or `None` without /proc.
pub fn threads_alive() -> Option<usize> {
    psinfo_of("self").map(|facts| facts.threads)
}

pub(super) fn zone() -> Option<i32> {
    psinfo_of("self").map(|facts| facts.zone)
}

fn psinfo_of(process: &str) -> Option<ProcessFacts> {
    psinfo::parse(&fs::read(format!("/proc/{process}/psinfo")).ok()?)
}

pub fn load_average() -> Option<f64> {
    let mut load = [0.0];
    // SAFETY: room for one number, and one is requested.
    let known = unsafe { libc::getloadavg(load.as_mut_ptr(), 1) };
    (known == 1).then_some(load[0])
}

/// What a process is doing; `None` if it is gone. Sleeps that a signal can end and others look the same.
pub fn state_of(pid: Pid) -> Option<TaskState> {
    psinfo_of(&pid.to_string())?.state
}
