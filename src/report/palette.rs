//! Colours, markers and dashes: no two series differ by colour alone.
//! The colours are those of M. Okabe and K. Ito, "Color Universal Design", 2008: told apart by colour-blind readers too.

use plotters::style::RGBColor;

/// Of text and axes.
pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Of what matters less.
pub const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);
/// Of grid lines, and of the hatching behind emulated methods.
pub const FAINT: RGBColor = RGBColor(0xD8, 0xD8, 0xD8);
/// Of the page.
pub const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Of bars.
pub const BAR: RGBColor = SERIES[0];

/// Of spans in which the whole crowd froze: the palette's yellow, which is for areas only.
pub const FREEZE: RGBColor = RGBColor(0xF0, 0xE4, 0x42);
/// Of parts of an operation, in their order after the late start: lock wait, remap, search, write, sync, unlock, checkpoint.
pub const PARTS: [RGBColor; 7] = [SERIES[1], SERIES[3], SERIES[5], SERIES[2], SERIES[0], SERIES[4], SERIES[6]];

/// How many there are of something, few to many: one hue, ever darker, so that a reader without colours sees the same order.
/// The upper steps of C. Brewer's sequential scheme "Blues" (ColorBrewer 2.0), which colour-blind readers can tell apart.
pub const RAMP: [RGBColor; 7] = [
    RGBColor(0xC6, 0xDB, 0xEF),
    RGBColor(0x9E, 0xCA, 0xE1),
    RGBColor(0x6B, 0xAE, 0xD6),
    RGBColor(0x42, 0x92, 0xC6),
    RGBColor(0x21, 0x71, 0xB5),
    RGBColor(0x08, 0x51, 0x9C),
    RGBColor(0x08, 0x30, 0x6B),
];

/// Of series, in this order; the palette's yellow is too pale for lines on white.
const SERIES: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0x00, 0x00, 0x00),
];

/// The shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// ●
    Circle,
    /// ■
    Square,
    /// ▲
    Triangle,
    /// ◆
    Diamond,
    /// ▼
    Wedge,
}

const SHAPES: [Shape; 5] = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Wedge];

/// Colour and shape of the series of this number; they repeat together only after 35.
pub fn series(number: usize) -> (RGBColor, Shape) {
    (SERIES[number % SERIES.len()], SHAPES[number % SHAPES.len()])
}

/// Length of a dash and of the gap behind it, pixels.
pub type Dash = (f64, f64);
/// Dashed.
pub const DASHED: Dash = (7.0, 4.0);
/// Dotted.
pub const DOTTED: Dash = (2.0, 3.0);
