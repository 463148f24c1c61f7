//! The command line that `ps` shows, overwritten in place so that each worker can say who it is.
//! The kernel shows whatever lies in that part of the stack: proc(5), fields 48 to 51 of `/proc/PID/stat`.

use super::proc_text::stat_after_name;

/// Where this process's command line and environment lie.
pub struct Title {
    start: usize,
    length: usize,
    /// Up to the environment's end: a longer title may run on into it.
    room: usize,
}

impl Title {
    pub fn find() -> Option<Title> {
        let stat = stat_after_name("self")?;
        let fields: Vec<usize> = stat.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
        let [start, end, env_start, env_end] = *fields.get(45..49)? else { return None };
        if start == 0 || end <= start {
            return None;
        }
        let room = if env_start == end && env_end > end { env_end - start } else { end - start };
        Some(Title { start, length: end - start, room })
    }

    /// Overwrites the command line, cut to the room there is.
    ///
    /// # Safety
    /// This is the only thread: another might be reading the arguments or the environment now. To count the threads here would cost each
    /// worker its entries in `/proc`, which its end must take away again.
    pub unsafe fn set(&self, title: &[u8]) {
        let kept = title.len().min(self.room - 1);
        let zeroed = self.length.max(kept + 1);
        let place = self.start as *mut u8;
        // SAFETY: the kernel says that arguments and environment lie from `start` on, `room` bytes in one writable part of
        // this process's stack; `kept < zeroed <= room`. As the caller says nobody reads them meanwhile, and nobody holds a
        // reference into them: the standard library copies. Whoever reads them later finds other text, with an end as before.
        unsafe {
            std::ptr::copy_nonoverlapping(title.as_ptr(), place, kept);
            std::ptr::write_bytes(place.add(kept), 0, zeroed - kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::fork::fork_worker;
    use nix::sys::wait::{WaitStatus, waitpid};

    #[test]
    fn a_child_shows_its_title() {
        let title = Title::find().unwrap();
        let child = fork_worker(|| {
            // SAFETY: a child begins with one thread.
            unsafe { title.set(b"mapstorm reader 7 instance 0") };
            let shown = std::fs::read("/proc/self/cmdline").unwrap_or_default();
            if shown.starts_with(b"mapstorm reader 7 instance 0\0") { 0 } else { 1 }
        });
        assert!(matches!(waitpid(child.unwrap(), None), Ok(WaitStatus::Exited(_, 0))));
    }
}
