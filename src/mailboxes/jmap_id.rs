//! JMAP ids of mailboxes, as Cyrus 3.13 makes them (`MODSEQ_TO_JMAPID` in `lib/util.h`): `P`, and a number in base 64. Bytes of zero
//! before the number are left out. The digits are in the order of bytes, and nothing pads them, so ids sort as the bytes do.
//! A server that was upgraded numbers the mailboxes of each user from 1 on (`ctl_cyrusdb`); a new mailbox takes the modification
//! sequence that it is created with.

use super::name::Name;

const DIGITS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// Between user and id in the key of a J record.
pub const SEPARATOR: u8 = 0x1e;

pub fn push_id(to: &mut Vec<u8>, number: u64) {
    to.push(b'P');
    for bytes in number.to_be_bytes()[8 - bytes_of(number)..].chunks(3) {
        let group = (0..3).fold(0, |group, place| group << 8 | usize::from(bytes.get(place).copied().unwrap_or(0)));
        to.extend((0..=bytes.len()).map(|digit| DIGITS[group >> (18 - 6 * digit) & 63]));
    }
}

pub const fn length(number: u64) -> usize {
    1 + (bytes_of(number) * 8).div_ceil(6)
}

const fn bytes_of(number: u64) -> usize {
    if number == 0 { 1 } else { (u64::BITS - number.leading_zeros()).div_ceil(8) as usize }
}

/// The number in a generated mailbox's id: it counts the mailboxes of its user, fewer than 65,536.
pub fn number_of(name: Name) -> u64 {
    u64::from(name.nth()) + 1
}

/// Ordered as the keys of generated J records are: by user, then by the bytes of the number. One byte comes before two that begin with it.
pub fn rank(name: Name) -> u64 {
    let number = number_of(name);
    let bytes = if number < 1 << 8 { number << 9 } else { ((number >> 8) << 9) + (number & 0xff) + 1 };
    name.user_rank() << 17 | bytes
}

/// The user in the key of a J record, from the mailbox's name in the database: `joe` or `joe@example.com`; nobody, if it is shared.
pub fn push_user(to: &mut Vec<u8>, name: &[u8]) {
    let (domain, name) = match name.iter().position(|byte| *byte == 0x1d) {
        Some(end) => (Some(&name[..end]), &name[end + 1..]),
        None => (None, name),
    };
    let Some(beneath) = name.strip_prefix(b"DELETED\x1f").unwrap_or(name).strip_prefix(b"user\x1f") else { return };
    to.extend(beneath.iter().take_while(|byte| **byte != 0x1f));
    if let Some(domain) = domain {
        to.push(b'@');
        to.extend_from_slice(domain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> String {
        let mut id = Vec::new();
        push_id(&mut id, number);
        assert_eq!(id.len(), length(number));
        String::from_utf8(id).unwrap()
    }

    #[test]
    fn an_id_is_the_numbers_bytes_in_base_64() {
        // By hand: 1 is 000000 01(0000), 256 is 000000 010000 0000(00), 0x10203 is 000000 010000 001000 000011.
        assert_eq!([0, 1, 256, 0x1_0203].map(id), ["P--", "P-F", "P-F-", "P-F72"]);
        assert_eq!(id(u64::MAX), "Pzzzzzzzzzzw");
    }

    #[test]
    fn a_user_is_found_in_every_kind_of_name() {
        let user = |name: &str| {
            let mut user = Vec::new();
            push_user(&mut user, name.as_bytes());
            String::from_utf8(user).unwrap()
        };
        assert_eq!(user("user\x1fjoe.smith\x1fSent"), "joe.smith");
        assert_eq!(user("example.com\x1duser\x1fjoe"), "joe@example.com");
        assert_eq!(user("DELETED\x1fuser\x1fjoe\x1f5F0A1B2C"), "joe");
        assert_eq!(user("shared\x1fnews"), "");
    }
}
