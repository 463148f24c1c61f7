//! What stands around every chart: its title and what was measured above, the caption that explains it below.
//! The drawing gets the room between them.

use plotters::style::text_anchor::HPos;

use crate::results::Run;

use super::{
    canvas::{Canvas, Words, wrapped},
    legend::{self, Key},
    palette::GREY,
};

/// Width of a chart, pixels.
pub const WIDTH: u32 = 900;
/// Free at all sides.
pub const MARGIN: f64 = 14.0;

/// Of marks on axes.
pub const SMALL: Words = Words::of_size(12.0);
/// Of labels of axes.
pub const LABEL: Words = Words::of_size(13.0).end(HPos::Center);
/// Of titles of panels, where a chart has several.
pub const PANEL_TITLE: Words = Words::of_size(13.0).bold();
const TITLE: Words = Words::of_size(19.0).bold();
const CAPTION: Words = SMALL.color(GREY);
const LINE: f64 = 16.0;
const HEAD: f64 = 58.0;

#[derive(Clone)]
pub struct Page {
    pub title: String,
    pub subtitle: String,
    pub legend: Vec<(Key, String)>,
    /// How it is to be read, and what is behind it.
    pub caption: String,
}

impl Page {
    /// How much of the height is not for the drawing, pixels.
    pub fn around(&self) -> f64 {
        HEAD + legend::height(&self.legend, room_width()) + self.caption_lines().len() as f64 * LINE + MARGIN
    }

    /// Draws all words on a page of this height; the upper edge of the room for the drawing.
    pub fn draw(&self, canvas: &Canvas, height: u32) -> anyhow::Result<f64> {
        canvas.words(&self.title, (MARGIN, 22.0), TITLE.fitted(&self.title, room_width()))?;
        canvas.words(&self.subtitle, (MARGIN, 44.0), CAPTION.fitted(&self.subtitle, room_width()))?;
        let lines = self.caption_lines();
        let mut y = f64::from(height) - MARGIN - lines.len() as f64 * LINE;
        let bottom = y - legend::height(&self.legend, room_width());
        legend::draw(canvas, &self.legend, (MARGIN, bottom), room_width())?;
        for line in lines {
            canvas.words(&line, (MARGIN, y + LINE / 2.0), CAPTION)?;
            y += LINE;
        }
        Ok(HEAD)
    }

    fn caption_lines(&self) -> Vec<String> {
        wrapped(&self.caption, CAPTION, room_width())
    }
}

fn room_width() -> f64 {
    f64::from(WIDTH) - 2.0 * MARGIN
}

/// Where data come from, as far as a result has it: scenario, host, date, seed, version.
pub fn origin(scenario: &str, host: &str, date: &str, seed: Option<u64>, version: Option<&str>) -> String {
    let mut parts = vec![scenario.to_owned(), host.to_owned(), date.to_owned()];
    parts.extend(seed.map(|seed| format!("seed {seed}")));
    parts.extend(version.map(|version| format!("mapstorm {version}")));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

pub fn origin_of(run: &Run) -> String {
    let (scenario, version) = (&run.scenario, &run.mapstorm_version);
    origin(&scenario.name, &run.environment.host, &run.started, Some(scenario.run.seed), Some(version))
}

/// Such as `3`, or `2 to 5`.
pub fn from_to(counts: impl Iterator<Item = u64> + Clone) -> String {
    match (counts.clone().min(), counts.max()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (_, most) => most.unwrap_or(0).to_string(),
    }
}
