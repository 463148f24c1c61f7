//! What illumos's binary files and tables say, read from bytes and lines alone: nothing here asks a system.
//! So it compiles and is tested everywhere; `os/illumos` hands it what it has read there.

pub mod cpu_info;
pub mod kstats;
pub mod mnttab;
pub mod psinfo;
pub mod usage;
pub mod var;
pub mod xmap;

/// A 32-bit number in this machine's byte order; `None` beyond the end.
fn word_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(offset..offset + 4)?.try_into().ok()?))
}

fn long_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(offset..offset + 8)?.try_into().ok()?))
}
