//! A responder: follows its orders, and reads the clock without a pause in between. What interrupts its CPU is a gap in its clock.

use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::unistd;

use crate::os::affinity::{bind, on_every_cpu};
use crate::os::clock::now_ns;
use crate::os::pages::{Pages, page_size};
use crate::shm::{Order, ResponderCell};
use crate::workload::mapper::faults;

/// Between two readings of the clock, nanoseconds: a longer time is a gap. Reading takes some 40 ns.
const GAP_NS: u64 = 400;
/// For so many readings of the clock it looks for an order once.
const READINGS: u32 = 4;

pub struct Responder<'a> {
    pub cell: &'a ResponderCell,
    /// A byte comes for each order that is given while it rests; at its end, the initiator is gone.
    pub wake: &'a OwnedFd,
    /// Its CPU; `None`: any.
    pub cpu: Option<usize>,
    /// The pages of the file that operations are about, in its own mapping or in the one of its process; `None`: they are about none.
    pub pages: Option<&'a Pages>,
}

impl Responder<'_> {
    fn touch(&self, stores: bool) -> Result<(), i32> {
        let Some(pages) = self.pages else { return Ok(()) };
        let (length, page) = (pages.length(), page_size());
        let range = length.saturating_sub(self.cell.pages() * page)..length;
        if !stores {
            pages.touch_range(range);
            return Ok(());
        }
        let mut offsets = range.step_by(page as usize);
        offsets.try_for_each(|offset| pages.store(offset, 3)).map_err(|error| error as i32)
    }

    fn is_woken(&self) -> bool {
        let mut token = [0];
        loop {
            match unistd::read(self.wake, &mut token) {
                Ok(1) => return true,
                Err(Errno::EINTR) => {}
                _ => return false,
            }
        }
    }

    fn spin(&self, known: u64) {
        let mut last = now_ns();
        while self.cell.taken(known).is_none() {
            for _ in 0..READINGS {
                let now = now_ns();
                if now - last > GAP_NS {
                    self.cell.saw_gap(last, now);
                }
                last = now;
            }
        }
    }
}

/// Follows orders until it is told to leave, or the initiator is gone. Allocates nothing.
pub fn respond(responder: &Responder<'_>) {
    let cell = responder.cell;
    let bound = responder.cpu.map_or(Ok(()), |cpu| bind(cpu).map_err(|error| error as i32));
    let mut known = 0;
    let mut rests = true;
    loop {
        if rests && !responder.is_woken() {
            return;
        }
        let Some((number, order)) = cell.taken(known) else { continue };
        known = number;
        let outcome = match order {
            Order::Touch { stores } => responder.touch(stores),
            Order::Visit => on_every_cpu(|| ()).map(drop).map_err(|error| error as i32),
            Order::Rest | Order::Spin | Order::Leave => bound,
        };
        rests = matches!(order, Order::Rest | Order::Visit);
        cell.answer(number, faults(), outcome);
        match order {
            Order::Leave => return,
            Order::Spin => responder.spin(known),
            _ => {}
        }
    }
}
