//! A live server: who maps a file, what the file is, how it is used now. Everything is only read, and nothing is waited for.

mod target;

pub use target::Target;
