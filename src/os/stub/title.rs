//! The names of `linux/title.rs` on a system whose command lines cannot be overwritten: there is no title.
//! Nothing pretends to set one.

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
