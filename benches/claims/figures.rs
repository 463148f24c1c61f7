//! A figure: what it is of, its goal, and what was measured.
//! Never a single number: median, least and most of all pairs.

use std::fmt::Write;

/// One line of the table.
pub struct Figure {
    pub name: String,
    /// What it has to be.
    pub goal: Goal,
    /// One value a pair.
    pub values: Vec<f64>,
    pub unit: &'static str,
}

pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// A ratio: so close to 1.
    Within(f64),
    /// For the record.
    None,
}

impl Figure {
    fn median(&self) -> f64 {
        median(&self.values)
    }
}

/// The middle value; the mean of the two middle ones of an even number.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// All figures for people.
pub fn table(figures: &[Figure]) -> String {
    let mut text = String::new();
    for figure in figures {
        let least = figure.values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = figure.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (goal, met) = match figure.goal {
            Goal::AtMost(goal) => (format!("<= {goal}"), figure.median() <= goal),
            Goal::AtLeast(goal) => (format!(">= {goal}"), figure.median() >= goal),
            Goal::Within(goal) => (format!("1 ± {goal}"), (figure.median() - 1.0).abs() <= goal),
            Goal::None => (String::new(), true),
        };
        let verdict = if goal.is_empty() {
            ""
        } else if met {
            "met"
        } else {
            "NOT MET"
        };
        let _ = writeln!(
            text,
            "{:<64} {:>9.3} ({least:.3} – {most:.3}) {:<9} {goal:<8} {verdict}",
            figure.name,
            figure.median(),
            figure.unit
        );
    }
    text
}
