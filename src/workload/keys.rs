//! The keys that workers ask for, sampled from the file before forking. They are in shared read-only memory, so that forking does not
//! copy them. Its pages are mapped when first used, before an operation's clock starts: touching all would double the time to get ready.

use crate::os::shared::Frozen;

pub struct Keys {
    /// Where each key ends in the bytes behind (32-bit, native order), then those bytes: one mapping, because a fork copies each.
    table: Frozen,
    count: usize,
}

const WIDTH: usize = size_of::<u32>();

impl Keys {
    /// Keeps `keys`; an error if the system gives no memory, or there are more than 4 GiB of them.
    pub fn new<'a>(keys: impl Iterator<Item = &'a [u8]>) -> nix::Result<Keys> {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for key in keys {
            bytes.extend_from_slice(key);
            let end = u32::try_from(bytes.len()).map_err(|_| nix::Error::EOVERFLOW)?;
            ends.extend_from_slice(&end.to_ne_bytes());
        }
        let count = ends.len() / WIDTH;
        ends.append(&mut bytes);
        Ok(Keys { table: Frozen::copy_of(&ends)?, count })
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn get(&self, place: usize) -> &[u8] {
        if place >= self.len() {
            return b"";
        }
        let start = if place == 0 { 0 } else { self.end(place - 1) };
        &self.table[self.count * WIDTH..][start..self.end(place)]
    }

    /// The key at `fraction` (0 to 1) of the way through.
    pub fn at(&self, fraction: f64) -> &[u8] {
        self.get((fraction * self.len() as f64) as usize)
    }

    fn end(&self, place: usize) -> usize {
        let mut end = [0; WIDTH];
        end.copy_from_slice(&self.table[place * WIDTH..][..WIDTH]);
        u32::from_ne_bytes(end) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn keys_come_back_as_they_were_given() {
        let given = [b"user.anna".as_slice(), b"", b"user.zoe.Sent"];
        let keys = Keys::new(given.into_iter()).unwrap();
        assert_eq!(keys.len(), 3);
        assert_eq!([keys.get(0), keys.get(1), keys.get(2)], given);
        assert_eq!(keys.get(3), b"");
        assert_eq!(keys.at(0.99), b"user.zoe.Sent");
        assert!(Keys::new(std::iter::empty()).unwrap().is_empty());
    }
}
