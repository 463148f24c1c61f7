//! Why a worker ended before its time: a message that the worker writes once, and the driver reads when it has ended.
//! A worker prints nothing itself, because that would not be in the result.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicU32};

use crate::os::shared::Shareable;

/// Longer messages are cut.
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

    /// In the driver; `None`: there is no message.
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
    fn a_message_is_kept_as_far_as_there_is_room() {
        let messages = Shared::<ExitMessage>::zeroed(2).unwrap();
        assert_eq!(messages[0].read(), None);
        messages[0].say("mailboxes-1.db: open: No such file or directory");
        assert_eq!(messages[0].read().unwrap(), "mailboxes-1.db: open: No such file or directory");
        messages[1].say(&"x".repeat(1000));
        assert_eq!(messages[1].read().unwrap().len(), MOST);
    }
}
