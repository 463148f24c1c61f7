//! `/proc/interrupts`: what each CPU received. TLB counts shootdowns that really arrived, unlike attempts counted at the sender.

use super::{Column, ProcFile, Source, Subject, Told};

/// The rows: TLB shootdowns, function calls, rescheduling, local timer.
const ROWS: [(&str, &str); 4] = [
    ("TLB:", "tlb_interrupts"),
    ("CAL:", "call_interrupts"),
    ("RES:", "reschedule_interrupts"),
    ("LOC:", "timer_interrupts"),
];

struct Interrupts {
    file: ProcFile,
    rows: Vec<(&'static str, &'static str)>,
    cpus: Vec<String>,
}

pub fn open(_: Subject<'_>) -> Told<Box<dyn Source>> {
    let mut file = ProcFile::open("/proc/interrupts", "mount /proc")?;
    let text = file.read().ok_or("/proc/interrupts: cannot be read")?;
    let cpus: Vec<String> = text.lines().next().unwrap_or("").split_whitespace().map(str::to_lowercase).collect();
    let has = |row: &str| text.lines().any(|line| line.trim_start().starts_with(row));
    let rows: Vec<_> = ROWS.into_iter().filter(|(row, _)| has(row)).collect();
    if rows.is_empty() {
        return Err(
            "/proc/interrupts has none of the rows TLB, CAL, RES, LOC: this architecture counts otherwise".to_owned()
        );
    }
    Ok(Box::new(Interrupts { file, rows, cpus }))
}

impl Source for Interrupts {
    fn columns(&self) -> Vec<Column> {
        let of_row =
            |name: &str| self.cpus.iter().map(|cpu| Column::counted(&format!("{name}.{cpu}"))).collect::<Vec<_>>();
        self.rows.iter().flat_map(|(_, name)| of_row(name)).collect()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        let text = self.file.read();
        for (row, _) in &self.rows {
            let line = text.and_then(|text| text.lines().find_map(|line| line.trim_start().strip_prefix(row)));
            let mut counts = line.unwrap_or("").split_whitespace().map(|count| count.parse().ok());
            values.extend(self.cpus.iter().map(|_| counts.next().flatten()));
        }
    }
}
