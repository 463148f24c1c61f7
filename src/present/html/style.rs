//! The style of pages: written by hand in style.css, with the colours of the charts' palette, for light and dark.
//! Charts are drawn on white; on a dark screen each of their colours is overridden by the one that stands for it.

use std::fmt::Write as _;

use plotters::style::RGBColor;

use crate::present::charts::palette::{
    DARK_ALERT, DARK_LINK, DARK_SOFT, FAINT, GREY, INK, LIGHT_ALERT, LIGHT_LINK, LIGHT_SOFT, ON_DARK, PAPER, on_dark,
};

pub fn sheet() -> String {
    let root = |colors: [RGBColor; 7]| {
        let names = ["paper", "ink", "grey", "faint", "soft", "link", "alert"].iter();
        let list: String = names.zip(colors).map(|(name, color)| format!("--{name}:{};", hex(color))).collect();
        format!(":root{{{list}}}\n")
    };
    let mut sheet = root([PAPER, INK, GREY, FAINT, LIGHT_SOFT, LIGHT_LINK, LIGHT_ALERT]);
    sheet.push_str(include_str!("style.css"));
    sheet.push_str("@media screen and (prefers-color-scheme: dark) {\n");
    let [paper, ink, grey, faint] = [PAPER, INK, GREY, FAINT].map(on_dark);
    sheet += &root([paper, ink, grey, faint, DARK_SOFT, DARK_LINK, DARK_ALERT]);
    for (light, dark) in ON_DARK {
        let (light, dark) = (hex(*light), hex(*dark));
        let _ = writeln!(sheet, ".chart [fill=\"{light}\"]{{fill:{dark}}}.chart [stroke=\"{light}\"]{{stroke:{dark}}}");
    }
    sheet.push('}');
    sheet
}

/// As charts have it in their attributes.
pub(crate) fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}
