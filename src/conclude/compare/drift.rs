//! What may have changed between two runs that were made one after the other, and what of it was seen: they cannot exclude it.

use super::{loaded_run::LoadedRun, matching};
use crate::{
    conclude::{
        claim::{Remark, needed},
        wording::known,
    },
    results::{Availability, Comparability, ComparedRun, Comparison, Drift, KeyDifference, MatchedResult},
    scenario::units::{factor, format_duration_ns},
};

/// `None`: it is one and the same result.
pub fn between(a: &LoadedRun, b: &LoadedRun, scenario: &[KeyDifference]) -> Option<Drift> {
    let control = |side: &LoadedRun| {
        let control = side.run.recording.as_ref().and_then(|recording| recording.control.as_ref());
        let control = control.filter(|control| control.completed >= needed(0.5));
        control.and_then(|control| control.p50_ns).ok_or("a run has no control span with enough reads")
    };
    // What differs in the writer alone is not there in a control span.
    let are_alike =
        |key: &KeyDifference| key.comparability == Comparability::Neutral || matching::names("writer", &key.key);
    let ratio = match scenario.iter().all(are_alike) {
        true => control(a).and_then(|a| control(b).map(|b| b as f64 / a.max(1) as f64)),
        false => Err("the readers, the file or the times are not the same"),
    };
    (!a.is_same_as(b)).then(|| Drift {
        apart_ns: apart_ns(&a.run.started, &b.run.started).ok_or_else(|| "no time of a start".to_owned()).into(),
        control_ratio: ratio.map_err(str::to_owned).into(),
    })
}

fn apart_ns(one: &str, other: &str) -> Option<u64> {
    let [one, other] = [one, other].map(|started| started.parse::<jiff::Timestamp>().ok());
    u64::try_from(other?.duration_since(one?).abs().as_nanos()).ok()
}

/// The same of results that hold many measurements; `None`: all of them are one.
pub fn of_all(results: &[MatchedResult]) -> Option<Remark> {
    let apart = results.iter().filter_map(|other| apart_ns(&results[0].started, &other.started)).max();
    let apart = apart.filter(|apart| *apart > 0)?;
    let apart = format_duration_ns(apart);
    let words = format!(
        "the results began up to {apart} apart: what changed on a machine meanwhile is in the ratios, and no interval holds it"
    );
    Some(Remark::new("Drift: ", words))
}

/// What a comparison cannot exclude, and what would; `None`: nothing.
pub fn remark(Comparison { a, b, drift, .. }: &Comparison) -> Option<Remark> {
    let drift = drift.as_ref()?;
    let apart = known(&drift.apart_ns, |apart| format!("began {} apart", format_duration_ns(*apart)));
    let hosts = [a, b].map(|run: &ComparedRun| &run.machine.host);
    let excluded = match hosts[0] == hosts[1] {
        true => "only interleaved runs exclude drift, and `mapstorm ab` makes them",
        false => "repeat both, in turns: interleaved runs alone exclude drift, and on two hosts they cannot be made",
    };
    let control = match &drift.control_ratio {
        Availability::Value(ratio) => format!(
            ". In their control spans, the same readers without a writer, the median response time of B is {} times that of A: what \
             that differs from 1 by is drift or chance",
            factor(*ratio)
        ),
        Availability::Unavailable { unavailable } => format!(". How much it was is unavailable: {unavailable}"),
    };
    let words = format!(
        "the runs {apart}. A machine, and a virtual one above all, may be faster or slower later on, with nothing changed: {excluded}{control}"
    );
    Some(Remark::new("Drift: ", words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_that_between_the_starts_whichever_was_first() {
        let (early, late) = ("2026-11-25T10:00:00Z", "2026-11-25T10:17:30.5Z");
        assert_eq!(apart_ns(early, late), Some(1_050_500_000_000));
        assert_eq!(apart_ns(late, early), apart_ns(early, late));
        assert_eq!(apart_ns("yesterday", late), None);
    }
}
