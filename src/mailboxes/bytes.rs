//! A bounds-checked view of a mailbox file's bytes; numbers are big-endian, as Cyrus writes them, but for those of twom.
//! A reference past the end is an error with the offset, never a panic.

use super::Error;
use crate::os::view::{Number, View};

/// The committed bytes of a file, mapped or in memory.
#[derive(Clone, Copy)]
pub struct Bytes<'a>(View<'a>);

impl<'a> Bytes<'a> {
    /// A view of `bytes`, offset 0 being the file's first byte.
    pub fn new(bytes: &'a [u8]) -> Bytes<'a> {
        Bytes(View::of(bytes))
    }

    pub fn of(view: View<'a>) -> Bytes<'a> {
        Bytes(view)
    }

    pub fn len(&self) -> u64 {
        self.0.length() as u64
    }

    pub fn is_empty(&self) -> bool {
        self.0.length() == 0
    }

    fn truncated(&self) -> Error {
        Error::Truncated { offset: self.len() }
    }

    #[inline]
    pub fn slice(&self, offset: u64, length: u64) -> Result<View<'a>, Error> {
        let end = offset.checked_add(length).ok_or_else(|| self.truncated())?;
        match (usize::try_from(offset), usize::try_from(end)) {
            (Ok(start), Ok(end)) => self.0.slice(start..end).ok_or_else(|| self.truncated()),
            _ => Err(self.truncated()),
        }
    }

    /// A number, loaded once: what is decided by it is decided by one value, whoever writes meanwhile.
    #[inline]
    fn load<T: Number>(&self, offset: u64) -> Result<T, Error> {
        usize::try_from(offset).ok().and_then(|offset| self.0.load(offset)).ok_or_else(|| self.truncated())
    }

    #[inline]
    pub fn u8_at(&self, offset: u64) -> Result<u8, Error> {
        self.load(offset)
    }
}

macro_rules! numbers {
    ($($name:ident: $order:path => $number:ty,)*) => {
        impl Bytes<'_> {
            $(#[inline]
            pub fn $name(&self, offset: u64) -> Result<$number, Error> {
                self.load(offset).map($order)
            })*
        }
    };
}

numbers! {
    u16_at: u16::from_be => u16,
    u32_at: u32::from_be => u32,
    u64_at: u64::from_be => u64,
    u16_le_at: u16::from_le => u16,
    u32_le_at: u32::from_le => u32,
    u64_le_at: u64::from_le => u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_order_of_bytes_and_are_bounded() {
        let bytes = Bytes::new(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(bytes.u16_at(0).unwrap(), 0x0102);
        assert_eq!(bytes.u32_at(1).unwrap(), 0x0203_0405);
        assert_eq!(bytes.u64_at(1).unwrap(), 0x0203_0405_0607_0809);
        assert_eq!((bytes.u16_le_at(0).unwrap(), bytes.u32_le_at(1).unwrap()), (0x0201, 0x0504_0302));
        assert_eq!(bytes.u64_le_at(1).unwrap(), 0x0908_0706_0504_0302);
        assert!(matches!(bytes.u64_at(2), Err(Error::Truncated { offset: 9 })));
        assert!(matches!(bytes.slice(u64::MAX, 2), Err(Error::Truncated { .. })));
    }
}
