//! A live server: who maps a file, what the file is, how it is used now. Everything is only read, and nothing is waited for.

mod lens;
mod live;
mod survey;
mod target;

pub use lens::{Lens, MappedFile, Window};
pub use live::LiveLens;
pub use survey::Survey;
pub use target::Target;
