//! How the machine fares while the file is watched: interrupts that drop translations, pressure, and CPU quotas.

use crate::os::{
    counters::Counters,
    facts::{Column, Probe},
};

/// What changed since the reading before.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineChange {
    /// TLB interrupts that all CPUs received.
    pub tlb_interrupts: Probe<f64>,
    /// How long some task waited for a CPU, memory, I/O, microseconds.
    pub pressure_us: [Probe<f64>; 3],
    /// Share of the periods of a CPU quota in which it was used up.
    pub throttled: Probe<f64>,
}

impl MachineChange {
    pub fn read(counters: &mut Counters) -> MachineChange {
        let values = counters.read(&|_| false);
        of_values(counters.described(), &values)
    }
}

fn of_values(columns: &[Column], values: &[Option<f64>]) -> MachineChange {
    let sum = |family: &str| {
        let its = || columns.iter().zip(values).filter(|(column, _)| Column::family(&column.name) == family);
        if its().next().is_none() {
            return Err(format!("this system does not report {family}"));
        }
        let why = its().find_map(|(column, _)| column.unavailable.clone());
        let sum = its().map(|(_, value)| *value).sum::<Option<f64>>();
        sum.ok_or_else(|| why.unwrap_or_else(|| format!("{family} could not be read, or was reset, in this interval")))
    };
    let periods = sum("cpu_quota_periods");
    let throttled = sum("cpu_quota_throttled_periods");
    MachineChange {
        tlb_interrupts: sum("tlb_interrupts"),
        pressure_us: ["pressure_cpu_some_us", "pressure_memory_some_us", "pressure_io_some_us"].map(sum),
        // Without a quota there are no periods, and it keeps no process from running.
        throttled: periods
            .and_then(|periods| throttled.map(|used| if periods > 0.0 { (used / periods).min(1.0) } else { 0.0 })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_added_up_over_cpus_and_what_is_missing_says_why() {
        let names = [
            "tlb_interrupts.cpu0",
            "tlb_interrupts.cpu1",
            "pressure_cpu_some_us",
            "cpu_quota_periods",
            "cpu_quota_throttled_periods",
        ];
        let mut columns: Vec<Column> = names.map(Column::counted).into();
        columns.push(Column::counted("pressure_io_some_us").unavailable("no pressure; boot with psi=1"));
        let values = [Some(3.0), Some(4.0), Some(50.0), Some(20.0), Some(5.0), None];
        let found = of_values(&columns, &values);
        assert_eq!((found.tlb_interrupts, found.throttled), (Ok(7.0), Ok(0.25)));
        let [cpu, memory, io] = found.pressure_us;
        assert_eq!(cpu, Ok(50.0));
        assert!(memory.unwrap_err().contains("does not report") && io.unwrap_err().contains("psi=1"));
        let reset = of_values(&columns, &[Some(3.0), None, None, Some(0.0), Some(0.0), None]);
        assert!(reset.tlb_interrupts.unwrap_err().contains("reset"));
        assert_eq!(reset.throttled, Ok(0.0), "no quota");
    }

    #[test]
    fn this_machine_answers_or_says_why_not() {
        let found = MachineChange::read(&mut Counters::open_live(None));
        let why = found
            .pressure_us
            .iter()
            .chain([&found.tlb_interrupts, &found.throttled])
            .filter_map(|it| it.as_ref().err());
        assert!(why.into_iter().all(|why| !why.is_empty()));
    }
}
