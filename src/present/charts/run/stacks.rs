//! A flame graph of the kernel stacks of stalled workers: each function is as wide as the share of samples with it; what it called stands above.

use std::collections::BTreeMap;

use crate::{
    present::charts::{Axis, INK_ON_COLOR, Mark, Panel, Plot, Text, WIDTH, Words, color},
    results::{Role, TimeSeries},
    scenario::units::percent,
};

/// Height of a function, pixels; and of its name, and about of one letter of that.
const ROW: f64 = 15.0;
const SIZE: f64 = 9.0;
const LETTER: f64 = 5.4;
/// What is narrower is left out: nobody could point at it.
const LEAST_SHARE: f64 = 0.004;
/// Deeper functions are left out.
const MOST_DEEP: usize = 40;
/// A name of fewer letters says nothing.
const LEAST_LETTERS: usize = 4;

#[derive(Default)]
struct Node {
    samples: u64,
    called: BTreeMap<String, Node>,
}

impl Node {
    fn add(&mut self, stack: &[&str], samples: u64) {
        self.samples += samples;
        if let [first, rest @ ..] = stack {
            self.called.entry((*first).to_owned()).or_default().add(rest, samples);
        }
    }

    fn depth(&self) -> usize {
        self.called.values().map(|called| 1 + called.depth()).max().unwrap_or(0)
    }
}

/// `None`: nobody was stalled, or stacks are unavailable.
pub fn plot(time_series: &TimeSeries) -> Option<Plot> {
    let mut roles: BTreeMap<Role, Node> = BTreeMap::new();
    for line in time_series.stacks.lines() {
        let (stack, samples) = line.rsplit_once(' ')?;
        let names: Vec<&str> = stack.split(';').collect();
        let (role, functions) = names.split_first()?;
        roles.entry(Role::named(role)?).or_default().add(functions, samples.parse().ok()?);
    }
    let x = Axis::shares("share of the samples", [1.0], 10);
    let panel = |(role, root): (&Role, &Node)| {
        let depth = root.depth().min(MOST_DEEP);
        let y = Axis::rows(std::iter::repeat_n("", depth));
        let title = format!("{role}s, {} samples", root.samples);
        let mut panel = Panel::new(title, ROW * depth as f64, &x, y);
        draw(root, root.samples as f64, (0.0, 0), &mut panel);
        panel
    };
    // Writers first: what they do under the lock is what readers wait for.
    let panels: Vec<Panel> = roles.iter().rev().filter(|(_, root)| root.depth() > 0).map(panel).collect();
    let caption = "Kernel stacks of stalled workers, sampled every 10 ms while any was stalled. Each function is as wide as the share of \
                   samples in which it was; what it called stands above it. “on a CPU”: it ran, so that its stack is unknown.";
    let title = "Where in the kernel stalled workers were";
    (!panels.is_empty()).then(|| super::plot(time_series, ["stacks", title, caption], panels))
}

/// What a function called, from `left` on, in its row.
fn draw(node: &Node, all: f64, (mut left, row): (f64, usize), panel: &mut Panel) {
    if row >= MOST_DEEP {
        return;
    }
    for (name, called) in &node.called {
        let share = called.samples as f64 / all;
        if share >= LEAST_SHARE {
            let (low, high) = (row as f64, row as f64 + 1.0);
            let title = format!("{name}: {} of the samples", percent(share));
            panel.add(title, Mark::Cell((left, low + 0.04), (left + share, high - 0.04), color(1 + 2 * (row % 2))));
            let room = (share * (f64::from(WIDTH) - 100.0) / LETTER) as usize;
            if room >= LEAST_LETTERS {
                let shown: String = match name.chars().count() <= room {
                    true => name.clone(),
                    false => name.chars().take(room - 1).chain(['…']).collect(),
                };
                let words = Words::of_size(SIZE).color(INK_ON_COLOR);
                panel.behind(Mark::Text(Text::new(shown, (left, low + 0.5), (2.0, 0.0), words)));
            }
            draw(called, all, (left, row + 1), panel);
        }
        left += share;
    }
}
