//! What systems tell, in the same shape on all of them.

use std::path::PathBuf;

/// A value, or why there is none.
pub type Told<T> = Result<T, String>;

/// A control group's bound, with what it leaves free now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLimit {
    /// The file that sets it.
    pub file: PathBuf,
    /// Its value.
    pub max: u64,
    /// The value less what is used already.
    pub free: u64,
}

/// The file system that a file lies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// Such as `ext4`.
    pub kind: String,
    /// What is mounted.
    pub source: String,
    /// Where.
    pub mount_point: String,
    /// Options of the mount and of the file system.
    pub options: String,
}
