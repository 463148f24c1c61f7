//! A live server: who maps a file, what the file is, how it is used now. Everything is only read, and nothing is waited for.

mod file;
#[cfg(test)]
mod fixtures;
mod format;
mod load;
mod locks;
mod machine;
mod target;
mod who;

pub use crate::os::{file_users::Activity, processes::database_files};
pub use file::inspect_file;
pub use format::describe;
pub use load::{ProcessUsage, Window, observe};
pub use locks::{LockLook, Locks};
pub use target::Target;
pub use who::{Users, activities, groups, mark_writers};
