//! What a commit costs now, where its limit is, and what changes would bring, from cost models and what was seen.

use super::walked;
use crate::{
    conclude::predicted::{MOST_MAPPERS, mean_multiple, saturated_mappers},
    results::{Availability, CommitCost, CommitModel, Inspection, Limit, PricedChange},
    stats::Estimate,
};

/// What commits are priced from.
#[derive(Clone, Debug)]
pub struct PricedFrom {
    /// The cost model of a commit as the file is used now; or why there is none, and what would give one.
    pub cost_model: Result<CommitModel, String>,
    /// Changes that apply, each with what it makes of the mappers.
    pub tried: Vec<Tried>,
    /// What limits the price, in sentences.
    pub notes: Vec<String>,
}

/// A change that applies here.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Its name among the mitigations, and what it is.
    pub mitigation: &'static str,
    pub meaning: &'static str,
    /// Mappers of one file then.
    pub mappers: f64,
    /// The cost model then; `None`: the same as now; or why it is unknown.
    pub cost_model: Option<Result<CommitModel, String>>,
}

/// Fills in what a commit costs, the statement and the notes.
pub fn price(found: &mut Inspection, from: PricedFrom) {
    let mappers = walked(&found.processes);
    let rate = found.load.commits_per_s.value.clone();
    let cost_model = from.cost_model.as_ref();
    let commit_ns = cost_model.map(|model| model.commit_ns(f64::from(mappers))).map_err(Clone::clone);
    let held_ns = commit_ns.clone().or_else(|why| {
        let observed = found.load.hold_ns.value.known().copied();
        observed.map_err(|unseen| format!("{why}; nor was it seen how long the lock is held: {unseen}"))
    });
    let multiple = cost_model.map_or(1.0, mean_multiple);
    let utilisation = held_ns.and_then(|held| {
        let rate = rate.known().map_err(|why| format!("commits a second are unknown: {why}"))?;
        Ok(product(*rate, held).scaled(multiple / 1e9))
    });
    found.commit_cost = CommitCost {
        mappers,
        of_mappers_ns: cost_model.map(|model| of_mappers(model, mappers)).map_err(Clone::clone).into(),
        utilisation: utilisation.into(),
        limit: cost_model.map_err(Clone::clone).and_then(|model| limit(model, mappers, &rate)).into(),
        advice: commit_ns.as_ref().map_or_else(|_| Vec::new(), |now| advice(*now, &from)),
        cost_model: from.cost_model.into(),
        commit_ns: commit_ns.into(),
    };
    found.statement = found.sentence();
    let notes = found.limits_of_price();
    found.notes.extend(from.notes.into_iter().chain(notes));
}

/// Of two figures that are at least 0.
fn product(one: Estimate, other: Estimate) -> Estimate {
    let least = |figure: f64| figure.max(0.0);
    Estimate {
        value: least(one.value) * least(other.value),
        low: least(one.low) * least(other.low),
        high: least(one.high) * least(other.high),
    }
}

/// What the mappers add to a commit: the same ends are compared, because a model's base is in both times.
fn of_mappers(model: &CommitModel, mappers: u32) -> Estimate {
    let (all, alone) = (model.commit_ns(f64::from(mappers)), model.commit_ns(0.0));
    let (one, other) = (all.low - alone.low, all.high - alone.high);
    Estimate::between(all.value - alone.value, one.min(other), one.max(other))
}

/// Where commits hold the lock all the time.
fn limit(model: &CommitModel, mappers: u32, rate: &Availability<Estimate>) -> Result<Limit, String> {
    let commit = model.commit_ns(f64::from(mappers)).scaled(mean_multiple(model));
    if commit.low <= 0.0 {
        return Err("the interval of a commit's time includes 0: a longer `mapstorm cost` narrows it".to_owned());
    }
    let commits_per_s = Estimate { value: 1e9 / commit.value, low: 1e9 / commit.high, high: 1e9 / commit.low };
    let at = |rate: f64| saturated_mappers(rate.max(f64::MIN_POSITIVE), model);
    let mappers = rate.value().filter(|rate| rate.value > 0.0).and_then(|rate| {
        let value = at(rate.value)?.value;
        let low = at(rate.high).map_or(value, |all| all.low);
        // So few commits that no number of mappers is too many.
        let high = at(rate.low).map_or(MOST_MAPPERS, |all| all.high);
        Some(Estimate { value, low, high })
    });
    Ok(Limit { commits_per_s, mappers })
}

/// Changes that lower the cost significantly, what lowers it most first; then those whose cost is unknown.
fn advice(now: Estimate, from: &PricedFrom) -> Vec<PricedChange> {
    let priced = from.tried.iter().filter_map(|tried| {
        let then = match (&tried.cost_model, &from.cost_model) {
            (Some(Ok(model)), _) | (None, Ok(model)) => Ok(model.commit_ns(tried.mappers)),
            (Some(Err(why)), _) | (None, Err(why)) => Err(why.clone()),
        };
        let is_same_model = tried.cost_model.is_none();
        if then.as_ref().is_ok_and(|then| !is_lower(then, &now, is_same_model)) {
            return None;
        }
        Some(PricedChange {
            mitigation: tried.mitigation.to_owned(),
            what_to_do: tried.meaning.to_owned(),
            commit_ns: then.into(),
        })
    });
    let mut advice: Vec<PricedChange> = priced.collect();
    let then = |change: &PricedChange| change.commit_ns.value().map_or(f64::INFINITY, |then| then.value);
    advice.sort_by(|one, other| then(one).total_cmp(&then(other)));
    advice
}

/// Whether a time is significantly lower than that of now.
fn is_lower(then: &Estimate, now: &Estimate, is_same_model: bool) -> bool {
    match is_same_model {
        // Base and slope are the same ones: what is uncertain in both times is so in the same direction.
        true => then.value < now.value && then.low < now.low && then.high < now.high,
        false => then.high < now.low,
    }
}
