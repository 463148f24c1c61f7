//! What a commit costs a mapper with one database format and with another. The first format is what the others are compared with; all
//! comparisons of a result are one family, so that the more are made the less chance decides.

use super::{heading, together::significant};
use crate::{
    conclude::{
        ab::LEAST_EFFECT,
        compare::{
            conclusion::{Test, adjusted, corrected},
            rows::Pairing,
        },
        difference::ratio_in_words,
        in_order::grouped,
        wording::{estimate, interval, known, within},
    },
    mailboxes::Format,
    results::{Availability, Cost, CostRow, Effect, Measurement},
    scenario::units::short_ns,
    stats::{Estimate, Tails, p_value},
};

/// All figures are of one result.
const PAIRING: Pairing = Pairing { is_same: false, incomparable: None, least_effect: LEAST_EFFECT };

/// One kind of commit in one place, with the formats whose models fit.
struct Engines<'a> {
    found: Vec<(Format, &'a CostRow, &'a Measurement)>,
    /// Of each but the first, against the first.
    against: Vec<Against>,
}

struct Against {
    first: Format,
    engine: Format,
    ratio: Availability<Estimate>,
    effect: Effect,
}

impl Cost {
    /// For each kind of commit that was measured with several formats, a sentence or two for each of these conditions: what a mapper adds
    /// with each format, and where that differs significantly.
    pub(super) fn engines(&self, which: impl Fn(&CostRow) -> bool) -> Vec<String> {
        let all = self.compared();
        let wanted = all.iter().filter(|engines| which(engines.found[0].1));
        wanted.map(Engines::sentence).collect()
    }

    fn compared(&self) -> Vec<Engines<'_>> {
        let same = |row: &CostRow| (row.method.clone(), row.directory.clone(), row.write_size, row.mode);
        let found = self.as_cyrus().filter_map(|row| {
            let found = row.measured().filter(|found| fits(found))?;
            Some((same(row), (row.engine()?, row, found)))
        });
        let groups = grouped(found).into_iter().filter(|(_, found)| found.len() > 1);
        let mut all: Vec<Engines> = groups.map(|(_, found)| Engines::of(found)).collect();
        let mut rows: Vec<&mut Against> = all.iter_mut().flat_map(|engines| &mut engines.against).collect();
        let family: Vec<_> = rows.iter().map(|row| row.test()).collect();
        for (row, p) in rows.iter_mut().zip(adjusted(&family)) {
            row.effect = corrected(row.effect, p);
        }
        all
    }
}

/// Whether a model may be used: not where the machine was too unquiet, nor where medians refute what was kept as a straight line.
fn fits(found: &Measurement) -> bool {
    !found.cost_model.is_unquiet() && (!found.bends() || !found.cost_model.points.is_empty())
}

impl Against {
    fn test(&self) -> Test<[Format; 2]> {
        let p = self.ratio.value().map(|ratio| p_value(ratio, Tails::Normal));
        Test { subject: [self.first, self.engine], are_independent: true, p, effect: self.effect }
    }

    fn in_words(&self) -> String {
        let name = self.engine.name();
        let ratio = self.ratio.value().map_or_else(String::new, |ratio| format!(" (ratio {})", interval(ratio)));
        match (self.effect, self.ratio.value()) {
            (Effect::Better | Effect::Worse, Some(found)) => {
                format!("{name} is {} (significant: ratio {})", ratio_in_words(found.value), interval(found))
            }
            (Effect::Better, None) => format!("{name} is significantly lower"),
            (Effect::Worse, None) => format!("{name} is significantly higher"),
            (Effect::Same, _) => format!("{name} is the same {}{ratio}", within(LEAST_EFFECT)),
            (Effect::Chance, _) => format!("{name} differs by no more than chance may do{ratio}"),
            (Effect::Undecided | Effect::Unknown, _) => format!("{name} is not significantly different{ratio}"),
        }
    }
}

impl<'a> Engines<'a> {
    fn of(found: Vec<(Format, &'a CostRow, &'a Measurement)>) -> Engines<'a> {
        let (first, _, model) = found[0];
        let against = |(engine, _, found): &(Format, &CostRow, &Measurement)| {
            let (ratio, effect) = PAIRING.of_both(&model.slope(), &found.slope());
            Against { first, engine: *engine, ratio, effect }
        };
        Engines { against: found[1..].iter().map(against).collect(), found }
    }

    fn sentence(&self) -> String {
        let (first, row, model) = self.found[0];
        let adds = self.found.iter().map(|(engine, _, found)| format!("{} with {}", added(found), engine.name()));
        let adds: Vec<String> = adds.collect();
        let place =
            format!("{}, {}, mapped {}", known(&row.file_system, Clone::clone), heading(row), row.mode.in_words());
        let bends = self.found.iter().any(|(_, _, found)| found.bends());
        let most = model.cost_model.most_mappers;
        let mean = if bends { format!("; means up to {most} mappers") } else { String::new() };
        let against: Vec<String> = self.against.iter().map(Against::in_words).collect();
        format!(
            "Formats: what a mapper adds to a {} is {} ({place}{mean}). Against {}, {}.",
            row.method,
            adds.join(", "),
            first.name(),
            against.join("; "),
        )
    }
}

/// What each mapper adds, with its interval; where that may be nothing, how much at most.
fn added(found: &Measurement) -> String {
    match significant(found) {
        Some(slope) => estimate(slope, short_ns),
        None => format!("nothing significant (at most {})", short_ns(found.slope().high.max(0.0))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::results::{CostOutcome, fixtures::cost_of_formats};

    fn said(slopes: &[(Format, Estimate)]) -> Vec<String> {
        cost_of_formats(slopes).engines(|_| true)
    }

    #[test]
    fn formats_are_compared_with_the_first_under_each_condition() {
        let [skiplist, twoskip] = [Estimate::around(2100.0, 100.0), Estimate::around(3200.0, 200.0)];
        let found = said(&[(Format::Skiplist, skiplist), (Format::Twoskip, twoskip)]);
        assert_eq!(
            found[0],
            "Formats: what a mapper adds to a commit-store is 2.1 µs (2 µs to 2.2 µs) with skiplist, 3.2 µs (3 µs to 3.4 µs) with twoskip \
             (ext4, writes and folios of 4 KiB, mapped read-write). Against skiplist, twoskip is 52 % higher (significant: ratio 1.41 to 1.65)."
        );
        assert_eq!(found.len(), 4, "two kinds of commits, two sizes of writes: {found:#?}");
        let found = said(&[
            (Format::Twoskip, twoskip),
            (Format::Skiplist, skiplist),
            (Format::Flat, Estimate::around(3210.0, 5.0)),
        ]);
        assert!(found[0].contains("Against twoskip, skiplist is 34 % lower (significant: ratio "), "{}", found[0]);
        assert!(found[0].contains("; flat is not significantly different (ratio 0.94 to 1.0"), "{}", found[0]);
        assert_eq!(said(&[(Format::Twoskip, twoskip)]), [""; 0], "nothing to be compared");
    }

    #[test]
    fn what_does_not_fit_is_not_compared_and_nothing_has_no_ratio() {
        let mut cost = cost_of_formats(&[
            (Format::Skiplist, Estimate::around(0.0, 40.0)),
            (Format::Twoskip, Estimate::around(3200.0, 200.0)),
        ]);
        let found = cost.engines(|_| true);
        assert!(found[0].contains("is nothing significant (at most 40.0 ns) with skiplist, 3.2 µs"), "{}", found[0]);
        assert!(found[0].ends_with("Against skiplist, twoskip is significantly higher."), "{}", found[0]);
        let of = |row: &CostRow| row.engine() == Some(Format::Twoskip) && row.write_size == 4096;
        for row in cost.rows.iter_mut().filter(|row| of(row)) {
            let CostOutcome::Measured(found) = &mut row.outcome else { unreachable!() };
            found.cost_model.drift = Some(0.9);
        }
        let found = cost.engines(|_| true);
        assert!(found.len() == 2 && found.iter().all(|text| text.contains("1 MiB")), "{found:#?}");
    }

    proptest! {
        /// What is called significant is so by the ratio that stands beside it, and the word goes the same way.
        #[test]
        fn no_sentence_contradicts_its_ratio(one in (1f64..1e5, 0f64..0.99), other in (1f64..1e5, 0f64..0.99)) {
            let slopes = [one, other].map(|(value, share)| Estimate::around(value, value * share));
            let cost = cost_of_formats(&[(Format::Skiplist, slopes[0]), (Format::Twoskip, slopes[1])]);
            for engines in cost.compared() {
                let (text, against) = (engines.sentence(), &engines.against[0]);
                let is_significant = text.contains("significant: ") || text.contains("is significantly ");
                if let Some(ratio) = against.ratio.value().filter(|_| is_significant) {
                    prop_assert!(!ratio.contains(1.0), "{}", text);
                }
                prop_assert_eq!(is_significant, against.effect.is_real(), "{}", text);
                prop_assert!(!is_significant || (text.contains("lower") == (slopes[1].value < slopes[0].value)), "{}", text);
            }
        }
    }
}
