//! Asking about many processes at once, each within a time of its own. What is asked may block inside the kernel for ever (a process whose
//! memory is locked by a task that waits for a dead disk): then its thread is left behind, and another one takes its place.
//! Rayon cannot do that: a worker of its pool that blocks is missing from the pool.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle, ThreadId},
    time::{Duration, Instant},
    vec,
};

/// At most so many threads are left behind: a machine on which more are stuck has other troubles.
const MOST_LEFT_BEHIND: usize = 32;
/// More threads find nothing sooner, and a server that is slow already is not to be loaded further.
const MOST_THREADS: usize = 8;
const STACK_BYTES: usize = 512 << 10;
/// How often stuck threads are looked for.
const ROUND: Duration = Duration::from_millis(10);

/// What was answered, in no order.
pub struct Answers<T> {
    pub answers: Vec<(u32, T)>,
    /// No answer in time.
    pub stuck: Vec<u32>,
    /// Not asked about, because too many were stuck or the system gave no threads.
    pub not_asked: usize,
}

/// What the threads share. It is locked for moments only, never while one of them asks.
struct Work<T> {
    left: vec::IntoIter<u32>,
    /// Items that are asked about: since when, and by which thread.
    asked: BTreeMap<u32, (Instant, ThreadId)>,
    answers: Vec<(u32, T)>,
}

/// Asks about each of `items`, which are different, with as many threads as there are CPUs; about each for at most `patience`, and once more about
/// those few that did not answer: it may have been this process that could not run. Who is stuck does not answer the second time either.
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
    let most = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS).min(items.len());
    let work = Work { left: items.into_iter(), asked: BTreeMap::new(), answers: Vec::new() };
    let work = Arc::new(Mutex::new(work));
    let (mut threads, mut stuck) = (Vec::new(), Vec::new());
    loop {
        while threads.len() < most && stuck.len() <= MOST_LEFT_BEHIND && lock(&work).left.len() > 0 {
            let Some(thread) = asker(Arc::clone(&work), Arc::clone(ask)) else { break };
            threads.push(thread);
        }
        if threads.is_empty() {
            break;
        }
        thread::park_timeout(ROUND);
        for (item, (_, left_behind)) in lock(&work).asked.extract_if(.., |_, (since, _)| since.elapsed() > patience) {
            stuck.push(item);
            threads.retain(|thread| thread.thread().id() != left_behind);
        }
        for ended in threads.extract_if(.., |thread| thread.is_finished()) {
            if let Err(panic) = ended.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
    let mut work = lock(&work);
    Answers { answers: std::mem::take(&mut work.answers), stuck, not_asked: work.left.len() }
}

/// A thread that takes one item after the other. `None`: the system gives none.
fn asker<T: Send + 'static>(
    work: Arc<Mutex<Work<T>>>,
    ask: Arc<impl Fn(u32) -> T + Send + Sync + 'static>,
) -> Option<JoinHandle<()>> {
    let supervisor = thread::current();
    let next = move |work: &Mutex<Work<T>>| {
        let mut work = lock(work);
        let item = work.left.next()?;
        work.asked.insert(item, (Instant::now(), thread::current().id()));
        Some(item)
    };
    let run = move || {
        while let Some(item) = next(&work) {
            let answer = ask(item);
            let mut work = lock(&work);
            // An answer that comes too late is nobody's: the item is among the stuck ones.
            if work.asked.remove(&item).is_none() {
                return;
            }
            work.answers.push((item, answer));
        }
        supervisor.unpark();
    };
    thread::Builder::new().name("mapstorm-look".to_owned()).stack_size(STACK_BYTES).spawn(run).ok()
}

fn lock<T>(work: &Mutex<Work<T>>) -> MutexGuard<'_, Work<T>> {
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    };

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// A call that blocks until the sender is gone.
    fn blocking() -> (mpsc::Sender<()>, impl Fn() + Send + Sync + 'static) {
        let (end, blocked) = mpsc::channel();
        let blocked = Mutex::new(blocked);
        let block = move || {
            let _ = blocked.lock().unwrap().recv();
        };
        (end, block)
    }

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
        let (end, block) = blocking();
        // More of them than threads, which all come to stand.
        let is_blocking = |item: u32| item < 24 && item.is_multiple_of(2);
        let found = ask_each((0..400).collect(), Duration::from_millis(300), move |item| {
            if is_blocking(item) {
                block();
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
        let (end, block) = blocking();
        let found = ask_each(vec![7], Duration::from_millis(300), move |item| {
            if count.fetch_add(1, Relaxed) == 0 {
                block();
            }
            item
        });
        assert_eq!((found.answers, found.stuck, asked.load(Relaxed)), (vec![(7, 7)], vec![], 2));
        drop(end);
    }

    #[test]
    fn a_machine_on_which_everything_is_stuck_is_given_up() {
        let (end, block) = blocking();
        let found = ask_each((0..1000).collect(), Duration::from_millis(1), move |item| {
            block();
            item
        });
        assert!((MOST_LEFT_BEHIND..=MOST_LEFT_BEHIND + 2 * MOST_THREADS).contains(&found.stuck.len()));
        assert_eq!(found.answers.len() + found.stuck.len() + found.not_asked, 1000);
        drop(end);
    }
}
