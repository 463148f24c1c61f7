//! `/proc/interrupts`: what each CPU received. TLB counts shootdowns that really arrived, unlike attempts counted at the sender.
//! Architectures have different rows: each is available or not by itself.

use super::{Column, Probe, ProcFile, Source, or_absent, tracepoints};

/// The rows: TLB shootdowns, function calls, rescheduling, local timer.
const ROWS: [(&str, &str); 4] = [
    ("TLB:", "tlb_interrupts"),
    ("CAL:", "call_interrupts"),
    ("RES:", "reschedule_interrupts"),
    ("LOC:", "timer_interrupts"),
];

pub fn open() -> Source {
    or_absent(open_file("/proc/interrupts"), ROWS.map(|(_, name)| Column::counted(name)).to_vec())
}

fn open_file(path: &str) -> Probe<Source> {
    let mut file = ProcFile::open(path, "mount /proc")?;
    let text = file.read().ok_or_else(|| format!("{path}: cannot be read"))?;
    // Where the line of the CPUs' names changes, a CPU was switched on or off, and the places of all figures with it.
    let known = heading(text).to_owned();
    let cpus: Vec<String> = known.split_whitespace().map(str::to_lowercase).collect();
    let mut columns = Vec::new();
    for (row, name) in ROWS {
        let why = line(text, row).is_none().then(|| missing(path, row));
        let of_cpu = |cpu| Column { unavailable: why.clone(), ..Column::counted(&format!("{name}.{cpu}")) };
        columns.extend(cpus.iter().map(of_cpu));
    }
    Ok(Source::new(columns, move |_, values| {
        let text = file.read().filter(|text| heading(text) == known);
        for (row, _) in ROWS {
            let mut counts = text.and_then(|text| line(text, row)).unwrap_or("").split_whitespace();
            values.extend(cpus.iter().map(|_| counts.next()?.parse().ok()));
        }
    }))
}

/// Why a row is not there, and what reports the same.
fn missing(path: &str, row: &str) -> String {
    let row_name = row.trim_end_matches(':');
    let instead = match row {
        "TLB:" if tracepoints::REPORTS_FLUSHES => {
            "; tlb_flush.remote_received, where it can be read, counts those of them that had anything to drop"
        }
        "TLB:" => {
            "; where the hardware broadcasts invalidations (64-bit Arm), nobody is interrupted and nothing counts them"
        }
        _ => "",
    };
    format!("{path} has no row {row_name}: this architecture or kernel does not count it{instead}")
}

fn heading(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

fn line<'t>(text: &'t str, row: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.trim_start().strip_prefix(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHOUT_TLB: &str = "           CPU0       CPU1       \n 24:          1          0  IO-APIC   5-edge      ACPI:Ged\n\
        LOC:    1269351    1437391   Local timer interrupts\nRES:     206413     145430   Rescheduling interrupts\n\
        CAL:     288610     236265   Function call interrupts\nERR:          0\n";

    fn read(text: &str) -> (Vec<Column>, Vec<Option<u64>>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut source = open_file(file.path().to_str().unwrap()).unwrap();
        let values = source.read();
        (source.columns, values)
    }

    #[test]
    fn a_missing_row_is_unavailable_and_the_others_are_not() {
        let (columns, values) = read(WITHOUT_TLB);
        assert_eq!((&*columns[0].name, &*columns[7].name), ("tlb_interrupts.cpu0", "timer_interrupts.cpu1"));
        for column in &columns[..2] {
            let why = column.unavailable.as_ref().unwrap();
            assert!(why.contains("has no row TLB: this architecture"), "{why}");
        }
        assert!(columns[2..].iter().all(|column| column.unavailable.is_none()));
        let wanted = [None, None, Some(288_610), Some(236_265), Some(206_413), Some(145_430), Some(1_269_351)];
        assert_eq!(values[..7], wanted);
        let (columns, values) = read(&(WITHOUT_TLB.to_owned() + "TLB: 7 9 TLB shootdowns\n"));
        assert!(columns.iter().all(|column| column.unavailable.is_none()));
        assert_eq!(values[..2], [Some(7), Some(9)]);
    }

    #[test]
    fn when_a_cpu_goes_no_figure_moves_to_another() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), WITHOUT_TLB).unwrap();
        let mut source = open_file(file.path().to_str().unwrap()).unwrap();
        std::fs::write(file.path(), "           CPU1\nLOC: 1437391 Local timer interrupts\n").unwrap();
        assert_eq!(source.read(), [None; 8]);
    }
}
