//! What may be said of a figure: how two runs differ in it, on how many values that rests, and how strong it is.
//! The one rule for "enough values" is here too: [`needed`] for a percentile in any medium, [`decides`] for a verdict.

use std::ops::RangeInclusive;

pub use crate::stats::{needed, supports};
use crate::{
    results::{Change, Effect},
    stats::{Estimate, equivalent},
};

/// Without a percentile beyond which values are expected, so many are enough.
pub const LEAST_VALUES: u64 = 100;
/// The normal distribution's two-sided 95 % quantile.
const Z: f64 = 1.96;

pub const TOO_SHORT: &str = "the runs are too short to be cut into enough blocks: raise run.duration";

/// Why there is no interval of fewer than [`needed`].
pub fn too_few(count: u64, needed: u64) -> String {
    match count {
        0 => "there are no values".to_owned(),
        1 => format!("one value is too few: it takes {needed}"),
        count => format!("{count} values are too few: it takes {needed}"),
    }
}

/// Whether the share of values beyond a limit is significantly below or above what is allowed: Wilson's 95 % interval
/// (E. B. Wilson, 1927) does not hold the share that is. Where it is known, the `effective` sample size counts: the thousands of values that
/// one freeze delays are hardly more evidence than one.
pub fn decides(beyond: u64, values: u64, effective: Option<f64>, allowed: f64) -> bool {
    if values == 0 {
        return false;
    }
    if allowed < f64::EPSILON {
        // The largest of all: one beyond decides; that none is says something of enough values only.
        return beyond > 0 || values >= LEAST_VALUES;
    }
    let share = beyond as f64 / values as f64;
    let n = effective.unwrap_or(values as f64);
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / (1.0 + Z * Z / n);
    allowed < middle - half || allowed > middle + half
}

/// A sentence or two, and their subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// With colon and space; indented where it belongs to the remark above. May be empty.
    pub lead: String,
    pub words: String,
}

impl Remark {
    pub fn new(lead: impl Into<String>, words: impl Into<String>) -> Remark {
        Remark { lead: lead.into(), words: words.into() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// Both runs have none of it: no interval is needed.
    BeyondDoubt,
    /// The 95 % interval leaves out 1, and the effect is over the least that counts.
    Significant,
    /// Two one-sided tests at 5 % show that there is no effect as large as the least that counts.
    Equivalent,
    /// Neither is shown: an interval that holds 1, or an effect that is too small to count, and effects that would count.
    Undecided,
    /// There is no interval.
    TooFew,
}

impl Strength {
    /// `small`: the ratios that count as no effect.
    fn of(ratio: &Estimate, small: &RangeInclusive<f64>) -> Strength {
        match equivalent(ratio, small) {
            true => Strength::Equivalent,
            false if ratio.contains(1.0) || small.contains(&ratio.value) => Strength::Undecided,
            false => Strength::Significant,
        }
    }
}

/// The ratios that are no effect where effects up to `least_effect` (a share) are none: 0.05 stands for 1/1.05 to 1.05.
pub fn small(least_effect: f64) -> RangeInclusive<f64> {
    1.0 / (1.0 + least_effect)..=1.0 + least_effect
}

#[derive(Clone, Debug)]
pub struct Claim {
    pub subject: String,
    /// That of the second run divided by that of the first, or why there is no such ratio.
    pub ratio: Result<Estimate, String>,
    /// Values behind it in each of the two.
    pub evidence: [u64; 2],
    pub strength: Strength,
    /// Whether the figure is larger in the second run.
    rises: bool,
}

impl Claim {
    pub fn of(
        subject: &str,
        evidence: [u64; 2],
        ratio: Result<Estimate, String>,
        small: &RangeInclusive<f64>,
    ) -> Claim {
        let strength = ratio.as_ref().map_or(Strength::TooFew, |ratio| Strength::of(ratio, small));
        let rises = ratio.as_ref().is_ok_and(|ratio| ratio.value > 1.0);
        Claim { subject: subject.to_owned(), ratio, evidence, strength, rises }
    }

    /// What may be said without a ratio. Nothing twice is the same, without any interval. No factor makes nothing something; but the other
    /// way round there is one, `back`, which is 0, with the end of its interval; `None`: it is not known.
    pub fn or_without_ratio(
        self,
        is_nothing_twice: bool,
        back: impl FnOnce() -> Option<Estimate>,
        small: &RangeInclusive<f64>,
    ) -> Claim {
        if self.ratio.is_ok() {
            return self;
        }
        if is_nothing_twice {
            return Claim { strength: Strength::BeyondDoubt, ..self };
        }
        let Some(back) = back() else { return self };
        let is_clear = Strength::of(&back, small) == Strength::Significant && back.value < 1.0;
        Claim { strength: if is_clear { Strength::Significant } else { Strength::Undecided }, rises: true, ..self }
    }

    pub fn effect(&self, more_is_better: bool) -> Effect {
        match self.strength {
            Strength::BeyondDoubt | Strength::Equivalent => Effect::Same,
            Strength::Significant if self.rises == more_is_better => Effect::Better,
            Strength::Significant => Effect::Worse,
            Strength::Undecided => Effect::Undecided,
            Strength::TooFew => Effect::Unknown,
        }
    }

    /// The same for a what-if.
    pub fn change(&self, more_is_better: bool) -> Change {
        match self.effect(more_is_better) {
            Effect::Better => Change::Better,
            Effect::Worse => Change::Worse,
            Effect::Same => Change::Same,
            Effect::Undecided | Effect::Chance => Change::Undecided,
            Effect::Unknown => Change::Unknown,
        }
    }
}

/// The ratio of a figure to itself.
pub const SAME: Estimate = Estimate { value: 1.0, low: 1.0, high: 1.0 };

/// What a ratio alone says.
pub fn effect_of(ratio: &Estimate, least_effect: f64, more_is_better: bool) -> Effect {
    Claim::of("", [0; 2], Ok(*ratio), &small(least_effect)).effect(more_is_better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_significant_and_large_effect_is_a_difference() {
        for ([value, low, high], more_is_better, expected) in [
            ([2.4, 1.9, 3.1], false, Effect::Worse),
            ([0.5, 0.4, 0.6], false, Effect::Better),
            // Significant but small: no equivalence where it may be larger.
            ([1.04, 1.02, 1.07], false, Effect::Undecided),
            ([1.02, 1.01, 1.03], false, Effect::Same),
            // The 95 % interval reaches beyond 5 %, that of 90 % does not.
            ([1.0, 0.945, 1.058], false, Effect::Same),
            // Nothing larger is possible.
            ([1.01, 0.98, 1.04], false, Effect::Same),
            ([1.2, 0.9, 1.6], false, Effect::Undecided),
            ([1.0, 0.9, 1.1], false, Effect::Undecided),
            ([1.0, 1.0, 1.0], false, Effect::Same),
            ([0.5, 0.4, 0.6], true, Effect::Worse),
            ([2.0, 1.9, 2.1], true, Effect::Better),
        ] {
            assert_eq!(effect_of(&Estimate { value, low, high }, 0.05, more_is_better), expected, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_claim_never_contradicts_its_interval(low in 0.01..4.0f64, up in 0.0..3.0f64, at in 0.0..1.0f64, least in 0.0..0.5f64) {
            let ratio = Estimate { value: low + at * up, low, high: low + up };
            let claim = Claim::of("p99", [9, 9], Ok(ratio), &small(least));
            match claim.strength {
                Strength::Significant => {
                    proptest::prop_assert!(!ratio.contains(1.0) && !small(least).contains(&ratio.value));
                    proptest::prop_assert_eq!(claim.effect(false), if ratio.low > 1.0 { Effect::Worse } else { Effect::Better });
                }
                Strength::Equivalent => {
                    proptest::prop_assert!(small(least).contains(&ratio.value) && equivalent(&ratio, &small(least)));
                }
                Strength::Undecided => {
                    proptest::prop_assert!(ratio.contains(1.0) || small(least).contains(&ratio.value));
                    proptest::prop_assert!(!equivalent(&ratio, &small(least)));
                }
                Strength::BeyondDoubt | Strength::TooFew => proptest::prop_assert!(false, "there is an interval"),
            }
        }
    }
}
