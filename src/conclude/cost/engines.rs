//! What a commit costs a mapper with one database format and with another. The first format is what the others are compared with; all
//! comparisons of a result are one family, so that the more are made the less chance decides.

use super::{heading, together::significant};
use crate::{
    conclude::{
        ab::LEAST_EFFECT,
        compare::{
            conclusion::{Test, adjusted, corrected},
            cost::of_both,
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
            let (ratio, effect) = of_both(&model.slope(), &found.slope(), false, LEAST_EFFECT);
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
