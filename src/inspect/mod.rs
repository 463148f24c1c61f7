//! A live server: who maps a file, what the file is, how it is used now. Everything is only read, and nothing is waited for.

mod file;
mod format;
mod load;
mod machine;
mod target;

pub use file::inspect_file;
pub use format::describe;
pub use load::{LockLook, ProcessUsage, Window, observe};
pub use target::Target;
