//! One axis of a sweep as it is written: `readers.count=250,500,1000`, also with a range as in `readers.count=250..4000*2`.
//! Here the form is read; whether a value is allowed is found out like that of any override, at each point.

use super::keys::{self, Key};
use super::kind::Kind;
use super::problem::{Place, Problem, Texts};
use super::read_value::all_of;
use super::tree::{Content, Node};
use super::values::{Value, WrittenAxis};
use crate::scenario::sweep::MOST_POINTS;

const EXAMPLE: &str =
    "write `readers.count=250,500,1000`, `readers.count=250..4000*2` or `readers.open=read-write,read-only`";

/// So many steps of a range are tried, of which many may round to the same number.
const MOST_STEPS: usize = 100_000;

/// Reads the axes of a file. They must be plain strings, so that every part of them has its place in it.
pub(super) fn read_axes(key: &Key, nodes: &[Node], texts: &Texts) -> Result<Value, Vec<Problem>> {
    let read = |node: &Node| {
        let Content::Text(text) = &node.value else {
            let problem = Problem::new(format!("`{}` must be an array of strings", key.path()));
            return Err(problem.at(node.place.clone(), format!("this is {}", node.value.a_noun())).help(EXAMPLE));
        };
        if texts.at(&node.place).get(1..text.len() + 1) != Some(text) {
            let problem = Problem::new("an axis is a plain string").help(EXAMPLE);
            return Err(problem.at(node.place.clone(), "this is written with escapes, or over several lines"));
        }
        read_axis(node.place.text, text, node.place.start + 1)
    };
    all_of(nodes.iter().map(read)).map(Value::Axes)
}

/// Reads one axis that begins `at` bytes into its text.
pub(super) fn read_axis(text_number: usize, text: &str, at: usize) -> Result<WrittenAxis, Problem> {
    let place = |start: usize, piece: &str| Place::trimmed(text_number, at + start, piece);
    let Some((path, list)) = text.split_once('=') else {
        return Err(Problem::new("an axis is a key and its values")
            .at(place(0, text), "there is no `=`")
            .help(EXAMPLE));
    };
    let path_place = place(0, path);
    let takes_ranges = check_key(path.trim(), &path_place)?;
    let (mut values, mut start) = (Vec::new(), path.len() + 1);
    for piece in list.split(',') {
        let here = place(start, piece);
        start += piece.len() + 1;
        match piece.trim() {
            "" => return Err(Problem::new("an axis lacks a value").at(here, "a value is missing").help(EXAMPLE)),
            range if takes_ranges && range.contains("..") => match expand(range) {
                Ok(numbers) => values.extend(numbers.iter().map(|number| (number.to_string(), here.clone()))),
                Err(label) => {
                    let problem = Problem::new(format!("`{range}` is not a range")).at(here, label);
                    return Err(
                        problem.help("write `250..4000*2` for steps that double, `500..3000+500` for equal ones")
                    );
                }
            },
            value => values.push((value.to_owned(), here)),
        }
    }
    Ok(WrittenAxis { path: path.trim().to_owned(), path_place, values })
}

/// Refuses keys that make no axis; whether the key's values may be ranges. An unknown key is refused later.
fn check_key(path: &str, place: &Place) -> Result<bool, Problem> {
    let refuse = |label: &str, help: &str| {
        Err(Problem::new(format!("`{path}` cannot be an axis")).at(place.clone(), label).help(help))
    };
    let parts: Vec<&str> = path.split('.').map(str::trim).collect();
    let (section, name) = if let [section, name, ..] = parts[..] { (section, name) } else { ("", path) };
    match (section, name) {
        ("", "name" | "description") => {
            return refuse(
                "it changes nothing in the load",
                "an axis is a key that changes the load, such as `readers.count`",
            );
        }
        ("slo", _) => {
            return refuse(
                "what a run is judged by changes nothing in it",
                "judge the same runs by other objectives with `mapstorm diagnose RESULT --slo CLAUSES`",
            );
        }
        ("sweep", _) => return refuse("a sweep cannot sweep itself", "give two axes to vary two keys"),
        _ => {}
    }
    let Some(key) = keys::find(section, name) else { return Ok(false) };
    match (&key.kind, parts.len()) {
        (Kind::Mix(names), 2) => {
            let first = names.last().unwrap_or(&"lookup");
            refuse("a whole mix of weights is no single value", &format!("take one weight: `{path}.{first}=0,10,100`"))
        }
        (Kind::Ramp, 2) => refuse("a ramp is no single value", "take `readers.ramp.from`"),
        (Kind::Count(..) | Kind::Mix(_), _) => Ok(true),
        _ => Ok(false),
    }
}

/// The numbers of `from..to*factor` or `from..to+step`; or what is wrong with it.
fn expand(range: &str) -> Result<Vec<u64>, String> {
    let number =
        |text: &str| text.trim().parse::<u64>().map_err(|_| format!("`{}` is not a whole number", text.trim()));
    let (from, rest) = range.split_once("..").ok_or("there is no `..`")?;
    let at = rest.find(['*', '+']).ok_or("it does not say by which steps")?;
    let (from, to, step) = (number(from)?, number(&rest[..at])?, rest[at + 1..].trim());
    if from > to {
        return Err("it ends before it begins".to_owned());
    }
    let factor = if rest[at..].starts_with('*') {
        let factor = step.parse::<f64>().ok().filter(|factor| *factor > 1.0 && factor.is_finite());
        Some(factor.ok_or(format!("`{step}` is not a number above 1"))?)
    } else {
        None
    };
    let step = if factor.is_none() { number(step)? } else { 1 };
    let does_not_lead_on = || "its steps do not lead on".to_owned();
    if step == 0 || (factor.is_some() && from == 0) {
        return Err(does_not_lead_on());
    }
    let (mut last, mut exact) = (from, from as f64);
    let mut numbers = vec![from];
    // Small factors round to the same number more than once; the smallest would for hours.
    for _ in 0..MOST_STEPS {
        exact *= factor.unwrap_or(1.0);
        let next = if factor.is_some() { Some(exact.round() as u64) } else { last.checked_add(step) };
        // The largest number of all has none after it.
        let Some(next) = next.filter(|next| last < to && *next <= to) else { return Ok(numbers) };
        if next > last {
            numbers.push(next);
            last = next;
        }
        if numbers.len() > MOST_POINTS {
            return Err(format!("it has more than {MOST_POINTS} values"));
        }
    }
    Err(does_not_lead_on())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_out() {
        assert_eq!(expand("250..4000*2").unwrap(), [250, 500, 1000, 2000, 4000]);
        assert_eq!(expand("500 .. 2100 + 500").unwrap(), [500, 1000, 1500, 2000]);
        assert_eq!(expand("1..4*1.3").unwrap(), [1, 2, 3, 4]);
        assert_eq!(expand("7..7*2").unwrap(), [7]);
        assert_eq!(expand("0..2+1").unwrap(), [0, 1, 2]);
        let (most, half) = (u64::MAX, u64::MAX / 2 + 1);
        assert_eq!(expand(&format!("{half}..{most}*2")).unwrap(), [half, most], "the largest number ends it");
        assert_eq!(expand(&format!("{}..{most}+5", most - 5)).unwrap(), [most - 5, most]);
        for (wrong, why) in [
            ("1..9", "by which steps"),
            ("9..1*2", "ends before"),
            ("0..8*2", "lead on"),
            ("1..8+0", "lead on"),
            ("1..8*1", "above 1"),
            ("1..8*1.0000000000000003", "lead on"),
            ("1..x*2", "`x` is not"),
            ("1..1000000+1", "more than 200"),
        ] {
            let error = expand(wrong).unwrap_err();
            assert!(error.contains(why), "{wrong}: {error}");
        }
    }

    #[test]
    fn every_part_has_its_place() {
        let axis = read_axis(3, " readers.count = 5, 1..4*2 ", 10).unwrap();
        assert_eq!((&*axis.path, axis.path_place), ("readers.count", Place::new(3, 11..24)));
        let values: Vec<&str> = axis.values.iter().map(|(value, _)| &**value).collect();
        assert_eq!(values, ["5", "1", "2", "4"]);
        assert_eq!((axis.values[0].1.start, axis.values[1].1.start, axis.values[3].1.end), (27, 30, 36));
        // Only whole numbers have ranges: a path may well hold two dots.
        assert_eq!(read_axis(0, "file.source=../a.db", 0).unwrap().values[0].0, "../a.db");
    }
}
