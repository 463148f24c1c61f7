//! The name of `linux/reserve.rs` elsewhere.

use std::{
    fs::File,
    io::{self, Read},
};

/// Gives a file so many bytes of its disk, by writing them.
///
/// # Errors
/// The disk has not got them.
pub fn reserve(mut file: &File, bytes: u64) -> io::Result<()> {
    io::copy(&mut io::repeat(0).take(bytes), &mut file).map(|_| ())
}
