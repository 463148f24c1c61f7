//! Evidence that takes a step first: root mounts the tracing system for its own process, unless that is refused.

use clap::Args;

use crate::note;
use crate::os::tracefs::mount_for_this_process;

#[derive(Clone, Copy, Debug, Args)]
pub struct Mounting {
    /// As root, do not mount the tracing system (tracefs) for this process where it is not mounted: evidence that needs it is then unavailable
    #[arg(long)]
    no_mount: bool,
}

impl Mounting {
    /// To be called before anything is forked or asked of the system.
    pub fn carry_out(self) {
        if self.no_mount {
            return;
        }
        match mount_for_this_process() {
            Ok(true) => note!("mounted tracefs for this process alone, for more evidence (--no-mount refuses that)"),
            Ok(false) => {}
            Err(why) => note!("Warning: no tracing system: {why}; evidence that needs it is unavailable"),
        }
    }
}
