//! Asking about many processes at once, each within a time of its own. What is asked may block inside the kernel for ever (a process whose
//! memory is locked by a task that waits for a dead disk): then its thread is left behind, and another one takes its place.
//! Rayon cannot do that: a worker of its pool that blocks is missing from the pool.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{
            AtomicU64, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed, Release},
        },
    },
    thread::{self, JoinHandle, Thread},
    time::{Duration, Instant},
};

/// At most so many threads are left behind: a machine on which more are stuck has other troubles.
const MOST_LEFT_BEHIND: usize = 32;
/// More threads find nothing sooner, and a server that is slow already is not to be loaded further.
const MOST_THREADS: usize = 8;
const STACK_BYTES: usize = 512 << 10;
/// How often stuck threads are looked for.
const ROUND: Duration = Duration::from_millis(10);

/// States of a thread: an item's place, counted from 1, while it is asked about, and these.
const BETWEEN: usize = 0;
const LEFT_BEHIND: usize = usize::MAX;

/// What was answered, in no order.
pub struct Answers<T> {
    pub answers: Vec<(u32, T)>,
    /// No answer in time.
    pub stuck: Vec<u32>,
    /// Not asked about, because too many were stuck or the system gave no threads.
    pub not_asked: usize,
}

struct Work<T> {
    items: Vec<u32>,
    next: AtomicUsize,
    answers: Mutex<Vec<(u32, T)>>,
    began: Instant,
    supervisor: Thread,
}

/// What a thread is doing.
struct Slot {
    state: AtomicUsize,
    /// When it began with its item, milliseconds after the beginning of all.
    since_ms: AtomicU64,
}

struct Asker {
    slot: Arc<Slot>,
    thread: JoinHandle<()>,
}

/// Asks about each of `items`, with as many threads as there are CPUs; about each for at most `patience`, and once more about those few that did not
/// answer: it may have been this process that could not run. Who is stuck does not answer the second time either.
pub fn ask_each<T: Send + 'static>(
    items: Vec<u32>,
    patience: Duration,
    ask: impl Fn(u32) -> T + Send + Sync + 'static,
) -> Answers<T> {
    let ask = Arc::new(ask);
    let mut found = ask_once(items, patience, &ask);
    if (1..=MOST_LEFT_BEHIND / 2).contains(&found.stuck.len()) {
        let again = ask_once(std::mem::take(&mut found.stuck), patience, &ask);
        found.answers.extend(again.answers);
        found.not_asked += again.not_asked;
        found.stuck = again.stuck;
    }
    found
}

fn ask_once<T: Send + 'static>(
    items: Vec<u32>,
    patience: Duration,
    ask: &Arc<impl Fn(u32) -> T + Send + Sync + 'static>,
) -> Answers<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS).min(items.len());
    let work = Arc::new(Work {
        items,
        next: AtomicUsize::new(0),
        answers: Mutex::new(Vec::new()),
        began: Instant::now(),
        supervisor: thread::current(),
    });
    let start = || asker(Arc::clone(&work), Arc::clone(ask));
    let mut askers: Vec<Asker> = (0..threads).map_while(|_| start()).collect();
    let mut stuck = Vec::new();
    while !askers.is_empty() {
        thread::park_timeout(ROUND);
        let (ended, mut left): (Vec<Asker>, Vec<Asker>) =
            askers.into_iter().partition(|asker| asker.thread.is_finished());
        for asker in ended {
            if let Err(panic) = asker.thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
        left.retain(|asker| match asker.slot.give_up(&work, patience) {
            None => true,
            Some(item) => {
                stuck.push(item);
                false
            }
        });
        while left.len() < threads && work.next.load(Relaxed) < work.items.len() {
            if stuck.len() > MOST_LEFT_BEHIND {
                break;
            }
            let Some(another) = start() else { break };
            left.push(another);
        }
        askers = left;
    }
    let asked = work.next.load(Relaxed).min(work.items.len());
    let answers = std::mem::take(&mut *work.answers.lock().unwrap_or_else(PoisonError::into_inner));
    Answers { answers, stuck, not_asked: work.items.len() - asked }
}

impl Slot {
    /// The item that this has been at for longer than `patience`: the thread is left behind with it.
    fn give_up<T>(&self, work: &Work<T>, patience: Duration) -> Option<u32> {
        let state = self.state.load(Acquire);
        let item = *work.items.get(state.checked_sub(1)?)?;
        // Read after the state: if it belongs to a later item, then the state is another one by now.
        let since = Duration::from_millis(self.since_ms.load(Acquire));
        let is_stuck = work.began.elapsed().saturating_sub(since) > patience;
        (is_stuck && self.state.compare_exchange(state, LEFT_BEHIND, AcqRel, Relaxed).is_ok()).then_some(item)
    }
}

/// A thread that takes one item after the other. `None`: the system gives none.
fn asker<T: Send + 'static>(work: Arc<Work<T>>, ask: Arc<impl Fn(u32) -> T + Send + Sync + 'static>) -> Option<Asker> {
    let slot = Arc::new(Slot { state: AtomicUsize::new(BETWEEN), since_ms: AtomicU64::new(0) });
    let own = Arc::clone(&slot);
    let run = move || {
        loop {
            let place = work.next.fetch_add(1, Relaxed);
            let Some(&item) = work.items.get(place) else { break };
            own.since_ms.store(work.began.elapsed().as_millis() as u64, Release);
            own.state.store(place + 1, Release);
            let answer = ask(item);
            // An answer that comes too late is nobody's: the item is among the stuck ones.
            if own.state.compare_exchange(place + 1, BETWEEN, AcqRel, Relaxed).is_err() {
                return;
            }
            work.answers.lock().unwrap_or_else(PoisonError::into_inner).push((item, answer));
        }
        work.supervisor.unpark();
    };
    let thread = thread::Builder::new().name("mapstorm-look".to_owned()).stack_size(STACK_BYTES).spawn(run).ok()?;
    Some(Asker { slot, thread })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn every_item_is_answered_once() {
        let found = ask_each((0..5000).collect(), LONG, |item| item * 2);
        let mut answers = found.answers;
        answers.sort_unstable();
        assert_eq!(answers, (0..5000).map(|item| (item, item * 2)).collect::<Vec<_>>());
        assert!(found.stuck.is_empty() && found.not_asked == 0);
        assert!(ask_each(vec![], LONG, |item| item).answers.is_empty());
    }

    #[test]
    fn whoever_blocks_is_left_behind_and_the_rest_is_answered() {
        // The senders live until the end of the test: whoever receives blocks until then.
        let (end, blocked) = mpsc::channel::<()>();
        let blocked = Mutex::new(blocked);
        // More of them than threads, which all come to stand.
        let is_blocking = |item: u32| item < 24 && item.is_multiple_of(2);
        let found = ask_each((0..400).collect(), Duration::from_millis(300), move |item| {
            if is_blocking(item) {
                let _ = blocked.lock().unwrap().recv();
            }
            item
        });
        let mut stuck = found.stuck;
        stuck.sort_unstable();
        assert_eq!(stuck, (0..24).filter(|item| is_blocking(*item)).collect::<Vec<_>>());
        assert_eq!((found.answers.len(), found.not_asked), (388, 0));
        drop(end);
    }

    #[test]
    fn whoever_was_late_once_is_asked_again() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let (end, blocked) = mpsc::channel::<()>();
        let blocked = Mutex::new(blocked);
        let found = ask_each(vec![7], Duration::from_millis(300), move |item| {
            if count.fetch_add(1, Relaxed) == 0 {
                let _ = blocked.lock().unwrap().recv();
            }
            item
        });
        assert_eq!((found.answers, found.stuck, asked.load(Relaxed)), (vec![(7, 7)], vec![], 2));
        drop(end);
    }

    #[test]
    fn a_machine_on_which_everything_is_stuck_is_given_up() {
        let (end, blocked) = mpsc::channel::<()>();
        let blocked = Mutex::new(blocked);
        let found = ask_each((0..1000).collect(), Duration::from_millis(1), move |item| {
            let _ = blocked.lock().unwrap().recv();
            item
        });
        assert!((MOST_LEFT_BEHIND..=MOST_LEFT_BEHIND + 2 * MOST_THREADS).contains(&found.stuck.len()));
        assert_eq!(found.answers.len() + found.stuck.len() + found.not_asked, 1000);
        drop(end);
    }
}
