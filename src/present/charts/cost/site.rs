//! A directory that was measured, with its rows: each has charts of its own, named by its file system.
//! Colours go by write size, the same in all charts of a result.

use plotters::style::RGBColor;

use crate::{
    present::{
        charts::{Shape, chart::stem, series, unique},
        heading,
    },
    results::{Cost, CostRow, Measurement},
    scenario::{MapMode, units::format_bytes},
    stats::Estimate,
};

pub struct Site<'a> {
    pub cost: &'a Cost,
    /// Its rows here, measured or not.
    pub rows: Vec<&'a CostRow>,
    pub file_system: String,
    /// The same as a part of names of files, different for each directory.
    pub stem: String,
    /// What distinguishes it from other directories, if there are any.
    pub distinction: Option<String>,
}

pub fn sites(cost: &Cost) -> Vec<Site<'_>> {
    let directories = unique(cost.rows.iter().map(|row| row.directory.as_path()));
    let mut stems: Vec<String> = Vec::new();
    let mut sites = Vec::new();
    for directory in &directories {
        let rows: Vec<_> = cost.rows.iter().filter(|row| row.directory == *directory).collect();
        let found = rows.iter().find_map(|row| row.file_system.value());
        let file_system = found.cloned().unwrap_or_else(|| "an unknown file system".to_owned());
        let plain = Some(stem(found.map_or("unknown", |found| found))).filter(|plain| !plain.is_empty());
        let plain = plain.unwrap_or_else(|| "unknown".to_owned());
        let names = std::iter::once(plain.clone()).chain((2..).map(|number| format!("{plain}-{number}")));
        let stem = names.into_iter().find(|name| !stems.contains(name)).unwrap_or(plain);
        stems.push(stem.clone());
        sites.push(Site { cost, rows, file_system, stem, distinction: None });
    }
    // The file system, and where two directories are on the same kind, the directory too.
    let kinds: Vec<String> = sites.iter().map(|site| site.file_system.clone()).collect();
    for (site, directory) in sites.iter_mut().zip(&directories).filter(|_| directories.len() > 1) {
        let alone = kinds.iter().filter(|kind| **kind == site.file_system).count() == 1;
        let kind = &site.file_system;
        site.distinction = Some(if alone { kind.clone() } else { format!("{kind}, {}", directory.display()) });
    }
    sites
}

impl<'a> Site<'a> {
    /// The rows with a cost model that can be drawn.
    pub fn measured(&self) -> impl Iterator<Item = &'a CostRow> {
        self.rows.iter().copied().filter(|row| row.measured().is_some_and(can_be_drawn))
    }

    /// Colour and shape of a write size.
    pub fn look(&self, write_size: u64) -> (RGBColor, Shape) {
        let mut sizes: Vec<u64> = self.cost.rows.iter().map(|row| row.write_size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        series(sizes.iter().position(|size| *size == write_size).unwrap_or(0))
    }

    /// A write size in words, with the folios it makes where they are known and the same in all open modes.
    pub fn size(&self, write_size: u64) -> String {
        let mut headings = self.rows.iter().filter(|row| row.write_size == write_size).map(|row| heading(row));
        let first = headings.next().unwrap_or_default();
        if headings.all(|name| name == first) { first } else { format!("writes of {}", format_bytes(write_size)) }
    }
}

/// Whether a cost model has only finite numbers: an axis has no place for others.
pub fn can_be_drawn(found: &Measurement) -> bool {
    let points = found.cost_model.points.iter().map(|point| point.ns);
    let mut all = points.chain([found.cost_model.base_ns, found.slope()]);
    all.all(|Estimate { value, low, high }| [value, low, high].iter().all(|number| number.is_finite()))
}

/// How methods are mapped, the most informative first.
pub const MODES: [MapMode; 3] = [MapMode::ReadWrite, MapMode::ReadOnly, MapMode::Dirty];
