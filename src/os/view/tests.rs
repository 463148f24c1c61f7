use std::sync::atomic::AtomicU64;

use super::*;

/// What there is to read of `memory`, as if others changed it, and the same bytes of its own.
fn both(memory: &[AtomicU64]) -> (View<'_>, Vec<u8>) {
    // SAFETY: these are whole words, and all of them are atomic.
    let shared = unsafe { View::of_mapped(NonNull::from(memory).cast(), size_of_val(memory)) };
    (shared, memory.iter().flat_map(|word| word.load(Relaxed).to_ne_bytes()).collect())
}

#[test]
fn a_view_reads_like_a_slice_at_any_alignment_and_length() {
    let words =
        || (1..11).map(|word: u64| AtomicU64::new(word.wrapping_mul(0x0123_4567_89ab_cdef))).collect::<Vec<_>>();
    let (memory, other) = (words(), words());
    let (shared, plain) = both(&memory);
    for start in 0..16 {
        for length in 0..=64 {
            let (view, slice) = (shared.slice(start..start + length).unwrap(), &plain[start..start + length]);
            assert_eq!(view, *slice);
            assert_eq!((view.to_vec().as_slice(), view.crc32()), (slice, crc32fast::hash(slice)));
            let word = slice.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes));
            assert_eq!((view.load::<u64>(0), View::of(slice).load::<u64>(0)), (word, word));
            let half = slice.last_chunk().map(|bytes| u16::from_ne_bytes(*bytes));
            assert_eq!(view.load::<u16>(length.wrapping_sub(2)), half);
            // Against itself at another place, against what differs in any one byte, and against what is shorter.
            let elsewhere = &plain[16 - start..][..length];
            assert_eq!(order(view, elsewhere.into()), slice.cmp(elsewhere));
            assert_eq!(order(elsewhere.into(), view), elsewhere.cmp(slice));
            for differs in 0..length {
                let (place, bit) = (start + differs, 1 << (differs % 8));
                let mut changed = plain.clone();
                changed[place] ^= bit;
                let bytes = std::array::from_fn(|byte| changed[place / 8 * 8 + byte]);
                other[place / 8].store(u64::from_ne_bytes(bytes), Relaxed);
                let unlike = both(&other).0.slice(start..start + length).unwrap();
                let changed = &changed[start..start + length];
                assert_ne!(view, unlike);
                assert_eq!(
                    (order(view, unlike), order(view, changed.into())),
                    (slice.cmp(changed), slice.cmp(changed))
                );
                assert_eq!(order(view, changed[..differs].into()), slice.cmp(&changed[..differs]));
                other[place / 8].store(memory[place / 8].load(Relaxed), Relaxed);
            }
        }
    }
}

fn order(left: View<'_>, right: View<'_>) -> Ordering {
    left.compare(right, |byte| byte)
}

#[test]
fn a_crc_of_many_blocks_and_a_copy_into_a_used_buffer_are_whole() {
    let memory: Vec<AtomicU64> =
        (0..400).map(|word: u64| AtomicU64::new(word.wrapping_mul(0x0123_4567_89ab_cdef))).collect();
    let (shared, plain) = both(&memory);
    let mut copy = b"what was there".to_vec();
    for (start, length) in [(0, BLOCK - 1), (1, BLOCK), (4, BLOCK + 1), (3, 2 * BLOCK), (0, 3 * BLOCK + 5), (9, 0)] {
        let (view, slice) = (shared.slice(start..start + length).unwrap(), &plain[start..start + length]);
        assert_eq!((view.crc32(), View::of(slice).crc32()), (crc32fast::hash(slice), crc32fast::hash(slice)));
        view.copy_to(&mut copy);
        assert_eq!(copy, slice);
    }
}

#[test]
fn numbers_are_loaded_from_anywhere_inside_and_from_nowhere_else() {
    let bytes = [1u8, 2, 3, 4, 5, 6, 7, 8, 9];
    let view = View::of(&bytes);
    for offset in 0..=5 {
        let expected = u32::from_ne_bytes(bytes[offset..offset + 4].try_into().unwrap());
        assert_eq!(view.load::<u32>(offset), Some(expected));
    }
    assert_eq!((view.load::<u64>(1).is_some(), view.load::<u64>(2)), (true, None));
    assert_eq!((view.load::<u8>(8), view.load::<u8>(9), view.load::<u16>(usize::MAX)), (Some(9), None, None));
    assert_eq!((view.slice(7..9), view.slice(7..10)), (Some((&bytes[7..]).into()), None));
    #[expect(clippy::reversed_empty_ranges, reason = "numbers from a damaged file make such")]
    let reversed = view.slice(3..2);
    assert_eq!(reversed, None);
}
