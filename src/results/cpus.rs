//! How many CPUs may be used: two figures, because affinity and a control group's quota limit it in different ways.
//! With a quota all CPUs may be used until the period's time is used up; then all processes of the group wait for the next period.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Availability, fact};
use crate::{
    os::{facts, limits},
    scenario::units::format_duration_ns,
};

/// The tightest CPU quota that binds a process: so much CPU time in each period, over all CPUs together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CpuQuota {
    /// Who has it: the directory of a control group; on illumos, a resource control.
    pub group: String,
    /// What sets it there: `cpu.max`, `cpu.cfs_quota_us`; on illumos, `prctl`.
    pub setting: String,
    /// CPU time, microseconds.
    pub quota_us: u64,
    /// The period that it is for, microseconds.
    pub period_us: u64,
}

/// `null`: there is no quota.
pub type Quota = Availability<Option<CpuQuota>>;

impl CpuQuota {
    /// Asks the system about this process.
    pub fn probe() -> Quota {
        let convert = |quota: facts::CpuQuota| CpuQuota {
            group: quota.group.display().to_string(),
            setting: quota.setting.to_owned(),
            quota_us: quota.quota_us,
            period_us: quota.period_us,
        };
        limits::cpu_quota().map(|quota| quota.map(convert)).into()
    }

    pub fn cpus(&self) -> f64 {
        self.quota_us as f64 / self.period_us.max(1) as f64
    }

    /// The warning before a run on `allowed` CPUs; `None`: the quota allows all of them.
    pub fn warning(&self, allowed: Option<u64>) -> Option<String> {
        let binds = allowed.is_none_or(|cpus| self.cpus() < cpus as f64);
        binds.then(|| {
            format!(
                "CPU quota: {self}; whenever that is used up, all workers wait together (cause cpu-quota): raise {} there, or run \
                 outside of the group",
                self.setting
            )
        })
    }
}

impl fmt::Display for CpuQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |us: u64| format_duration_ns(us.saturating_mul(1000));
        let (quota, period) = (time(self.quota_us), time(self.period_us));
        write!(f, "{} CPUs ({quota} of every {period}, {} of {})", short(self.cpus()), self.setting, self.group)
    }
}

/// Both figures, such as `2 CPUs`, `2 CPUs (quota: 0.05)`.
pub fn cpus_in_short(allowed: &Availability<u64>, quota: &Quota) -> String {
    let cpus = match allowed.value() {
        Some(1) => "1 CPU".to_owned(),
        Some(cpus) => format!("{cpus} CPUs"),
        None => "CPUs unavailable".to_owned(),
    };
    match quota.value() {
        Some(Some(quota)) => format!("{cpus} (quota: {})", short(quota.cpus())),
        _ => cpus,
    }
}

/// How much CPU time there is in each second: what affinity and quota leave together. `None`: unknown.
pub fn cpus_usable(allowed: &Availability<u64>, quota: &Quota) -> Option<f64> {
    let allowed = *allowed.value()? as f64;
    match quota.value() {
        Some(Some(quota)) => Some(allowed.min(quota.cpus())),
        _ => Some(allowed),
    }
}

pub fn quota_text(quota: &Quota) -> String {
    fact(quota, |quota| quota.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string))
}

fn short(cpus: f64) -> String {
    let text = format!("{cpus:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota() -> CpuQuota {
        CpuQuota { group: "/g".to_owned(), setting: "cpu.max".to_owned(), quota_us: 5000, period_us: 100_000 }
    }

    #[test]
    fn affinity_and_quota_are_two_figures() {
        let (two, bound) = (Availability::Value(2), Availability::Value(Some(quota())));
        assert_eq!(cpus_in_short(&two, &bound), "2 CPUs (quota: 0.05)");
        assert_eq!(cpus_in_short(&two, &Availability::Value(None)), "2 CPUs");
        assert_eq!(cpus_in_short(&Availability::Value(1), &Quota::not_recorded()), "1 CPU");
        assert_eq!(cpus_usable(&two, &bound), Some(0.05));
        assert_eq!(cpus_usable(&two, &Availability::Value(None)), Some(2.0));
        assert_eq!(cpus_usable(&Availability::Unavailable { unavailable: "?".to_owned() }, &bound), None);
        assert_eq!(quota().to_string(), "0.05 CPUs (5 ms of every 100 ms, cpu.max of /g)");
        assert_eq!(quota_text(&Availability::Value(None)), "none");
        assert!(quota_text(&Quota::not_recorded()).starts_with("unavailable: not recorded"));
    }

    #[test]
    fn only_a_binding_quota_has_a_warning() {
        assert!(quota().warning(Some(2)).unwrap().contains("raise cpu.max there"));
        assert_eq!(CpuQuota { quota_us: 200_000, ..quota() }.warning(Some(2)), None);
        assert_eq!(CpuQuota { quota_us: 150_000, ..quota() }.warning(Some(1)), None);
    }

    #[test]
    fn no_quota_and_an_unknown_one_differ_in_json() {
        for (quota, json) in [
            (Availability::Value(None), "null".to_owned()),
            (Quota::not_recorded(), "{\"unavailable\":\"not recorded by the version that measured this\"}".to_owned()),
        ] {
            assert_eq!(serde_json::to_string::<Quota>(&quota).unwrap(), json);
            assert_eq!(serde_json::from_str::<Quota>(&json).unwrap(), quota);
        }
        let bound: Quota = Availability::Value(Some(quota()));
        assert_eq!(serde_json::from_str::<Quota>(&serde_json::to_string(&bound).unwrap()).unwrap(), bound);
    }
}
