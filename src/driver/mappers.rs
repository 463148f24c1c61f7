//! The mappers of a cost experiment: one crowd, forked once, of which each process maps many files – those with enough mappers.
//! Files with few mappers and files with many exist side by side, so that they can be measured in any order.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use anyhow::{Context, ensure};
use nix::sys::signal::{Signal, kill};

use super::crowd::{Crowd, Kind, Name, OomFirst};
use crate::{
    os::{
        call::{Call, Reply},
        clock::now_ns,
        pages::Pages,
        process,
        shared::Shared,
    },
    scenario::{Busy, units::format_duration_ns},
    shm::{LastWords, Orders},
    workload::{
        mapper::{COUNTS_FAULTS, MappedFile, Rhythm, obey, wait},
        update::{Ask, Mappers},
    },
};

/// How often the driver looks whether a mapper was lost while it waits for answers, milliseconds.
const LOOK_MS: u16 = 500;
/// Exit status of a mapper that could not map its files.
const CANNOT_MAP: i32 = 3;

/// Everything that mappers map, and what they do.
pub struct Company {
    /// The files, and for each the number of its mappers, as a place in `levels`.
    pub files: Vec<(MappedFile, usize)>,
    /// Numbers of mappers, rising, from 0.
    pub levels: Vec<u32>,
    /// What they do between orders.
    pub busy: Busy,
    /// Reads a second of all mappers of a file together, if they read.
    pub reads_per_s: f64,
}

impl Company {
    /// The group that process `rank` is called with: the place of the first level that counts it in.
    fn band(&self, rank: u32) -> usize {
        self.levels.partition_point(|level| *level <= rank)
    }

    /// How many belong to a group.
    fn band_size(&self, band: usize) -> u32 {
        band.checked_sub(1).map_or(0, |before| self.levels[band] - self.levels[before])
    }

    /// So long the driver waits for one more mapper: each reads all of its files, at eight times what a page fault takes.
    fn patience_ns(&self) -> u64 {
        let bytes: u64 = self.files.iter().map(|(file, _)| file.size).sum();
        60_000_000_000 + u64::from(self.largest()) * (20_000_000 + bytes)
    }

    fn largest(&self) -> u32 {
        self.levels.last().copied().unwrap_or(0)
    }
}

/// The crowd, asleep until it is asked.
pub struct MapperCrowd<'a> {
    company: &'a Company,
    crowd: Crowd,
    lost: Vec<String>,
    calls: Vec<Call>,
    reply: Reply,
    orders: Shared<Orders>,
}

impl<'a> MapperCrowd<'a> {
    /// Forks the whole crowd, and waits until everybody has mapped its files and read every page of them.
    /// `tell` hears how many have, about once a second.
    pub fn gather(
        company: &'a Company,
        interrupted: &AtomicBool,
        tell: &mut dyn FnMut(u32),
    ) -> anyhow::Result<MapperCrowd<'a>> {
        let calls = company.levels.iter().map(|_| Call::new()).collect::<nix::Result<Vec<_>>>().context("pipe")?;
        let mut gathered = MapperCrowd {
            company,
            crowd: Crowd::new(company.largest()).context("shared memory")?,
            lost: Vec::new(),
            calls,
            reply: Reply::new().context("pipe")?,
            orders: Shared::zeroed(1).context("shared memory")?,
        };
        gathered.fork_all(interrupted)?;
        let (mut told, mut ready, mut came) = (now_ns(), 0, now_ns());
        while gathered.orders[0].ready() < company.largest() && !interrupted.load(Relaxed) {
            gathered.look_for_lost()?;
            if gathered.orders[0].ready() > ready {
                (ready, came) = (gathered.orders[0].ready(), now_ns());
            }
            let patience_ns = company.patience_ns();
            ensure!(
                now_ns() - came < patience_ns,
                "{} of {} mappers have not mapped their files, and for {} nobody came: is the disk too slow, or are they stopped?",
                company.largest() - ready,
                company.largest(),
                format_duration_ns(patience_ns)
            );
            std::thread::sleep(std::time::Duration::from_millis(2));
            if now_ns() - told > 1_000_000_000 {
                told = now_ns();
                tell(gathered.orders[0].ready());
            }
        }
        Ok(gathered)
    }

    fn fork_all(&mut self, interrupted: &AtomicBool) -> anyhow::Result<()> {
        let _oom = OomFirst::new();
        // An option, because a child takes the calls for good while the driver keeps its own.
        let mut calls = Some(std::mem::take(&mut self.calls));
        for rank in (0..self.company.largest()).take_while(|_| !interrupted.load(Relaxed)) {
            let name = Name { kind: Kind::Mapper, number: rank, instance: 0 };
            let label = name.label();
            let (company, orders, reply) = (self.company, &self.orders[0], &self.reply);
            self.crowd.fork(name, |words| {
                let _ = process::set_name(&label.short);
                let mine = calls.take().and_then(|calls| calls.into_iter().nth(company.band(rank)));
                live(company, rank, mine, orders, reply, words)
            })?;
        }
        self.calls = calls.take().context("the calls are a child's only")?;
        Ok(())
    }

    fn look_for_lost(&mut self) -> anyhow::Result<()> {
        let lost = self.lost();
        ensure!(lost.is_empty(), "lost {}", lost.join(", "));
        Ok(())
    }

    /// Those who map a file.
    pub fn of(&mut self, file: usize) -> MappersOf<'_, 'a> {
        MappersOf { crowd: self, file, faults: 0 }
    }

    /// Those who were lost, by name and cause.
    pub fn lost(&mut self) -> Vec<String> {
        self.lost.extend(self.crowd.reap().iter().map(ToString::to_string));
        self.lost.clone()
    }
}

/// The mappers of one file.
pub struct MappersOf<'c, 'a> {
    crowd: &'c mut MapperCrowd<'a>,
    file: usize,
    faults: u64,
}

impl MappersOf<'_, '_> {
    fn level(&self) -> usize {
        self.crowd.company.files[self.file].1
    }
}

impl Mappers for MappersOf<'_, '_> {
    fn count(&self) -> u32 {
        self.crowd.company.levels[self.level()]
    }

    fn ask(&mut self, what: Ask) -> Result<(), String> {
        self.faults = 0;
        if self.count() == 0 {
            return Ok(());
        }
        let crowd = &mut *self.crowd;
        let company = crowd.company;
        let level = company.files[self.file].1;
        crowd.orders[0].give(what as u32, self.file as u32, company.levels[level]);
        for band in 1..=level {
            crowd.calls[band].call(company.band_size(band)).map_err(|error| format!("calling mappers: {error}"))?;
        }
        while !crowd.reply.comes_within(LOOK_MS) {
            crowd.look_for_lost().map_err(|error| error.to_string())?;
        }
        let answers = crowd.orders[0].answers();
        self.faults = answers.faults;
        match answers.failed {
            None => Ok(()),
            Some(number) => Err(format!("a mapper: {}", std::io::Error::from_raw_os_error(number))),
        }
    }

    fn faults(&self) -> Option<u64> {
        COUNTS_FAULTS.then_some(self.faults)
    }

    fn signal(&mut self, signal: Signal) -> Result<(), String> {
        let count = self.count();
        for pid in self.crowd.crowd.pids(|name| name.number < count) {
            kill(pid, signal).map_err(|error| format!("kill({pid}, {signal}): {error}"))?;
        }
        Ok(())
    }
}

/// A mapper's whole life after the fork; its exit status.
fn live(company: &Company, rank: u32, call: Option<Call>, orders: &Orders, reply: &Reply, words: &LastWords) -> i32 {
    let Some(call) = call else { return CANNOT_MAP };
    let mut listening = call.enter();
    let maps = |level: usize| company.levels[level] > rank;
    let mut mapped: Vec<Option<Pages>> = Vec::with_capacity(company.files.len());
    for (file, level) in &company.files {
        match maps(*level).then(|| file.map()).transpose() {
            Ok(pages) => mapped.push(pages),
            Err(error) => {
                words.say(&format!("{}: {error}", file.path.to_string_lossy()));
                return CANNOT_MAP;
            }
        }
    }
    // As orders, so that the code which carries them out is mapped too: its page faults would count as the first order's.
    for ((file, _), pages) in company.files.iter().zip(&mut mapped).filter(|(_, pages)| pages.is_some()) {
        for ask in [Ask::TouchAll, Ask::Touch] {
            let _ = obey(ask, file, pages);
        }
    }
    orders.is_ready();
    // Together the mappers of the largest file read so often; of a smaller one, fewer do.
    let every_ns = (f64::from(company.largest()) / company.reads_per_s * 1e9).max(1.0) as u64;
    let phase_ns = (every_ns as f64 * f64::from(rank) / f64::from(company.largest())) as u64;
    let rhythm = Rhythm { every_ns, phase_ns };
    loop {
        let called = wait(&mut listening, company.busy, rhythm, |busy| {
            let (_, file) = orders.taken();
            let Some(((file, _), Some(pages))) = company.files.get(file as usize).zip(mapped.get(file as usize)) else {
                return;
            };
            match busy {
                Busy::Asleep => {}
                Busy::Touch => {
                    std::hint::black_box(pages.touch(file.folio.start));
                }
                Busy::Scan => pages.touch_range(0..file.size),
            }
        });
        let (ask, file) = orders.taken();
        let ask = Ask::ALL.get(ask as usize).copied().filter(|_| called).unwrap_or(Ask::Leave);
        if ask == Ask::Leave {
            return 0;
        }
        let outcome = match company.files.get(file as usize).zip(mapped.get_mut(file as usize)) {
            Some(((file, _), pages)) => obey(ask, file, pages).map_err(|error| error as i32),
            None => Err(nix::Error::EINVAL as i32),
        };
        let faults = outcome.unwrap_or(0);
        if orders.answer(faults, outcome.map(|_| ())) {
            // The driver is gone: then the next wait finds that out.
            let _ = reply.tell();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn company(levels: &[u32]) -> Company {
        Company { files: Vec::new(), levels: levels.to_vec(), busy: Busy::Asleep, reads_per_s: 1000.0 }
    }

    #[test]
    fn every_process_is_called_with_one_group_and_groups_make_up_the_levels() {
        let company = company(&[0, 10, 25, 100]);
        let mut sizes = [0; 4];
        for rank in 0..100 {
            sizes[company.band(rank)] += 1;
        }
        assert_eq!(sizes, [0, 10, 15, 75]);
        assert_eq!((0..4).map(|band| company.band_size(band)).collect::<Vec<_>>(), sizes);
        for level in 1..4 {
            assert_eq!(sizes[..=level].iter().sum::<u32>(), company.levels[level]);
        }
    }
}
