//! Freezes: spans in which work was due and next to nothing completed, exact to a slot (a millisecond).
//! Found from the workers's own counts of what was scheduled and done, not from a sampler that may itself have been frozen.

use std::ops::Range;

use super::{
    facts::Facts,
    spans::{Spans, maximal_scoring},
};
use crate::{
    results::{During, Freeze, Role, Slot, Stall},
    scenario::Arrivals,
};

/// A span in which fewer operations came due proves nothing.
const LEAST_DUE: u64 = 5;

/// Freezes of all workers together, then of each instance (if there are several), then of the writers alone: their few commits do not
/// show among so many reads.
pub fn all(facts: &Facts<'_>) -> Vec<Freeze> {
    let mut slots = facts.recorded.slots.instances.clone();
    let length = slots.iter().map(Vec::len).max().unwrap_or(0);
    for stall in facts.recorded.stalls.iter().filter(|stall| is_carried_over(stall)) {
        if let Some(slots) = slots.get_mut(stall.instance as usize) {
            count(slots, facts.recorded.slots.width_ns, stall);
        }
    }
    let mut whole = vec![Slot::default(); length];
    for instance in &slots {
        for (sum, slot) in whole.iter_mut().zip(instance) {
            sum.due += slot.due;
            sum.completed += slot.completed;
        }
    }
    let mut freezes = of_scope(facts, None, None, &whole);
    let common = Spans::union(freezes.iter().map(|freeze| freeze.start_ns as i64..freeze.end_ns as i64));
    if slots.len() > 1 {
        for (instance, slots) in (0..).zip(&slots) {
            freezes.extend(of_scope(facts, Some(instance), None, slots));
        }
    }
    let of_writers = of_scope(facts, None, Some(Role::Writer), &commits(facts, length));
    // Those in which the readers froze too are known already.
    freezes.extend(of_writers.into_iter().filter(|freeze| {
        let span = freeze.start_ns as i64..freeze.end_ns as i64;
        2 * common.overlap(&span) < span.end - span.start
    }));
    freezes
}

/// Whether it came due before the measured span, and completed in it. The slots count only what came due in the span; but workers that
/// catch up on what is left of the warm-up are not frozen.
fn is_carried_over(stall: &Stall) -> bool {
    stall.due_ns < 0 && stall.end_ns >= 0
}

/// Counts a slow operation as scheduled when it came due, or at the beginning of the span, and as completed when it ended.
fn count(slots: &mut [Slot], width_ns: u64, stall: &Stall) {
    if let Some(slot) = slot_at(slots, width_ns, stall.due_ns) {
        slot.due += 1;
    }
    if let Some(slot) = slot_at(slots, width_ns, stall.end_ns) {
        slot.completed += 1;
    }
}

/// The slot of a moment, the first one if it was before the span.
fn slot_at(slots: &mut [Slot], width_ns: u64, at_ns: i64) -> Option<&mut Slot> {
    slots.get_mut((at_ns.max(0) as u64 / width_ns.max(1)) as usize)
}

/// Commits by slot, from their records. When those came due that did not complete is not recorded: all later than the others if there is one
/// writer, which takes them in order; they are spread evenly. Nothing, unless each commit that completed has a record.
fn commits(facts: &Facts<'_>, length: usize) -> Vec<Slot> {
    let recorded = facts.recorded;
    let totals = &recorded.run.summary.writers;
    let end_ns = recorded.run.summary.measured_ns as i64;
    let all = recorded.stalls.iter().filter(|stall| stall.role == Role::Writer);
    let (commits, before): (Vec<_>, Vec<_>) = all.partition(|stall| stall.due_ns >= 0);
    // Those that completed after the span have records too.
    let have_records = commits.len() as u64 >= totals.completed;
    if !have_records || matches!(recorded.run.scenario.writer.arrivals, Arrivals::Closed { .. }) {
        return Vec::new();
    }
    let mut slots = vec![Slot::default(); length];
    let carried_over = before.into_iter().filter(|stall| is_carried_over(stall));
    for stall in commits.iter().copied().chain(carried_over) {
        count(&mut slots, recorded.slots.width_ns, stall);
    }
    let alone = recorded.run.scenario.writers_total() == 1;
    let last_due_ns = commits.iter().map(|commit| commit.due_ns).max().filter(|_| alone).unwrap_or(0);
    let undone = totals.due.saturating_sub(commits.len() as u64);
    for number in 0..undone {
        let after_ns = (end_ns - last_due_ns).max(0) as u128 * u128::from(number) / u128::from(undone);
        if let Some(slot) = slot_at(&mut slots, recorded.slots.width_ns, last_due_ns + after_ns as i64) {
            slot.due += 1;
        }
    }
    slots
}

fn of_scope(facts: &Facts<'_>, instance: Option<u32>, role: Option<Role>, slots: &[Slot]) -> Vec<Freeze> {
    let recorded = facts.recorded;
    let run = &recorded.run.scenario.run;
    let width = recorded.slots.width_ns;
    let closed = role.is_none() && matches!(recorded.run.scenario.readers.arrivals, Arrivals::Closed { .. });
    spans(slots, run.freeze_percent, closed)
        .into_iter()
        .map(|span| (span.start as u64 * width..(span.end as u64 * width).min(recorded.run.summary.measured_ns), span))
        .filter(|(time, _)| time.end.saturating_sub(time.start) >= run.freeze_ns)
        .filter_map(|(time, span)| {
            let sum = |count: fn(&Slot) -> u32, span: Range<usize>| -> u64 {
                slots[span].iter().map(|slot| u64::from(count(slot))).sum()
            };
            let (due, completed) = (sum(|slot| slot.due, span.clone()), sum(|slot| slot.completed, span.clone()));
            let waiting = sum(|slot| slot.due, 0..span.end).saturating_sub(sum(|slot| slot.completed, 0..span.end));
            // A writer that has fallen behind always has some waiting: each long commit would be a freeze.
            if due.max(if role.is_none() { waiting } else { 0 }) < LEAST_DUE {
                return None;
            }
            let during = time.start as i64..time.end as i64;
            Some(Freeze {
                instance,
                role,
                start_ns: time.start,
                end_ns: time.end,
                due,
                completed,
                waiting,
                workers: facts.workers_caught(instance, &during),
                noise_probes: noise_probes(facts, &during),
                writer: facts.commits.during(instance, &during),
            })
        })
        .collect()
}

/// Spans of slots in which fewer than `percent` of what was scheduled completed. In a closed loop nothing comes due while all wait:
/// there the usual rate of completions counts as due as long as operations wait.
fn spans(slots: &[Slot], percent: u64, closed: bool) -> Vec<Range<usize>> {
    let completed: u64 = slots.iter().map(|slot| u64::from(slot.completed)).sum();
    let usual = completed as f64 / slots.len().max(1) as f64;
    // Scores are whole numbers: hundredths of operations, times a thousand for the usual rate's fraction.
    let mut waiting = 0i64;
    let mut backlog = Vec::with_capacity(slots.len());
    let scores: Vec<i64> = slots
        .iter()
        .map(|slot| {
            let waited = waiting;
            waiting += i64::from(slot.due) - i64::from(slot.completed);
            backlog.push(waiting);
            let due = match closed {
                false => f64::from(slot.due),
                true if waited.max(waiting) > 0 => usual,
                true => 0.0,
            };
            (due * percent as f64 * 1000.0) as i64 - i64::from(slot.completed) * 100_000
        })
        .collect();
    let mut spans = maximal_scoring(scores.into_iter());
    for span in &mut spans {
        // The last ones that came due still wait: the freeze goes on until something completes again.
        while span.end < slots.len() && slots[span.end].completed == 0 && backlog[span.end] > 0 {
            span.end += 1;
        }
    }
    spans
}

fn noise_probes(facts: &Facts<'_>, during: &Range<i64>) -> Vec<During> {
    let Some(recording) = &facts.recorded.run.recording else { return Vec::new() };
    let length = (during.end - during.start).max(1) as f64;
    // A lost noise probe does not count as one that ticked.
    let there = recording.noise_probes.iter().filter(|noise_probe| noise_probe.saw_until(during.end));
    let paused = there.map(|noise_probe| During {
        what: noise_probe.name.clone(),
        share: facts.pauses_of(&noise_probe.name).overlap(during) as f64 / length,
    });
    paused.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten operations due in each slot; in `frozen` none complete, all of them in the slot behind.
    fn open(length: usize, frozen: Range<usize>) -> Vec<Slot> {
        let mut slots = vec![Slot { due: 10, completed: 10 }; length];
        for slot in &mut slots[frozen.clone()] {
            slot.completed = 0;
        }
        slots[frozen.end].completed += 10 * frozen.len() as u32;
        slots
    }

    #[test]
    fn a_freeze_has_its_own_edges() {
        assert_eq!(spans(&open(400, 100..250), 5, false), vec![100..250]);
    }

    #[test]
    fn stragglers_do_not_end_it_but_do_not_widen_it_either() {
        let mut slots = open(400, 100..250);
        slots[180].completed = 3;
        slots[97].completed = 0;
        assert!(spans(&slots, 5, false).contains(&(100..250)));
        // Just before the freeze one slot in three is empty, as happens by chance: none of that belongs to it.
        for slot in slots[70..100].iter_mut().step_by(3) {
            slot.completed = 0;
        }
        assert!(spans(&slots, 5, false).iter().any(|span| span.end == 250 && span.start >= 97));
    }

    #[test]
    fn a_trickle_below_the_percentage_is_a_freeze_and_one_above_is_none() {
        let trickle = |every: usize| {
            let mut slots = open(600, 100..400);
            for slot in slots[100..400].iter_mut().step_by(every) {
                slot.completed = 1;
            }
            spans(&slots, 5, false).into_iter().map(|span| span.len()).max().unwrap_or(0)
        };
        assert!(trickle(4) > 290, "2.5 % of what is due");
        assert!(trickle(1) < 10, "10 % of what is due");
    }

    #[test]
    fn nothing_due_is_no_freeze() {
        let mut slots = vec![Slot::default(); 500];
        slots[3] = Slot { due: 7, completed: 7 };
        assert!(spans(&slots, 5, false).is_empty());
    }

    #[test]
    fn the_last_ones_that_came_due_still_wait() {
        let mut slots = vec![Slot::default(); 500];
        for slot in &mut slots[100..150] {
            slot.due = 1;
        }
        slots[300].completed = 50;
        assert_eq!(spans(&slots, 5, false), vec![100..300]);
    }

    #[test]
    fn a_closed_loop_freezes_although_nothing_comes_due() {
        let mut slots = vec![Slot { due: 4, completed: 4 }; 400];
        slots[0].due = 24;
        for slot in &mut slots[100..250] {
            *slot = Slot::default();
        }
        let spans = spans(&slots, 5, true);
        assert_eq!(spans, vec![100..250]);
    }
}
