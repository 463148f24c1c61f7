//! What is predicted for a run before it is run: the cost model of one commit, and what waits for the lock meanwhile.
//! The cost model comes from small measurements of its own, for mitigations calibrated on the baseline; never from the run that the prediction is
//! compared with.

use crate::conclude::predicted::{Basis, ENDS, held, mappers, predict};
use crate::results::{PredictedFigures, Run};
use crate::scenario::Scenario;
use crate::stats::{Estimate, Prediction};

/// Key figures of a scenario as predicted: with the values of the cost model, and with both ends of its intervals.
pub fn prediction(scenario: &Scenario, basis: &Basis<'_>) -> PredictedFigures {
    let all = ENDS.map(|end| predict(scenario, basis, end));
    let estimate = |figure: &dyn Fn(&Prediction) -> f64| {
        let [value, low, high] = all.each_ref().map(figure);
        Estimate { value, low: value.min(low).min(high), high: value.max(low).max(high) }
    };
    PredictedFigures {
        hold_base_ns: basis.cost_model.base_ns,
        hold_per_mapper_ns: basis.cost_model.per_mapper_ns,
        source: basis.cost_model.source.clone(),
        mappers: mappers(scenario) as u32,
        reader_cpu_ns: basis.reader_cpu_ns,
        utilisation: held(scenario, basis.cost_model),
        reader_p50_ns: estimate(&|p| p.reader_response_ns(0.5)),
        reader_p99_ns: estimate(&|p| p.reader_response_ns(0.99)),
        commit_p50_ns: estimate(&|p| p.commit_response_ns(0.5)),
        commit_p99_ns: estimate(&|p| p.commit_response_ns(0.99)),
        readers_completed_share: estimate(&|p| p.readers_completed),
        commits_completed_share: estimate(&|p| p.commits_completed),
        longest_wait_ns: estimate(&|p| p.longest_wait_ns),
    }
}

/// CPU time of a reader each time that it gets a CPU, nanoseconds: by what herds took after commits, and no less than what an operation
/// takes without its wait for the lock. `None`: no reader completed anything.
pub fn reader_cpu_ns(run: &Run) -> Option<f64> {
    run.reader_own_ns().map(|own| own.max(run.reader_turn_ns().unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailboxes::Phase;
    use crate::results::{CommitModel, Series, fixtures};

    fn predicted(sets: &[&str], per_mapper_ns: Estimate) -> PredictedFigures {
        let text = "[file]\nsize = '1MiB'\n[readers]\ncount = 1200\nrate = '1/s'\n[writer]\nrate = '10/s'\n";
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let scenario = Scenario::parse("x", text, &sets).unwrap();
        let cost_model = CommitModel::straight(Estimate::around(3e6, 0.0), per_mapper_ns, "made up".to_owned());
        prediction(&scenario, &Basis { cost_model: &cost_model, reader_cpu_ns: 50e3, cpus: 2.0 })
    }

    #[test]
    fn a_commit_in_a_twelfth_of_the_mappers_holds_the_lock_for_that_much_less() {
        let slope = Estimate { value: 10e3, low: 9e3, high: 11e3 };
        let (whole, split) = (predicted(&[], slope), predicted(&["instances.count=12"], slope));
        assert_eq!((whole.mappers, split.mappers), (1201, 101));
        // 3 ms + 1201 · 10 µs at ten a second, and 3 ms + 101 · 10 µs at ten a second shared by twelve.
        assert!((whole.utilisation.value - 0.1501).abs() < 1e-3, "{whole:?}");
        assert!((split.utilisation.value - 0.0033).abs() < 1e-3, "{split:?}");
        assert!(split.commit_p50_ns.value < whole.commit_p50_ns.value / 3.0);
        assert!(split.reader_p99_ns.value < whole.reader_p99_ns.value);
        let p50 = whole.commit_p50_ns;
        assert!(p50.low < p50.value && p50.value < p50.high, "{p50:?}");
        assert!(whole.readers_completed_share.low > 0.9 && whole.commits_completed_share.low > 0.9, "{whole:?}");
    }

    #[test]
    fn the_cpu_time_of_a_read_leaves_out_its_wait() {
        let mut run = fixtures::run(&fixtures::outcome());
        // The sample has two waits for the lock and no other phase.
        assert_eq!(reader_cpu_ns(&run), Some(0.0));
        let search = run.summary.rows.iter().find(|row| row.series == Series::Phase(Phase::Lock)).unwrap().clone();
        run.summary.rows.push(crate::results::Row {
            series: Series::Phase(Phase::Search),
            p50_ns: 3000,
            count: 3,
            ..search
        });
        assert_eq!(reader_cpu_ns(&run), Some(3000.0));
        run.summary.rows.clear();
        assert_eq!(reader_cpu_ns(&run), None);
    }
}
