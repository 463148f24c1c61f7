//! How a run shows that it is going on: one line that is drawn again on a terminal, plain lines elsewhere.
//! Everything goes to standard error, so that results can be piped.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::conclude::claim::supports;
use crate::conclude::wording::{known, or_none};
use crate::driver::{Moment, Progress};
use crate::experiment::{CostProgress, ShootdownProgress};
use crate::note;
use crate::os::escape::plain;
use crate::results::{Availability, Sampled};
use crate::scenario::units::{format_bytes, format_duration_ns};

pub struct Live {
    /// `None`: plain lines. It never ticks by itself: that would take a thread, and the driver forks.
    bar: Option<ProgressBar>,
    /// Whether plain lines report only what is out of the ordinary, instead of every second.
    is_terse: bool,
}

impl Live {
    /// A line on standard error if that is a terminal.
    pub fn new() -> Live {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
            ProgressBar::new_spinner().with_style(style)
        });
        Live { bar, is_terse: false }
    }

    /// The same; but where lines stay, only those that a reader of many runs' log wants.
    pub fn terse() -> Live {
        Live { is_terse: true, ..Live::new() }
    }

    /// Several lines for each sample of a live server, drawn again on a terminal; elsewhere one line for each, or none if that is terse.
    pub fn watching(is_terse: bool) -> Live {
        let live = Live { is_terse, ..Live::new() };
        if let Some(bar) = &live.bar {
            bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
        }
        live
    }

    pub fn show_sample(&self, sampled: &Sampled) {
        let groups = describe_sample(sampled);
        match &self.bar {
            Some(_) => self.draw(&groups.map(|group| cut(&group)).join("\n"), false),
            None if self.is_terse => {}
            None => self.line(&groups.join("; ")),
        }
    }

    /// Shows a line of its own, above the one that is drawn again.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(plain(text)),
            None => note!("{text}"),
        }
    }

    pub fn show(&self, progress: &Progress) {
        let is_news = matches!(progress, Progress::Lost { .. } | Progress::NothingMeasured { .. });
        let stays = is_news || matches!(progress, Progress::Kept { .. } | Progress::Made { .. });
        // Where the line is drawn again, terse progress leaves out only how many records were made.
        let is_left_out = if self.bar.is_some() { matches!(progress, Progress::Made { .. }) } else { !is_news };
        if !(self.is_terse && is_left_out) {
            self.draw(&describe(progress), stays);
        }
    }

    pub fn show_cost(&self, progress: &CostProgress) {
        if self.bar.is_some() || !self.is_terse {
            self.draw(&describe_cost(progress), matches!(progress, CostProgress::Planned { .. }));
        }
    }

    pub fn show_shootdown(&self, progress: &ShootdownProgress) {
        let (elapsed, of) = (seconds(progress.elapsed_ns), seconds(progress.of_ns));
        self.draw(&format!("{elapsed}/{of} s, {} rounds", progress.rounds), false);
    }

    /// Shows a line that `stays`, or one that the next replaces.
    fn draw(&self, text: &str, stays: bool) {
        match &self.bar {
            Some(bar) if !stays => {
                bar.set_message(plain(text).into_owned());
                bar.tick();
            }
            _ => self.line(text),
        }
    }

    /// Does work that it shows, and removes the line that was drawn again.
    pub fn during<T>(self, work: impl FnOnce(&Live) -> T) -> T {
        let done = work(&self);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        done
    }
}

fn seconds(ns: u64) -> String {
    format!("{:.0}", ns as f64 / 1e9)
}

fn describe(progress: &Progress) -> String {
    match progress {
        Progress::Made { records, files } => format!("{records} records in {files} file(s)"),
        Progress::Gathering { ready, of } => format!("{ready} of {of} workers ready"),
        Progress::Waiting { ready, of, missing, others, left_ns } => format!(
            "{ready} of {of} workers ready; waiting {} s more for {}{}",
            seconds(*left_ns),
            missing.join(", "),
            if *others > 0 { ", ..." } else { "" }
        ),
        Progress::WarmingUp { left_ns } => format!("warming up, {} s to go", seconds(*left_ns)),
        Progress::Measuring(Moment { elapsed_ns, of_ns, due, completed, recent, recent_ns, stalled }) => {
            let recent = match recent {
                Some((count, [p50, p99])) => {
                    let time = |q, ns: u64| or_none(supports(*count, q).then_some(ns), format_duration_ns);
                    format!("p50 {} p99 {}", time(0.5, *p50), time(0.99, *p99))
                }
                None => "no reader completed anything".to_owned(),
            };
            let span = match *recent_ns {
                1_000_000_000 => "second".to_owned(),
                longer => format_duration_ns(longer),
            };
            format!(
                "{}/{} s, {completed}/{due} done; last {span}: {recent}; {stalled} stalled now",
                seconds(*elapsed_ns),
                seconds(*of_ns)
            )
        }
        Progress::Ending { working } => format!("time is over; waiting for {working} workers to end"),
        Progress::Kept { files } => format!("mapped files in {}", files.display()),
        Progress::NothingMeasured { why } => format!("nothing was measured: {why}; there is no result"),
        Progress::Lost { worker } => format!("Warning: lost {worker}; the run goes on without it"),
    }
}

/// Cut to the terminal: a line that breaks would not be drawn over.
fn cut(line: &str) -> String {
    line.chars().take(super::columns().saturating_sub(1)).collect()
}

/// A sample in groups of figures: file and lock, then processes, then the machine.
fn describe_sample(sampled: &Sampled) -> [String; 3] {
    let share = |share: &Availability<f64>| known(share, |share| format!("{:.0} %", share * 100.0));
    let held =
        known(&sampled.exclusive, |held| if *held { "held exclusively" } else { "not held exclusively" }.to_owned());
    let [cpu, memory, io] = [&sampled.cpu_pressure, &sampled.memory_pressure, &sampled.io_pressure].map(share);
    [
        format!(
            "{}: {}, commits {}; lock {held}, waiters {}",
            format_duration_ns(sampled.at_ns),
            format_bytes(sampled.bytes),
            known(&sampled.commits, u64::to_string),
            known(&sampled.lock_waiters, u32::to_string),
        ),
        format!(
            "mappers {}, blocked {}, CPUs used {}, throttled {}",
            sampled.mappers,
            sampled.blocked,
            known(&sampled.cpus_used, |cpus| format!("{cpus:.2}")),
            share(&sampled.throttled),
        ),
        format!(
            "TLB interrupts {}; waited for CPU {cpu}, memory {memory}, I/O {io}",
            known(&sampled.tlb_interrupts_per_s, |per_s| format!("{per_s:.0}/s")),
        ),
    ]
}

fn describe_cost(progress: &CostProgress) -> String {
    match progress {
        CostProgress::Planned { files, bytes, models, least_ns, of_ns } => format!(
            "{files} files of {}, {models} models: three rounds take about {} s or more, of {} s",
            format_bytes(*bytes),
            seconds(*least_ns),
            seconds(*of_ns)
        ),
        CostProgress::Making { made, of } => format!("{made} of {of} files made"),
        CostProgress::Gathering { ready, of } => format!("{ready} of {of} mappers ready"),
        CostProgress::Measuring { elapsed_ns, of_ns, round, precise, of } => {
            format!(
                "{}/{} s, round {round}: {precise} of {of} slopes within 5 %",
                seconds(*elapsed_ns),
                seconds(*of_ns)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_three_short_lines_and_what_is_unknown_is_no_zero() {
        let mut sampled = crate::results::fixtures::inspection().load.samples.remove(3);
        let lines = describe_sample(&sampled);
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:?}");
        assert!(
            lines[0].starts_with("1.5 s: 150 MiB, commits unavailable; lock held exclusively, waiters 3"),
            "{lines:?}"
        );
        assert_eq!(lines[2], "TLB interrupts 120/s; waited for CPU 25 %, memory 0 %, I/O 50 %");
        sampled.exclusive = Err("forbidden".to_owned()).into();
        assert!(describe_sample(&sampled)[0].contains("lock unavailable"));
    }

    #[test]
    fn more_workers_are_missing_only_if_others_than_the_named_and_the_lost_are() {
        let line = |others| {
            let missing = vec!["reader 3".to_owned()];
            describe(&Progress::Waiting { ready: 7, of: 10, missing, others, left_ns: 30_000_000_000 })
        };
        assert_eq!(line(0), "7 of 10 workers ready; waiting 30 s more for reader 3");
        assert_eq!(line(2), "7 of 10 workers ready; waiting 30 s more for reader 3, ...");
    }

    #[test]
    fn a_line_reports_time_completions_and_stalls() {
        let moment = Moment {
            elapsed_ns: 3_000_000_000,
            of_ns: 8_000_000_000,
            due: 1200,
            completed: 1100,
            recent: Some((400, [130_000, 2_000_000])),
            recent_ns: 1_000_000_000,
            stalled: 42,
        };
        let line = describe(&Progress::Measuring(moment.clone()));
        assert!(line.starts_with("3/8 s, 1100/1200 done"), "{line}");
        assert!(line.contains("42 stalled now"), "{line}");
        assert!(line.chars().count() <= 80, "{line}");
        assert!(line.contains("last second: p50"), "{line}");
        let line = describe(&Progress::Measuring(Moment { recent: None, recent_ns: 2_000_000_000, ..moment }));
        assert!(line.contains("last 2 s: no reader completed anything"), "{line}");
    }
}
