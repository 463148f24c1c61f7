//! Text on its way out. Names and messages come from results, files and paths of any origin: what commands a terminal, hides text or turns
//! its direction round is shown, never done.

use std::{borrow::Cow, fmt::Write as _};

/// Whether a character is not shown but does something: control characters, and those that turn or hide the direction of text.
/// Line breaks and tabs lay our own text out.
pub fn is_hidden(c: char) -> bool {
    let lays_out = matches!(c, '\n' | '\t');
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
    (c.is_control() && !lays_out) || turns || breaks
}

/// Text for a terminal, also of several lines: what is hidden in it as `\u001b`. That is how JSON spells it too, so a JSON document stays
/// the same document.
pub fn plain(text: &str) -> Cow<'_, str> {
    shown(text, is_hidden)
}

/// The same of a name that stands within a line: line breaks and tabs too.
pub fn in_line(text: &str) -> Cow<'_, str> {
    shown(text, |c| is_hidden(c) || matches!(c, '\n' | '\t'))
}

/// Text for XML and HTML, which have no spelling for most of these: a replacement character for each.
pub fn replaced(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect())
}

/// A cell of CSV that is no number. A spreadsheet would calculate what begins like a formula; the usual apostrophe makes it text.
pub fn cell(text: &str) -> Cow<'_, str> {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

fn shown(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match hidden(c) {
            true => {
                let _ = write!(shown, "\\u{:04x}", u32::from(c));
            }
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}]0;x\u{7}b\u{9b}31m\u{7f}c\u{202e}d\r\ne\tö \u{1f600}";

    #[test]
    fn control_characters_are_shown_and_line_breaks_stay() {
        assert_eq!(plain(HOSTILE), "a\\u001b]0;x\\u0007b\\u009b31m\\u007fc\\u202ed\\u000d\ne\tö \u{1f600}");
        assert_eq!(in_line("a\nb\tc"), "a\\u000ab\\u0009c");
        assert_eq!(replaced(HOSTILE), "a\u{fffd}]0;x\u{fffd}b\u{fffd}31m\u{fffd}c\u{fffd}d\u{fffd}\ne\tö \u{1f600}");
        assert!(matches!(plain("usual\n\ttext"), Cow::Borrowed(_)) && matches!(replaced("ü"), Cow::Borrowed(_)));
    }

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for formula in ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(formula), format!("'{formula}"));
        }
        for usual in ["-1.5", "+3", "-1e-9", "0.5", "", "a=b", "reader"] {
            assert_eq!(cell(usual), usual);
        }
    }

    #[test]
    fn a_json_document_stays_the_same_document() {
        let json = serde_json::to_string(&[HOSTILE]).unwrap();
        assert!(json.contains('\u{9b}'), "serde_json leaves these as they are");
        let shown = plain(&json);
        assert!(!shown.contains(is_hidden));
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [HOSTILE]);
    }
}
