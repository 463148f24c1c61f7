//! Pressure stall information: how long somebody (`some`) or everybody (`full`) waited for CPU, I/O or memory, in total.
//! `full` of the CPU is missing before Linux 5.13; since then it is zero for the whole machine, by definition.

use super::{
    Column, Source, Subject,
    texts::{Datum, Text},
};

const REMEDY: &str = "the kernel needs CONFIG_PSI, and psi=1 on its command line where that is off";
const WHY: &str = "kernels before 5.13 have none for the CPU";
const RESOURCES: [&str; 3] = ["cpu", "io", "memory"];

pub fn open(_: Subject<'_>) -> Box<dyn Source> {
    Box::new(below("/proc/pressure"))
}

fn below(directory: &str) -> Vec<Text> {
    RESOURCES
        .map(|resource| {
            let data = ["some", "full"].map(|kind| {
                let name = format!("pressure_{resource}_{kind}_us");
                Datum::new(Column::counted(&name), &format!("line `{kind}`"), move |text| total(text, kind))
            });
            Text::open(&format!("{directory}/{resource}"), REMEDY, WHY, data.into())
        })
        .into()
}

/// Microseconds of a line such as `some avg10=0.00 avg60=0.00 avg300=0.00 total=7`.
fn total(text: &str, kind: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.split(' ').next() == Some(kind))?;
    line.rsplit_once("total=")?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn all_six_are_told_and_a_kernel_that_has_five_tells_those() {
        let directory = tempfile::tempdir().unwrap();
        let line = |kind: &str, total: u32| format!("{kind} avg10=0.00 avg60=0.00 avg300=0.00 total={total}\n");
        fs::write(directory.path().join("cpu"), line("some", 1)).unwrap();
        fs::write(directory.path().join("io"), line("some", 3) + &line("full", 4)).unwrap();
        fs::write(directory.path().join("memory"), line("some", 5) + &line("full", 6)).unwrap();
        let mut texts = below(directory.path().to_str().unwrap());
        let mut values = Vec::new();
        texts.read(&|_| true, &mut values);
        assert_eq!(values, [Some(1), None, Some(3), Some(4), Some(5), Some(6)]);
        let columns = texts.columns();
        assert_eq!(columns[1].name, "pressure_cpu_full_us");
        assert!(columns[1].unavailable.as_ref().unwrap().contains("has no line `full`: kernels before 5.13"));
        assert_eq!(columns.iter().filter(|column| column.unavailable.is_none()).count(), 5);
        fs::remove_file(directory.path().join("memory")).unwrap();
        let columns = below(directory.path().to_str().unwrap()).columns();
        assert_eq!(
            columns.iter().filter(|column| column.unavailable.is_none()).count(),
            3,
            "the other files still tell"
        );
    }
}
