//! A block: the same operation again and again under one condition. Each is timed; what responders lost while it ran is found in the
//! gaps of their clocks.

use serde::{Deserialize, Serialize};

use super::{Operation, methods::ShootdownMethod};
use crate::os::clock::now_ns;
use crate::shm::{Order, ResponderState};

/// After an operation, nanoseconds, in which nothing is done: a gap that it made in a responder's clock has ended by then.
const AFTER_NS: u64 = 25_000;

/// The responders, as the initiator sees them.
pub trait Crew {
    /// So many pages at the end of the file are touched from now on.
    fn set_pages(&mut self, pages: usize);

    /// Gives the first `count` responders an order, and waits for their answers; an error says which failed.
    fn order(&mut self, count: usize, order: Order) -> Result<(), String>;

    /// The gaps that responder `number` has seen since it was asked last: begin and end, nanoseconds. `None`: more than are kept.
    fn gaps(&mut self, number: usize) -> Option<Vec<(u64, u64)>>;

    /// Page faults of the first `count` responders so far; `None`: not counted apart.
    fn faults(&self, count: usize) -> Option<u64>;
}

/// What was measured in a block. Times are nanoseconds, one for each operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShootdownBlock {
    pub initiator_ns: Vec<u64>,
    /// Of each responder that spun. Empty: one's clock had more gaps than are kept, so that nothing is known.
    pub lost_ns: Vec<Vec<u64>>,
    /// Interrupts that all CPUs received while operations ran (illumos: cross calls sent); `None`: not counted.
    pub interrupts: Option<f64>,
    /// Faults of the responders that followed; `None`: not counted.
    pub faults: Option<u64>,
}

/// How many interrupts all CPUs have received since it was asked last; `None`: the system does not count them.
pub type NewInterrupts<'a> = dyn FnMut() -> Option<f64> + 'a;

/// Makes a block of `count` operations on so many pages. `new_interrupts`: they are counted, and the times say nothing.
pub fn measure_block(
    method: &ShootdownMethod,
    operation: &mut dyn Operation,
    crew: &mut dyn Crew,
    (responders, state): (usize, ResponderState),
    (pages, count): (usize, usize),
    mut new_interrupts: Option<&mut NewInterrupts<'_>>,
) -> Result<ShootdownBlock, String> {
    let resting = if state == ResponderState::Spinning { Order::Spin } else { Order::Rest };
    if state == ResponderState::Visited {
        crew.order(responders, Order::Visit)?;
    }
    crew.set_pages(pages);
    let mut windows = Vec::with_capacity(count);
    let interrupts = new_interrupts.is_some().then_some(0.0);
    let mut block = ShootdownBlock { interrupts, ..ShootdownBlock::default() };
    let faults_before = crew.faults(responders);
    (0..responders).for_each(|number| drop(crew.gaps(number)));
    for _ in 0..count {
        operation.prepare()?;
        if method.is_of_file() {
            crew.order(responders, Order::Touch { stores: method.stores() })?;
        }
        crew.order(responders, resting)?;
        pause();
        // Those of the preparation are not counted: protected pages that become writable again are translated anew as well.
        new_interrupts.as_deref_mut().map(|new| new());
        let began = now_ns();
        operation.operate()?;
        let ended = now_ns();
        block.initiator_ns.push(ended - began);
        pause();
        windows.push((began, now_ns()));
        // Of what is missing once there is no sum.
        let more = new_interrupts.as_deref_mut().and_then(|new| new());
        block.interrupts = block.interrupts.zip(more).map(|(sum, more)| sum + more);
    }
    if state == ResponderState::Spinning {
        let all: Option<Vec<_>> = (0..responders).map(|number| Some(lost(&windows, &crew.gaps(number)?))).collect();
        block.lost_ns = all.unwrap_or_default();
    }
    crew.order(responders, Order::Rest)?;
    block.faults = crew.faults(responders).zip(faults_before).map(|(after, before)| after - before);
    Ok(block)
}

fn pause() {
    let until = now_ns() + AFTER_NS;
    while now_ns() < until {
        std::hint::spin_loop();
    }
}

/// For each window the time of it that lies in gaps. Both are in the order of time.
fn lost(windows: &[(u64, u64)], gaps: &[(u64, u64)]) -> Vec<u64> {
    let mut from = 0;
    let mut of_window = |&(began, ended): &(u64, u64)| {
        from += gaps[from..].iter().take_while(|(_, end)| *end <= began).count();
        let inside = gaps[from..].iter().take_while(|(start, _)| *start < ended);
        inside.map(|(start, end)| end.min(&ended) - start.max(&began)).sum()
    };
    windows.iter().map(&mut of_window).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::workload::shootdown::SHOOTDOWNS;

    struct Alone;

    impl Crew for Alone {
        fn set_pages(&mut self, _: usize) {}

        fn order(&mut self, _: usize, _: Order) -> Result<(), String> {
            Ok(())
        }

        fn gaps(&mut self, _: usize) -> Option<Vec<(u64, u64)>> {
            None
        }

        fn faults(&self, _: usize) -> Option<u64> {
            None
        }
    }

    /// Interrupts others when it is prepared, and otherwise when it operates.
    struct Interrupting<'a>(&'a Cell<u32>);

    impl Operation for Interrupting<'_> {
        fn prepare(&mut self) -> Result<(), String> {
            self.0.set(self.0.get() + 5);
            Ok(())
        }

        fn operate(&mut self) -> Result<(), String> {
            self.0.set(self.0.get() + 2);
            Ok(())
        }
    }

    #[test]
    fn what_is_lost_is_unknown_where_gaps_are() {
        let mut operation = Interrupting(&Cell::new(0));
        let condition = (1, ResponderState::Spinning);
        let block = measure_block(&SHOOTDOWNS[0], &mut operation, &mut Alone, condition, (1, 3), None).unwrap();
        assert_eq!((block.initiator_ns.len(), block.lost_ns.len()), (3, 0));
    }

    #[test]
    fn interrupts_are_those_of_the_operation_and_not_of_its_preparation() {
        let received = Cell::new(0);
        let counted = |mut new: Option<&mut NewInterrupts<'_>>| {
            let mut operation = Interrupting(&received);
            let condition = (0, ResponderState::Spinning);
            measure_block(&SHOOTDOWNS[0], &mut operation, &mut Alone, condition, (1, 10), new.take())
                .unwrap()
                .interrupts
        };
        assert_eq!(counted(Some(&mut || Some(f64::from(received.replace(0))))), Some(20.0));
        assert_eq!(counted(Some(&mut || None)), None);
        let mut readings = 0u32..;
        let not_the_first = &mut || readings.next().filter(|reading| *reading > 1).map(f64::from);
        assert_eq!(counted(Some(not_the_first)), None, "a part is no sum");
        assert_eq!(counted(None), None);
    }

    #[test]
    fn only_the_part_of_a_gap_inside_a_window_is_lost_in_it() {
        let windows = [(100, 200), (300, 400), (500, 600)];
        assert_eq!(lost(&windows, &[(150, 160), (250, 280), (390, 520)]), [10, 10, 20]);
        assert_eq!(lost(&windows, &[(0, 1000)]), [100, 100, 100]);
        assert_eq!(lost(&windows, &[(110, 120), (130, 140)]), [20, 0, 0]);
        assert_eq!(lost(&windows, &[]), [0, 0, 0]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_twice(lengths in proptest::collection::vec((1u64..50, 1u64..50), 1..40)) {
            let mut at = 0;
            let mut gaps = Vec::new();
            for (pause, length) in &lengths {
                gaps.push((at + pause, at + pause + length));
                at += pause + length;
            }
            let windows: Vec<(u64, u64)> = (0..at.div_ceil(100)).map(|place| (place * 100, place * 100 + 100)).collect();
            let all: u64 = lost(&windows, &gaps).iter().sum();
            proptest::prop_assert_eq!(all, gaps.iter().map(|(start, end)| end - start).sum::<u64>());
        }
    }
}
