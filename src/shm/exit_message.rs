//! Why a worker ended before its time, in its own words: written once by the worker, read by the driver when it has ended.
//! A worker prints nothing itself: what it said would not reach the result.

use std::sync::atomic::{
    AtomicU8, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

use crate::os::shared::Shareable;

/// Longer words are cut.
const MOST: usize = 252;

#[repr(C)]
pub struct ExitMessage {
    /// Bytes of the text; 0 until it is whole.
    length: AtomicU32,
    text: [AtomicU8; MOST],
}

// SAFETY: `repr(C)` and nothing but atomics.
unsafe impl Shareable for ExitMessage {}

impl ExitMessage {
    pub fn say(&self, text: &str) {
        let length = text.len().min(MOST);
        for (to, from) in self.text.iter().zip(text.as_bytes()) {
            to.store(*from, Relaxed);
        }
        self.length.store(length as u32, Release);
    }

    /// In the driver: what it said; `None`: nothing.
    pub fn read(&self) -> Option<String> {
        let length = self.length.load(Acquire) as usize;
        let text: Vec<u8> = self.text.iter().take(length).map(|byte| byte.load(Relaxed)).collect();
        (length > 0).then(|| String::from_utf8_lossy(&text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::shared::Shared;

    #[test]
    fn words_are_kept_as_far_as_there_is_room() {
        let words = Shared::<ExitMessage>::zeroed(2).unwrap();
        assert_eq!(words[0].read(), None);
        words[0].say("mailboxes-1.db: open: No such file or directory");
        assert_eq!(words[0].read().unwrap(), "mailboxes-1.db: open: No such file or directory");
        words[1].say(&"x".repeat(1000));
        assert_eq!(words[1].read().unwrap().len(), MOST);
    }
}
