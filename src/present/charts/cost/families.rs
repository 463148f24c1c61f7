//! Which methods share a chart: those of one kind, and no more lines in a panel than a reader can distinguish.
//! Methods that no family knows get charts of their own, so that nothing measured is left out.

use super::site::{MODES, Site};
use crate::{
    present::charts::{axis::range, unique},
    results::{CostRow, Measurement},
    scenario::MapMode,
};

/// Name, title, and methods of each family; the last but one has methods that no other knows, the last those that are emulated.
const FAMILIES: [(&str, &str, &[&str]); 7] = [
    ("commits", "Commits and synced writes", &["commit-store", "commit-replace", "commit-delete", "pwrite+fdatasync"]),
    ("syncs", "Other synced updates", &["pwrite+fsync", "store+msync-sync", "append"]),
    ("stores", "Updates that are not synced", &["pwrite", "store", "store+msync-async", "store+msync-invalidate"]),
    ("sizes", "Files that grow, shrink or get a hole", &["grow", "shrink", "punch"]),
    ("mappings", "Mappings and the page cache", &["replace", "remap", "mprotect", "drop", "pageout"]),
    ("others", "Other methods", &[]),
    ("emulated", "Emulated methods", &[]),
];
/// With more lines in a panel, or longest times that differ more, each open mode has its own.
const LINES: usize = 4;
const SAME_SCALE: f64 = 8.0;
/// Most panels of a chart.
const PANELS: usize = 6;

pub struct Sheet<'a> {
    pub stem: String,
    pub title: &'static str,
    /// Panels in a row.
    pub columns: usize,
    /// Row by row; one without cost models is left blank.
    pub panels: Vec<Facet<'a>>,
}

pub struct Facet<'a> {
    pub title: String,
    pub rows: Vec<&'a CostRow>,
}

impl<'a> Facet<'a> {
    pub fn measured(&self) -> impl Iterator<Item = (&'a CostRow, &'a Measurement)> {
        self.rows.iter().filter_map(|row| Some((*row, row.measured()?)))
    }
}

/// What was measured in a directory, chart by chart.
pub fn sheets<'a>(site: &Site<'a>) -> Vec<Sheet<'a>> {
    let sheets = FAMILIES.into_iter().enumerate().flat_map(|(place, (stem, title, _))| {
        let rows: Vec<_> = site.measured().filter(|row| family_of(row) == place).collect();
        family(stem, title, &rows)
    });
    sheets.collect()
}

/// The place of a row's family.
fn family_of(row: &CostRow) -> usize {
    let known = FAMILIES.iter().position(|(_, _, names)| names.contains(&row.method.as_str()));
    if row.emulated { FAMILIES.len() - 1 } else { known.unwrap_or(FAMILIES.len() - 2) }
}

fn family<'a>(stem: &str, title: &'static str, rows: &[&'a CostRow]) -> Vec<Sheet<'a>> {
    let methods = unique(rows.iter().map(|row| row.update()));
    let of_method = |method: &str| rows.iter().filter(|row| row.update() == method).copied().collect::<Vec<_>>();
    let modes: Vec<_> = MODES.into_iter().filter(|mode| rows.iter().any(|row| row.mode == *mode)).collect();
    let longest = |rows: &[&CostRow], mode: MapMode| {
        let of_mode = rows.iter().filter(|row| row.mode == mode).filter_map(|row| row.measured());
        of_mode.flat_map(|found| &found.levels).map(|level| level.median_ns).fold(0.0, f64::max)
    };
    let is_too_much = |rows: &[&CostRow]| {
        let ends = range(modes.iter().map(|mode| longest(rows, *mode)));
        rows.len() > LINES || ends.is_some_and(|(least, most)| most > SAME_SCALE * least)
    };
    let split = modes.len() > 1 && methods.iter().any(|method| is_too_much(&of_method(method)));
    let at_once = if split { PANELS / modes.len() } else { PANELS };
    let mut sheets = Vec::new();
    for (number, methods) in methods.chunks(at_once).enumerate() {
        let mut panels = Vec::new();
        for method in methods {
            let rows = of_method(method);
            let name =
                if rows.iter().any(|row| row.emulated) { format!("{method} (emulated)") } else { method.clone() };
            if !split {
                panels.push(Facet { title: name, rows });
                continue;
            }
            for mode in &modes {
                let rows = rows.iter().filter(|row| row.mode == *mode).copied().collect();
                panels.push(Facet { title: format!("{name}, {}", mode.in_words()), rows });
            }
        }
        let columns = match panels.len() {
            _ if split => modes.len(),
            4 => 2,
            count => count.min(3),
        };
        let stem = if number == 0 { stem.to_owned() } else { format!("{stem}-{}", number + 1) };
        sheets.push(Sheet { stem, title, columns, panels });
    }
    sheets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::update::METHODS;

    #[test]
    fn every_method_has_a_family() {
        let names: Vec<_> = FAMILIES.iter().flat_map(|(_, _, names)| names.iter().copied()).collect();
        let real: Vec<_> = METHODS.iter().filter(|method| !method.emulated).map(|method| method.name).collect();
        for name in &real {
            assert_eq!(names.iter().filter(|known| *known == name).count(), 1, "{name}");
        }
        assert_eq!(names.len(), real.len());
    }
}
