//! The name of `linux/title.rs`: on illumos there is no title to set.
//! `ps -f` shows what the kernel kept at exec (`pr_psargs` of psinfo_t), and no call changes that.

/// Never exists here.
pub enum Title {}

impl Title {
    /// Unavailable.
    pub fn find() -> Option<Title> {
        None
    }

    /// Cannot be called: there is no title.
    pub fn set(&self, _: &str) {
        match *self {}
    }
}
