//! What each mapper adds to one update, for every method under one condition: bars with their intervals, the dearest first.
//! Where nothing is sure to be added there is no bar, but how much it can be at most.

use plotters::style::text_anchor::HPos;

use super::{
    site::{MODES, Site},
    words,
};
use crate::{
    present::charts::{
        axis::Axis,
        canvas::{Canvas, Stroke, Words, paint},
        chart::Chart,
        frame::Frame,
        legend::{Key, whisker},
        page::{LABEL, MARGIN, Page, Room, SMALL, WIDTH},
        palette::{BAR, DOTTED, GREY, INK},
    },
    results::{CostRow, Measurement},
    scenario::units::short_ns,
    stats::Estimate,
};

/// Height of a method's line, pixels.
const LINE: f64 = 19.0;
/// Above the bars; below, for marks and label.
const ABOVE: f64 = 4.0;
const BELOW: f64 = 40.0;
/// The axis spans at least this ratio, so that a lone bar is one.
const LEAST_RANGE: f64 = 100.0;
const NAME: Words = Words::of_size(12.5);

/// One method.
struct Bar<'a> {
    row: &'a CostRow,
    slope: Estimate,
    /// Whether something is sure to be added, and worth the name.
    sure: bool,
    name: String,
    /// What stands at the right.
    text: String,
}

/// Draws a directory's slopes. `None`: nothing was measured there.
pub fn chart(site: &Site) -> anyhow::Result<Option<Chart>> {
    let Some(condition) = condition(site) else { return Ok(None) };
    let bars = bars(site, condition);
    let rows: Vec<&CostRow> = bars.iter().map(|bar| bar.row).collect();
    let label = "what each mapper adds to one update";
    let most = bars.iter().map(|bar| bar.slope.high).fold(0.0, f64::max);
    let positive = bars.iter().flat_map(extent).chain([most / LEAST_RANGE]);
    let across = Axis::logarithmic_times(label, positive, 9)
        .or_else(|| Axis::logarithmic_times(label, [1.0, 100.0].into_iter(), 9));
    let Some(across) = across else { return Ok(None) };
    let page = page(site, condition, &bars, &rows);
    let height = (page.around() + ABOVE + BELOW + LINE * bars.len() as f64).ceil() as u32;
    let svg = paint((WIDTH, height), |canvas| {
        let room = page.draw(canvas, height)?;
        draw(canvas, &bars, room, &across)
    })?;
    let description = format!("{}. {}\n{}", page.subtitle, page.caption, words::sentences(site, &rows));
    Ok(Some(Chart::new(format!("cost-slopes-{}", site.stem), page.title, description, (WIDTH, height), &svg)))
}

/// The condition that most methods are compared under: the row that shows it. Mapped as Cyrus does, in the largest folios.
fn condition<'a>(site: &Site<'a>) -> Option<&'a CostRow> {
    site.measured().min_by_key(|row| preference(row))
}

fn preference(row: &CostRow) -> (usize, std::cmp::Reverse<u64>) {
    (MODES.iter().position(|mode| *mode == row.mode).unwrap_or(MODES.len()), std::cmp::Reverse(row.write_size))
}

fn bars<'a>(site: &Site<'a>, condition: &CostRow) -> Vec<Bar<'a>> {
    let mut bars: Vec<Bar> = Vec::new();
    for row in site.measured() {
        let first = site.measured().filter(|other| other.method == row.method).min_by_key(|row| preference(row));
        let (Some(first), Some(found)) = (first, row.measured()) else { continue };
        if !std::ptr::eq(first, row) {
            continue;
        }
        bars.push(bar(site, condition, row, found));
    }
    // Methods with the same slope stay in their order.
    bars.sort_by(|one, other| other.sure.cmp(&one.sure).then(key(other).total_cmp(&key(one))));
    bars
}

fn key(bar: &Bar) -> f64 {
    if bar.sure { bar.slope.value } else { bar.slope.high }
}

fn bar<'a>(site: &Site, condition: &CostRow, row: &'a CostRow, found: &Measurement) -> Bar<'a> {
    let slope = found.slope();
    let sure = !found.flat && slope.low > 0.0;
    let bend = if found.bends() { " !" } else { "" };
    let text = if sure {
        format!("{} ({} to {}){bend}", short_ns(slope.value), short_ns(slope.low), short_ns(slope.high))
    } else if found.flat {
        format!("nothing (at most {})", short_ns(slope.low.abs().max(slope.high.abs())))
    } else if slope.high < 0.0 {
        format!("{} less{bend}", short_ns(-slope.value))
    } else {
        format!("nothing sure; at most {}{bend}", short_ns(slope.high))
    };
    let mut marks = Vec::new();
    if row.emulated {
        marks.push("emulated".to_owned());
    }
    if row.mode != condition.mode {
        marks.push(row.mode.in_words().to_owned());
    }
    if row.write_size != condition.write_size {
        marks.push(site.size(row.write_size));
    }
    let name = if marks.is_empty() { row.method.clone() } else { format!("{} ({})", row.method, marks.join(", ")) };
    Bar { row, slope, sure, name, text }
}

/// What must be on the axis. The lower end of a wide interval may lie beyond it.
fn extent(bar: &Bar) -> [f64; 3] {
    let Estimate { value, low, high } = bar.slope;
    if bar.sure { [value, low.max(value / 10.0), high] } else { [high; 3] }
}

fn draw(canvas: &Canvas, bars: &[Bar], room: Room, across: &Axis) -> anyhow::Result<()> {
    let widest = |width: fn(&Bar) -> f64| bars.iter().map(width).fold(0.0, f64::max);
    let left = MARGIN + (widest(|bar| NAME.width(&bar.name)) * 1.08).min(330.0) + 8.0;
    let right = f64::from(WIDTH) - MARGIN - widest(|bar| SMALL.width(&bar.text)) - 8.0;
    let (top, bottom) = (room.top + ABOVE, room.bottom - BELOW);
    let no_marks = Axis::without_marks();
    let frame = Frame { left, top, right, bottom, x: across, y: &no_marks };
    frame.draw(canvas, false)?;
    canvas.words(&across.label, ((left + right) / 2.0, bottom + 27.0), LABEL)?;
    for (number, bar) in bars.iter().enumerate() {
        let y = top + (number as f64 + 0.5) * LINE;
        let name = NAME.end(HPos::Right).fitted(&bar.name, left - 8.0 - MARGIN);
        canvas.words(&bar.name, (left - 8.0, y), name)?;
        let ink = if bar.sure { INK } else { GREY };
        canvas.words(&bar.text, (right + 10.0, y), SMALL.color(ink))?;
        draw_bar(canvas, bar, y, &frame)?;
    }
    Ok(())
}

fn draw_bar(canvas: &Canvas, bar: &Bar, y: f64, frame: &Frame) -> anyhow::Result<()> {
    let at = |value: f64| frame.place(value, 0.0).0;
    let Estimate { value, low, high } = bar.slope;
    let (from, to) = (frame.left, at(value));
    if !bar.sure {
        if high > 0.0 {
            whisker(canvas, (from, at(high)), y, Stroke { color: GREY, width: 1.2, dash: Some(DOTTED) })?;
        }
        return Ok(());
    }
    let (top, bottom) = (y - LINE * 0.31, y + LINE * 0.31);
    if bar.row.emulated {
        let stroke = Stroke { color: BAR, width: 1.2, dash: None };
        canvas.hatch((from, top), (to, bottom), 6.0, stroke)?;
        canvas.outline((from, top), (to, bottom), stroke)?;
    } else {
        canvas.area(&[(from, top), (to, top), (to, bottom), (from, bottom)], BAR, 0.75)?;
    }
    whisker(canvas, (at(low), at(high)), y, Stroke { color: INK, width: 1.5, dash: None })
}

fn page(site: &Site, condition: &CostRow, bars: &[Bar], rows: &[&CostRow]) -> Page {
    let mut legend = Vec::new();
    let sure = |emulated: bool| bars.iter().any(|bar| bar.sure && bar.row.emulated == emulated);
    if sure(false) {
        legend.push((Key::Bar(BAR), "measured".to_owned()));
    }
    if rows.iter().any(|row| row.emulated) {
        legend.push((Key::HatchedBar(BAR), "emulated: no property of this system".to_owned()));
    }
    if sure(false) || sure(true) {
        legend.push((Key::Whisker, "where a repeat falls, 19 times of 20".to_owned()));
    }
    let mut caption = format!(
        "Mapped {}, {}, unless a method's name says otherwise. Numbers: the slope of the fitted law and its interval, in which a \
         repeat of the measurement falls 19 times of 20. {}",
        condition.mode.in_words(),
        site.size(condition.write_size),
        words::behind(site, rows, "method")
    );
    let says = |start: &str| bars.iter().any(|bar| bar.text.starts_with(start));
    if says("nothing (") {
        caption.push_str(" “nothing”: with the most mappers they add less than 5 % of the base.");
    }
    if says("nothing sure") {
        caption.push_str(" “nothing sure”: the interval includes 0.");
    }
    if says("nothing") {
        caption.push_str(" Dotted: up to the interval's upper end.");
    }
    if bars.iter().any(|bar| bar.text.ends_with('!')) {
        caption.push_str(" !: no straight line; the slope is a mean.");
    }
    let asked = ["remap", "replace"].iter().any(|name| rows.iter().any(|row| row.method == *name));
    if let Some(asking) = site.cost.asking.filter(|_| asked) {
        let each = short_ns(asking.per_mapper_ns.value);
        caption.push_str(&format!(" remap and replace include waking each mapper and hearing from it: {each}."));
    }
    caption.push_str(&words::left_out(site, |_| true));
    let title = words::title(site, "What each mapper adds to one update");
    Page { title, subtitle: words::measured_where(site), legend, caption }
}
