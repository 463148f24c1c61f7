//! What a ranking keeps of a run: its figures, not its response times. So thousands of runs are ranked in little memory, each is read once.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{cautions, cautions::Caution, loaded_run::LoadedRun, machine, matching};
use crate::{
    conclude::judge_again,
    results::{Fact, Judgement, Machine, Provenance, Verdict},
    scenario::Clause,
};

/// A run, as far as its row in a ranking rests on it.
#[derive(Clone, Debug)]
pub struct RankedRun {
    pub directory: String,
    /// The keys of its scenario, without its objectives.
    pub keys: BTreeMap<String, String>,
    pub(super) machine: Machine,
    pub(super) facts: Vec<Fact>,
    pub(super) provenance: Provenance,
    pub(super) verdict: Option<Verdict>,
    /// Of the readers' response time p50, p99 and the longest, and of the commits' p99; nanoseconds.
    pub(super) reader_ns: [Option<f64>; 3],
    pub(super) commit_p99_ns: Option<f64>,
    pub(super) reads: u64,
    pub(super) completed_share: Option<f64>,
    pub(super) longest_freeze_ns: f64,
    pub(super) finding: Option<String>,
    pub(super) cautions: Vec<Caution>,
    /// The same of one and the same result only.
    pub(super) identity: [u8; 32],
    /// The same of repeats: runs on the same machine that differ in nothing but the seed and what changes no load.
    pub(super) of_repeats: [u8; 32],
}

impl RankedRun {
    /// Judged by these objectives, which may not be those of its scenario.
    pub fn of(side: &LoadedRun, objectives: &[Clause]) -> RankedRun {
        let (run, machine, keys) = (&side.run, Machine::of(&side.run), matching::keys(&side.run));
        let quantile = |role: usize, q: f64| Some(side.of_role(role)?.supported_quantile(q)? as f64);
        let operations: Vec<_> = side
            .operations
            .iter()
            .map(|operation| (operation.role, &operation.name, operation.all.values(), &operation.row))
            .collect();
        RankedRun {
            directory: side.directory.display().to_string(),
            facts: machine::of_run(run),
            provenance: run.provenance(),
            verdict: judged(side, objectives),
            reader_ns: [quantile(0, 0.5), quantile(0, 0.99), quantile(0, 1.0)],
            commit_p99_ns: quantile(1, 0.99),
            reads: side.of_role(0).map_or(0, |operation| operation.count()),
            completed_share: run.summary.completed_share(),
            longest_freeze_ns: side.longest_freeze_ns() as f64,
            finding: run.diagnosis.findings.first().map(|finding| finding.cause.clone()),
            cautions: cautions::of_run(side),
            identity: digest(&(run, operations)),
            of_repeats: digest(&(&machine, matching::load(run))),
            machine,
            keys,
        }
    }
}

fn digest(value: &impl serde::Serialize) -> [u8; 32] {
    // Results are made of strings and numbers: they can be written.
    Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into()
}

/// By objectives that may not be those of its scenario.
fn judged(side: &LoadedRun, objectives: &[Clause]) -> Option<Verdict> {
    if let Some(why) = &side.left_out {
        // Judged once, by the objectives of its scenario; without its log it cannot be judged by others.
        let is_judged = side.run.scenario.slo.clauses == objectives;
        let again = || Verdict { outcome: Judgement::Invalid, reasons: vec![why.clone()], clauses: Vec::new() };
        return if is_judged { side.run.diagnosis.verdict.clone() } else { Some(again()) };
    }
    judge_again(side, objectives)
}
