//! Shootdowns: the time of an operation over the CPUs that run a responder, and over the pages; and what a responder loses.

use super::{
    Axis, Chart, GREY, INK, Key, Look, Mark, Origin, Panel, Plot, Shape, Stroke, color, page, rendered, unique,
    with_interval,
};
use crate::{
    conclude::shootdown::CONTROL,
    conclude::wording::or_none,
    results::{MapperKind, ResponderState, Shootdown, ShootdownModel, ShootdownRow},
    scenario::units::short_ns,
    stats::Estimate,
};

const HEIGHT: f64 = 130.0;
const COLUMNS: usize = 3;
const ROW: f64 = 20.0;
const KINDS: [MapperKind; 2] = [MapperKind::Threads, MapperKind::Processes];

/// Draws them; what was not measured is left out.
pub fn shootdown_charts(found: &Shootdown) -> anyhow::Result<Vec<Chart>> {
    rendered([over_cpus(found), over_pages(found), lost(found)])
}

fn plot(found: &Shootdown, name: &str, title: &str, panels: Vec<Panel>) -> Plot {
    let machine = &found.environment;
    let measured = page::machine_of(machine);
    let source =
        page::source("shootdown", &machine.host, &found.started, found.plan.seed, Some(&found.mapstorm_version));
    let mut plot = Plot::new(format!("shootdown-{name}"), title, Origin { measured, source }, panels);
    plot.keys(KINDS.map(|kind| (Key::Mark(look(kind)), format!("responders are {}", kind.in_words()))));
    found.warnings().into_iter().for_each(|warning| plot.say(format!("{warning}.")));
    plot
}

fn look(kind: MapperKind) -> Look {
    match kind {
        MapperKind::Threads => Look::new((color(0), Shape::Circle)),
        MapperKind::Processes => Look::new((color(1), Shape::Triangle)),
    }
}

/// Rows whose responders run, the nearest first.
fn running(found: &Shootdown) -> impl Iterator<Item = &ShootdownRow> {
    found.rows.iter().filter(|row| row.state == ResponderState::Spinning && row.placement.is_none())
}

fn model<'a>(found: &'a Shootdown, method: &str, kind: MapperKind) -> Option<&'a ShootdownModel> {
    found.models.iter().find(|model| model.method == method && model.kind == kind)
}

/// A panel for every method that was measured, if it has one.
fn method_by_method(
    found: &Shootdown,
    [name, title, points]: [&str; 3],
    panel: impl Fn(&str) -> Option<Panel>,
) -> Option<Plot> {
    let measured = running(found).filter(|row| row.initiator_ns.value().is_some());
    let methods = unique(measured.map(|row| row.method.as_str()).filter(|method| *method != CONTROL));
    let panels: Vec<Panel> = methods.into_iter().filter_map(panel).collect();
    let mut plot = (!panels.is_empty()).then(|| plot(found, name, title, panels).in_columns(COLUMNS))?;
    plot.say(format!("{points} Lines: the model. Each panel has its own scale of time."));
    Some(plot)
}

fn over_cpus(found: &Shootdown) -> Option<Plot> {
    let most = running(found).map(|row| row.responders).max().filter(|most| *most > 0)?;
    let x = Axis::count("CPUs that run a responder", f64::from(most), 4);
    let panel = |method: &str| {
        let fewest = running(found).filter(|row| row.method == method).map(|row| row.pages).min()?;
        let rows: Vec<&ShootdownRow> =
            running(found).filter(|row| row.method == method && row.pages == fewest).collect();
        let ends = rows.iter().filter_map(|row| row.initiator_ns.value()).flat_map(|times| [times.p50, times.p90]);
        let y = Axis::linear_times("one operation", ends, 4)?;
        let title = if fewest == 1 { method.to_owned() } else { format!("{method}, {fewest} pages") };
        let mut panel = Panel::new(title, HEIGHT, &x, y);
        for kind in KINDS {
            if let Some(model) = model(found, method, kind) {
                let title =
                    format!("{method}, {}: + {} a CPU", kind.in_words(), with_interval(model.per_cpu_ns, short_ns));
                let value = |cpus: f64| model.initiator_ns(fewest, cpus as u32);
                panel.model(&title, (0..=most).map(f64::from), value, Stroke::new(look(kind).color, 1.5));
            }
            for row in rows.iter().filter(|row| row.kind == kind) {
                let Some(times) = row.initiator_ns.value() else { continue };
                let at = f64::from(row.responders);
                let words = format!("{method}, {}, {} CPUs: {}", kind.in_words(), row.responders, short_ns(times.p50));
                let (median, stroke) = ((at, times.p50), Stroke::new(look(kind).color, 1.0));
                panel.interval(&words, median, (median, (at, times.p90)), look(kind), stroke);
            }
        }
        Some(panel)
    };
    let title = "Time of one operation over the CPUs that it interrupts";
    method_by_method(found, ["cpus", title, "Points: medians, with a line up to the 90th percentile."], panel)
}

fn over_pages(found: &Shootdown) -> Option<Plot> {
    let pages = running(found).map(|row| f64::from(row.pages));
    let x = Axis::logarithmic_numbers("pages", pages, 4)?;
    let panel = |method: &str| {
        let rows: Vec<&ShootdownRow> = running(found).filter(|row| row.method == method).collect();
        let most = rows.iter().map(|row| row.responders).max()?;
        if unique(rows.iter().map(|row| row.pages)).len() < 2 {
            return None;
        }
        let medians = rows.iter().filter_map(|row| row.initiator_ns.value()).map(|times| times.p50);
        let y = Axis::logarithmic_times("one operation", medians, 4)?;
        let mut panel = Panel::new(method, HEIGHT, &x, y);
        for kind in KINDS {
            for responders in [0, most] {
                let look = Look { is_hollow: responders == 0, ..look(kind) };
                for row in rows.iter().filter(|row| row.kind == kind && row.responders == responders) {
                    let Some(times) = row.initiator_ns.value() else { continue };
                    let (kind, median) = (kind.in_words(), short_ns(times.p50));
                    let words = format!("{method}, {kind}, {} pages, {responders} CPUs: {median}", row.pages);
                    panel.add(words, Mark::Point((f64::from(row.pages), times.p50), 0.0, look));
                }
                if let Some(model) = model(found, method, kind) {
                    let each = or_none(model.per_page_ns, |each| with_interval(each, short_ns));
                    let title = format!("{method}, {}: {each} a page", kind.in_words());
                    let value = |pages: f64| model.initiator_ns(pages as u32, responders);
                    panel.model(&title, x.along(x.low, x.high, 40), value, Stroke::new(look.color, 1.2));
                }
            }
        }
        Some(panel)
    };
    let title = "Time of one operation over the pages that it takes away";
    let points = "Points: medians; hollow without a responder, full with one on every other CPU.";
    method_by_method(found, ["pages", title, points], panel)
}

fn lost(found: &Shootdown) -> Option<Plot> {
    let row = |model: &ShootdownModel| {
        let name = format!("{}, {}", model.method, model.kind.in_words());
        Some((name, look(model.kind), *model.responder_lost_ns.value()?))
    };
    let rows: Vec<(String, Look, Estimate)> = found.models.iter().filter_map(row).collect();
    let most = rows.iter().map(|(.., lost)| lost.high).fold(0.0, f64::max);
    let x = Axis::linear_times("what a responder loses an operation", [most], 8)?;
    let mut panel = Panel::rows("", ROW, &x, rows.iter().map(|(name, ..)| name));
    panel.texts = rows.iter().map(|(.., lost)| (with_interval(*lost, short_ns), INK)).collect();
    for (number, (name, look, lost)) in rows.iter().enumerate() {
        let at = panel.row(number, 0.0);
        let color = if lost.low > 0.0 { look.color } else { GREY };
        let title = format!("{name}: {}", with_interval(*lost, short_ns));
        let ends = ((lost.low.max(0.0), at), (lost.high.max(0.0), at));
        panel.interval(&title, (lost.value.max(0.0), at), ends, Look { color, ..*look }, Stroke::new(color, 1.5));
    }
    let mut plot = plot(found, "lost", "What a responder loses each time", vec![panel]);
    plot.say("The gaps in the clock of a responder that runs, beyond those while the control operates, one page (or the fewest); 95 % prediction intervals. Grey: the interval includes 0.");
    Some(plot)
}
