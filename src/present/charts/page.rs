//! What stands around every chart: its title and what was measured above, the caption that explains it below.
//! The drawing gets the room between them.

use plotters::style::text_anchor::HPos;

use super::{
    canvas::{Canvas, Words, wrapped},
    legend::{self, Key},
    palette::GREY,
};

/// Width of a chart, pixels.
pub const WIDTH: u32 = 900;
/// Its usual height.
pub const HEIGHT: u32 = 560;
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

/// The words of a chart.
pub struct Page {
    /// What it shows.
    pub title: String,
    /// Where that was measured.
    pub subtitle: String,
    /// What is what.
    pub legend: Vec<(Key, String)>,
    /// How it is to be read, and what is behind it.
    pub caption: String,
}

/// The room for the drawing: from `top` to `bottom`.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Upper edge, pixels.
    pub top: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Page {
    /// How much of the height is not for the drawing, pixels.
    pub fn around(&self) -> f64 {
        HEAD + legend::height(&self.legend, room_width()) + self.caption_lines().len() as f64 * LINE + MARGIN
    }

    /// Draws all words on a page of this height.
    pub fn draw(&self, canvas: &Canvas, height: u32) -> anyhow::Result<Room> {
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
        Ok(Room { top: HEAD, bottom })
    }

    fn caption_lines(&self) -> Vec<String> {
        wrapped(&self.caption, CAPTION, room_width())
    }
}

fn room_width() -> f64 {
    f64::from(WIDTH) - 2.0 * MARGIN
}
