//! A report on disk: `report.html`, and `charts/` next to it. Each file appears whole under its name or not at all.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{
    Chart, ab_charts, cost_charts, documents, html, inspection_charts, run_charts, shootdown_charts, sweep_charts,
    sweep_latency_charts, what_if_charts, write_charts,
};
use crate::os::{escape::replaced, replace::replace};
use crate::results::{
    Ab, Availability, ComparisonReport, Cost, Environment, HistoryReport, Inspection, Qualification, ResultKind, Run,
    Shootdown, SweepReport, TimeSeries, WhatIf, blocks_of_rows,
};

pub enum Reported {
    Run(Box<TimeSeries>),
    Sweep(Box<SweepReport>),
    /// With the machine, from the baseline's own result.
    WhatIf(Box<WhatIf>, Box<Availability<Environment>>),
    /// With how many blocks are behind each of its rows.
    Cost(Box<Cost>, Availability<Vec<u64>>),
    Qualify(Box<Qualification>),
    Ab(Box<Ab>),
    Shootdown(Box<Shootdown>),
    Inspection(Box<Inspection>),
}

pub fn comparison_report(comparison: &ComparisonReport, charts: Vec<Chart>) -> Report {
    let document = documents::comparison::document(&comparison.compared, &comparison.command, &charts);
    let page = html::page(&document, false);
    Report::new(&page, charts, Vec::new())
}

pub fn history_report(report: &HistoryReport, charts: Vec<Chart>) -> Report {
    let page = html::page(&documents::history::document(report, &charts), false);
    Report::new(&page, charts, Vec::new())
}

pub struct Report {
    page: String,
    charts: Vec<Chart>,
    pictures: Vec<Vec<u8>>,
}

impl Reported {
    pub fn load(kind: ResultKind, directory: &Path) -> anyhow::Result<Reported> {
        Ok(match kind {
            ResultKind::Run => Reported::Run(Box::new(TimeSeries::load(directory)?)),
            ResultKind::Sweep => Reported::Sweep(Box::new(SweepReport::load(directory)?)),
            ResultKind::WhatIf => {
                let what_if = WhatIf::load(directory)?;
                let baseline = directory.join(&what_if.baseline.directory);
                let machine = match baseline.join(ResultKind::Run.file()).exists() {
                    true => Run::load(&baseline).map(|run| run.environment).map_err(|error| format!("{error:#}")),
                    false => Err(format!("it stands in {}/run.json, which is not here", what_if.baseline.directory)),
                };
                Reported::WhatIf(Box::new(what_if), Box::new(machine.into()))
            }
            ResultKind::Cost => {
                let cost = Cost::load(directory)?;
                let blocks = blocks_of_rows(directory, cost.rows.len());
                Reported::Cost(Box::new(cost), blocks)
            }
            ResultKind::Qualify => Reported::Qualify(Box::new(Qualification::load(directory)?)),
            ResultKind::Ab => Reported::Ab(Box::new(Ab::load(directory)?)),
            ResultKind::Shootdown => Reported::Shootdown(Box::new(Shootdown::load(directory)?)),
            ResultKind::Inspection => Reported::Inspection(Box::new(Inspection::load(directory)?)),
        })
    }

    /// Which files of it were left out, and why; `None`: none that would be drawn.
    pub fn left_out(&self) -> Option<String> {
        let Reported::Run(time_series) = self else { return None };
        time_series.left_out.sentence()
    }

    pub fn draw(&self, has_png: bool) -> anyhow::Result<Report> {
        let charts = match self {
            Reported::Run(time_series) => run_charts(time_series)?,
            Reported::Sweep(sweep) => sweep_charts(sweep)?,
            Reported::WhatIf(what_if, machine) => {
                what_if_charts(what_if, machine.value().map_or("", |machine| &machine.host))?
            }
            Reported::Cost(cost, _) => cost_charts(cost)?,
            // Those of times, with the knee; the others are those of the search.
            Reported::Qualify(found) => found.search.as_ref().map_or(Ok(Vec::new()), sweep_latency_charts)?,
            Reported::Ab(found) => ab_charts(found)?,
            Reported::Shootdown(found) => shootdown_charts(found)?,
            Reported::Inspection(found) => inspection_charts(found)?,
        };
        let document = match self {
            Reported::Run(time_series) => documents::run::document(&time_series.run, self.left_out(), &charts),
            Reported::Sweep(sweep) => documents::sweep::document(sweep, &charts),
            Reported::WhatIf(what_if, machine) => documents::what_if::document(what_if, machine, &charts),
            Reported::Cost(cost, blocks) => documents::cost::document(cost, blocks, &charts),
            Reported::Qualify(found) => documents::qualify::document(found, &charts),
            Reported::Ab(found) => documents::ab::document(found, &charts),
            Reported::Shootdown(found) => documents::shootdown::document(found, &charts),
            Reported::Inspection(found) => documents::inspection::document(found, &charts),
        };
        let page = html::page(&document, has_png);
        #[cfg(feature = "png")]
        let pictures = if has_png { super::charts::png::pictures(&charts)? } else { Vec::new() };
        #[cfg(not(feature = "png"))]
        let pictures = Vec::new();
        Ok(Report::new(&page, charts, pictures))
    }
}

impl Report {
    /// The page has its words escaped; hidden characters are replaced in the whole page here.
    fn new(page: &str, charts: Vec<Chart>, pictures: Vec<Vec<u8>>) -> Report {
        Report { page: replaced(page).into_owned(), charts, pictures }
    }

    /// Writes `report.html` and `charts/` into a directory, which is made if need be; the path of the page. Only files with the
    /// names of these are replaced, and `charts` is not made if there are none.
    pub fn write(&self, directory: &Path) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
        write_charts(directory, &self.charts)?;
        let inside = directory.join("charts");
        for (chart, picture) in self.charts.iter().zip(&self.pictures) {
            let path = inside.join(format!("{}.png", chart.name));
            replace(&path, picture).with_context(|| path.display().to_string())?;
        }
        let page = directory.join("report.html");
        replace(&page, self.page.as_bytes()).with_context(|| page.display().to_string())?;
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::find_results;

    #[test]
    fn every_sample_is_drawn_by_the_rules_and_says_where_it_is_from() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples");
        let mut drawn = 0;
        let (listed, unread) = find_results(&[samples], false).unwrap();
        assert!(unread.is_empty(), "{unread:?}");
        for sample in listed {
            let (kind, directory) = ResultKind::of(&sample.path).unwrap();
            // Each plot is checked as it is drawn; here: what stands at its foot.
            for chart in Reported::load(kind, &directory).unwrap().draw(false).unwrap().charts {
                let words = crate::present::charts::checks::words(&chart);
                let is_origin = |line: &&String| {
                    // What a live server does has no seed.
                    let seed = if kind == ResultKind::Inspection { "" } else { ", seed 2007" };
                    line.contains(&format!("{seed}, mapstorm ")) && line.contains("Z, ")
                };
                assert_eq!(words.iter().filter(is_origin).count(), 1, "{}: {words:?}", chart.name);
                drawn += 1;
            }
        }
        assert!(drawn >= 30, "{drawn}");
    }

    #[test]
    fn a_report_replaces_its_own_files_and_no_others() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("a/b");
        let report = |page: &str| Report { page: page.to_owned(), charts: Vec::new(), pictures: Vec::new() };
        report("old").write(&out).unwrap();
        fs::write(out.join("notes.txt"), "mine").unwrap();
        let path = report("new").write(&out).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["notes.txt", "report.html"]);
    }

    #[test]
    fn what_cannot_be_written_is_named_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("report.html")).unwrap();
        let report = Report { page: String::new(), charts: Vec::new(), pictures: Vec::new() };
        let error = format!("{:#}", report.write(directory.path()).unwrap_err());
        assert!(error.contains("report.html"), "{error}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
