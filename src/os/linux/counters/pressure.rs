//! Pressure stall information: how long somebody (`some`) or everybody (`full`) waited for CPU, memory or I/O.

use super::{Column, ProcFile, Source, Subject, Told};

const REMEDY: &str = "the kernel needs CONFIG_PSI, and psi=1 on its command line where that is off";
const ALL: [(&str, &str, &str); 5] = [
    ("cpu", "some", "pressure_cpu_some_us"),
    ("io", "some", "pressure_io_some_us"),
    ("io", "full", "pressure_io_full_us"),
    ("memory", "some", "pressure_memory_some_us"),
    ("memory", "full", "pressure_memory_full_us"),
];

struct Pressure {
    files: Vec<(&'static str, ProcFile)>,
}

pub fn open(_: Subject<'_>) -> Told<Box<dyn Source>> {
    let mut files = Vec::new();
    for resource in ["cpu", "io", "memory"] {
        let mut file = ProcFile::open(&format!("/proc/pressure/{resource}"), REMEDY)?;
        file.read().ok_or_else(|| format!("/proc/pressure/{resource}: cannot be read; {REMEDY}"))?;
        files.push((resource, file));
    }
    Ok(Box::new(Pressure { files }))
}

impl Source for Pressure {
    fn columns(&self) -> Vec<Column> {
        ALL.iter().map(|(_, _, name)| Column::counted(name)).collect()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        for (resource, file) in &mut self.files {
            let text = file.read();
            let total = |kind: &str| {
                let line = text?.lines().find(|line| line.starts_with(kind))?;
                line.rsplit_once("total=")?.1.trim().parse().ok()
            };
            values.extend(ALL.iter().filter(|(of, _, _)| of == resource).map(|(_, kind, _)| total(kind)));
        }
    }
}
