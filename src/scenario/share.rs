//! Dividing a total among instances or workers so that the parts differ by at most one.
//! Dealing things out in turn (number modulo parts) gives the same parts.

/// The part of `total` that falls to `index` (from 0) of `parts`; the remainder goes one each to the first ones.
///
/// # Panics
/// If `index` is not below `parts`.
pub fn share(total: u64, parts: u32, index: u32) -> u64 {
    assert!(index < parts, "part {index} of {parts}");
    let (parts, index) = (u64::from(parts), u64::from(index));
    total / parts + u64::from(index < total % parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn parts_sum_to_the_total_and_differ_by_at_most_one(total in 0u64..5_000, parts in 1u32..100) {
            let all: Vec<u64> = (0..parts).map(|index| share(total, parts, index)).collect();
            proptest::prop_assert_eq!(all.iter().sum::<u64>(), total);
            proptest::prop_assert!(all[0] - all[all.len() - 1] <= 1);
            let dealt = |index| (0..total).filter(|number| number % u64::from(parts) == index).count() as u64;
            proptest::prop_assert_eq!(all[0], dealt(0));
        }
    }
}
