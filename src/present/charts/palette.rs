//! Colours, markers and dashes: no two series differ by colour alone.
//! The colours are those of M. Okabe and K. Ito, "Color Universal Design", 2008: colour-blind readers can distinguish them too.

use plotters::style::RGBColor;

pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Of words on a light colour: dark on every page.
pub const INK_ON_COLOR: RGBColor = RGBColor(0x1F, 0x1F, 0x1F);
pub const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);
/// Of grid lines, and of the hatching behind emulated methods.
pub const FAINT: RGBColor = RGBColor(0xD8, 0xD8, 0xD8);
pub const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
pub const BAR: RGBColor = SERIES[0];

/// Of spans in which all instances froze: the palette's yellow, which is for areas only.
pub const FREEZE: RGBColor = RGBColor(0xF0, 0xE4, 0x42);
/// Of time that went into an imitation of another system: a violet that is not among the series.
pub const EMULATED: RGBColor = RGBColor(0x5E, 0x3C, 0x99);

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

pub const LIGHT_SOFT: RGBColor = RGBColor(0xF3, 0xF4, 0xF6);
pub const LIGHT_LINK: RGBColor = RGBColor(0x00, 0x5A, 0x8C);
pub const LIGHT_ALERT: RGBColor = RGBColor(0xC0, 0x4A, 0x00);
pub const DARK_SOFT: RGBColor = RGBColor(0x23, 0x28, 0x2E);
pub const DARK_LINK: RGBColor = RGBColor(0x7C, 0xC4, 0xF5);
pub const DARK_ALERT: RGBColor = RGBColor(0xF0, 0x8A, 0x4B);

/// Every colour of a chart as it is on white, and what stands for it on a dark page. A colour that charts use must be in it.
pub const ON_DARK: &[(RGBColor, RGBColor)] = &[
    (PAPER, RGBColor(0x16, 0x19, 0x1D)),
    (INK, RGBColor(0xE8, 0xE8, 0xE8)),
    (INK_ON_COLOR, RGBColor(0x10, 0x12, 0x15)),
    (GREY, RGBColor(0xA9, 0xAF, 0xB6)),
    (FAINT, RGBColor(0x3A, 0x40, 0x48)),
    (SERIES[0], RGBColor(0x4C, 0x9F, 0xE0)),
    (SERIES[1], RGBColor(0xF0, 0x8A, 0x4B)),
    (SERIES[2], RGBColor(0x2F, 0xC7, 0x9B)),
    (SERIES[3], RGBColor(0xDB, 0x9A, 0xBF)),
    (SERIES[4], RGBColor(0xF0, 0xB8, 0x40)),
    (SERIES[5], RGBColor(0x9A, 0xD8, 0xFA)),
    (SERIES[6], RGBColor(0xFF, 0xFF, 0xFF)),
    (EMULATED, RGBColor(0xB6, 0xA0, 0xE6)),
    (FREEZE, RGBColor(0x8A, 0x81, 0x18)),
    // From few to many: away from the background here too.
    (RAMP[0], RGBColor(0x1B, 0x3F, 0x66)),
    (RAMP[1], RGBColor(0x1D, 0x54, 0x88)),
    (RAMP[2], RGBColor(0x24, 0x6C, 0xAC)),
    (RAMP[3], RGBColor(0x3A, 0x8B, 0xCB)),
    (RAMP[4], RGBColor(0x6D, 0xAE, 0xDD)),
    (RAMP[5], RGBColor(0xA6, 0xCF, 0xEC)),
    (RAMP[6], RGBColor(0xDE, 0xEE, 0xFA)),
];

/// What stands for a colour on a dark page; one that is not in the table stands for itself.
pub fn on_dark(color: RGBColor) -> RGBColor {
    ON_DARK.iter().find(|(light, _)| *light == color).map_or(color, |(_, dark)| *dark)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Wedge,
}

const SHAPES: [Shape; 5] = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Wedge];

/// The colour of the series of this number.
pub const fn color(number: usize) -> RGBColor {
    SERIES[number % SERIES.len()]
}

/// Its colour and shape; they repeat together only after 35.
pub const fn series(number: usize) -> (RGBColor, Shape) {
    (color(number), SHAPES[number % SHAPES.len()])
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub color: RGBColor,
    pub shape: Shape,
    /// White inside: predicted, or of another open mode.
    pub is_hollow: bool,
}

impl Look {
    pub const fn new((color, shape): (RGBColor, Shape)) -> Look {
        Look { color, shape, is_hollow: false }
    }

    pub const fn hollow(self) -> Look {
        Look { is_hollow: true, ..self }
    }
}

/// Length of a dash and of the gap behind it, pixels.
pub type Dash = (f64, f64);
pub const DASHED: Dash = (7.0, 4.0);
pub const DOTTED: Dash = (2.0, 3.0);

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of two colours, 1 to 21: WCAG 2.2, definitions of "contrast ratio" and "relative luminance".
    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let luminance = |RGBColor(red, green, blue): RGBColor| {
            let linear = |channel: u8| match f64::from(channel) / 255.0 {
                low if low <= 0.04045 => low / 12.92,
                high => ((high + 0.055) / 1.055).powf(2.4),
            };
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn colours_are_readable_on_both_pages_and_distinct() {
        assert!((contrast(SERIES[6], PAPER) - 21.0).abs() < 1e-9 && (contrast(INK, INK) - 1.0).abs() < 1e-9);
        for (background, soft, words) in [
            (PAPER, LIGHT_SOFT, [INK, GREY, LIGHT_LINK]),
            (on_dark(PAPER), DARK_SOFT, [on_dark(INK), on_dark(GREY), DARK_LINK]),
        ] {
            for (color, behind) in words.into_iter().flat_map(|color| [(color, background), (color, soft)]) {
                assert!(contrast(color, behind) >= 4.5, "{color:?} on {behind:?}");
            }
        }
        let darks: Vec<RGBColor> = SERIES.iter().map(|color| on_dark(*color)).collect();
        for (place, dark) in darks.iter().enumerate() {
            assert!(contrast(*dark, on_dark(PAPER)) >= 3.0, "{dark:?}");
            assert!(!darks[..place].contains(dark), "{dark:?} stands for two");
        }
        // More is further from the background.
        let ramp = &ON_DARK[ON_DARK.len() - 7..];
        let on_white: Vec<f64> = ramp.iter().map(|(light, _)| contrast(*light, PAPER)).collect();
        let on_dark: Vec<f64> = ramp.iter().map(|(_, dark)| contrast(*dark, on_dark(PAPER))).collect();
        assert!(on_white.is_sorted() && on_dark.is_sorted(), "{on_white:?} {on_dark:?}");
        assert!(on_dark[0] > 1.5 && on_dark[6] > 10.0, "{on_dark:?}");
    }
}
