//! A live server: who maps a file, what the file is, how it is used now. Everything is only read, and nothing is waited for.

mod file;
#[cfg(test)]
mod fixtures;
mod format;
mod live;
mod load;
mod locks;
mod machine;
mod survey;
mod target;
mod who;

pub use crate::os::{file_users::MappedFile, processes::database_files};
pub use load::Window;
pub use survey::Survey;
pub use target::Target;
