//! Reading kernel statistics (kstat(3KSTAT)), as numbers. Which ones there are differs between zones and processor sets.
//! `os/illumos_facts` says which of them become which columns.

use kstat_rs::{Ctl, Data, NamedData};

use super::facts::Probe;

/// The kernel's list of statistics, as of the moment when it was opened.
pub struct Kstats(Ctl);

fn number(value: &NamedData<'_>) -> Option<u64> {
    match value {
        NamedData::Int32(value) => u64::try_from(*value).ok(),
        NamedData::UInt32(value) => Some(u64::from(*value)),
        NamedData::Int64(value) => u64::try_from(*value).ok(),
        NamedData::UInt64(value) => Some(*value),
        NamedData::Char(_) | NamedData::String(_) => None,
    }
}

impl Kstats {
    pub fn open() -> Probe<Kstats> {
        Ctl::new().map(Kstats).map_err(|error| format!("kstat_open: {error}"))
    }

    /// Hands `show` all numbers of those kstats of a module that `wanted` accepts by instance and name: instance, statistic, value.
    pub fn visit(&self, module: &str, wanted: impl Fn(i32, &str) -> bool, mut show: impl FnMut(i32, &str, u64)) {
        for mut kstat in self.0.filter(Some(module), None, None).filter(|k| wanted(k.ks_instance, k.ks_name)) {
            // A CPU that was taken away since, or one of another processor set: it reports nothing.
            let Ok(Data::Named(all)) = self.0.read(&mut kstat) else { continue };
            for statistic in &all {
                if let Some(value) = number(&statistic.value) {
                    show(kstat.ks_instance, statistic.name, value);
                }
            }
        }
    }

    /// One number; `None` if there is no such statistic here.
    pub fn value(&self, module: &str, instance: i32, name: &str, statistic: &str) -> Option<u64> {
        let mut found = None;
        let wanted = |found: i32, kstat: &str| found == instance && kstat == name;
        self.visit(module, wanted, |_, one, value| {
            if one == statistic {
                found = Some(value);
            }
        });
        found
    }

    pub fn text(&self, module: &str, instance: i32, name: &str, statistic: &str) -> Option<String> {
        let mut kstat = self.0.filter(Some(module), Some(instance), Some(name)).next()?;
        let Ok(Data::Named(all)) = self.0.read(&mut kstat) else { return None };
        all.iter().find(|one| one.name == statistic).and_then(|one| match &one.value {
            NamedData::String(text) => Some((*text).to_owned()),
            NamedData::Char(bytes) => {
                let text: Vec<u8> = bytes.iter().copied().take_while(|byte| *byte != 0).collect();
                String::from_utf8(text).ok()
            }
            _ => None,
        })
    }

    pub fn raw(&self, module: &str, instance: i32, name: &str) -> Option<Vec<u8>> {
        let mut kstat = self.0.filter(Some(module), Some(instance), Some(name)).next()?;
        match self.0.read(&mut kstat) {
            Ok(Data::Raw(blocks)) => Some(blocks.concat()),
            _ => None,
        }
    }

    /// The numbers of the CPUs that have a kstat of that name, ascending: all of them, or those of this zone's processor set.
    pub fn cpus(&self, name: &str) -> Vec<i32> {
        let of_cpu = self.0.filter(Some("cpu"), None, Some(name));
        let mut cpus: Vec<i32> = of_cpu.map(|kstat| kstat.ks_instance).collect();
        cpus.sort_unstable();
        cpus.dedup();
        cpus
    }
}
