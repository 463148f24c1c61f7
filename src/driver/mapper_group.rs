//! The mappers of a cost experiment: processes forked once, each of which maps many files – those with enough mappers.
//! Files with few mappers and files with many exist side by side, so that they can be measured in any order.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, ensure};
use nix::sys::signal::{Signal, kill};

use super::members::{Kind, Name};
use super::process_group::{OomFirst, ProcessGroup, patience_ns};
use super::progress::OnceASecond;
use crate::os::call::{Call, Reply};
use crate::os::clock::now_ns;
use crate::os::pages::Pages;
use crate::os::shared::Shared;
use crate::scenario::ReadPattern;
use crate::scenario::units::format_duration_ns;
use crate::shm::{CommandBoard, ExitMessage};
use crate::workload::mapper::{COUNTS_FAULTS, MappedFile, ReadSchedule, execute, wait};
use crate::workload::update::{Command, Mappers};

/// How often the driver checks for lost mappers while it waits for answers, milliseconds.
const LOOK_MS: u16 = 500;
const CANNOT_MAP: i32 = 3;

pub struct MapperPlan {
    /// The files, and for each the number of its mappers, as a place in `levels`.
    pub files: Vec<(MappedFile, usize)>,
    /// Numbers of mappers, rising, from 0.
    pub levels: Vec<u32>,
    pub read_pattern: ReadPattern,
    /// Reads a second of all mappers of a file together, if they read.
    pub reads_per_s: f64,
}

impl MapperPlan {
    /// The first level that process `index` belongs to: it is called together with the others of that level.
    fn level_of(&self, index: u32) -> usize {
        self.levels.partition_point(|level| *level <= index)
    }

    /// How many processes belong to this level and not to the one before.
    fn added_by(&self, level: usize) -> u32 {
        level.checked_sub(1).map_or(0, |before| self.levels[level] - self.levels[before])
    }

    fn largest(&self) -> u32 {
        self.levels.last().copied().unwrap_or(0)
    }
}

pub struct MapperGroup<'a> {
    plan: &'a MapperPlan,
    processes: ProcessGroup,
    lost: Vec<String>,
    calls: Vec<Call>,
    reply: Reply,
    board: Shared<CommandBoard>,
}

impl<'a> MapperGroup<'a> {
    /// Forks all mappers, and waits until each has mapped and read its files. `on_progress` gets their number once a second.
    pub fn gather(
        plan: &'a MapperPlan,
        interrupted: &AtomicBool,
        on_progress: &mut dyn FnMut(u32),
    ) -> anyhow::Result<MapperGroup<'a>> {
        let calls = plan.levels.iter().map(|_| Call::new()).collect::<nix::Result<Vec<_>>>().context("pipe")?;
        let mut gathered = MapperGroup {
            plan,
            processes: ProcessGroup::new(plan.largest()).context("shared memory")?,
            lost: Vec::new(),
            calls,
            reply: Reply::new().context("pipe")?,
            board: Shared::zeroed(1).context("shared memory")?,
        };
        gathered.fork_all(interrupted)?;
        let (mut report, mut ready, mut came_ns) = (OnceASecond::new(now_ns()), 0, now_ns());
        let patience_ns = patience_ns(plan.largest(), plan.files.iter().map(|(file, _)| file.size).sum());
        while gathered.board[0].ready() < plan.largest() && !interrupted.load(Relaxed) {
            gathered.look_for_lost()?;
            if gathered.board[0].ready() > ready {
                (ready, came_ns) = (gathered.board[0].ready(), now_ns());
            }
            ensure!(
                now_ns() - came_ns < patience_ns,
                "{} of {} mappers have not mapped their files, and for {} none has: is the disk too slow, or are they stopped?",
                plan.largest() - ready,
                plan.largest(),
                format_duration_ns(patience_ns)
            );
            std::thread::sleep(std::time::Duration::from_millis(2));
            if report.is_due(now_ns()) {
                on_progress(gathered.board[0].ready());
            }
        }
        Ok(gathered)
    }

    fn fork_all(&mut self, interrupted: &AtomicBool) -> anyhow::Result<()> {
        let _oom = OomFirst::new();
        // An option, because a child consumes its copy of the calls, and the driver keeps its own.
        let mut calls = Some(std::mem::take(&mut self.calls));
        for index in (0..self.plan.largest()).take_while(|_| !interrupted.load(Relaxed)) {
            let name = Name { kind: Kind::Mapper, number: index, instance: 0 };
            let (plan, board, reply) = (self.plan, &self.board[0], &self.reply);
            self.processes.fork(name, |message| {
                let mine = calls.take().and_then(|calls| calls.into_iter().nth(plan.level_of(index)));
                mapper_main(plan, index, mine, board, reply, message)
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

    pub fn of(&mut self, file: usize) -> MappersOf<'_, 'a> {
        MappersOf { group: self, file, faults: 0 }
    }

    pub fn lost(&mut self) -> Vec<String> {
        self.lost.extend(self.processes.reap().iter().map(ToString::to_string));
        self.lost.clone()
    }
}

pub struct MappersOf<'c, 'a> {
    group: &'c mut MapperGroup<'a>,
    file: usize,
    faults: u64,
}

impl MappersOf<'_, '_> {
    fn level(&self) -> usize {
        self.group.plan.files[self.file].1
    }
}

impl Mappers for MappersOf<'_, '_> {
    fn count(&self) -> u32 {
        self.group.plan.levels[self.level()]
    }

    fn execute(&mut self, command: Command) -> Result<(), String> {
        self.faults = 0;
        if self.count() == 0 {
            return Ok(());
        }
        let (level, count) = (self.level(), self.count());
        let group = &mut *self.group;
        group.board[0].give(command as u32, self.file as u32, count);
        for added in 1..=level {
            group.calls[added].call(group.plan.added_by(added)).map_err(|error| format!("calling mappers: {error}"))?;
        }
        while !group.reply.comes_within(LOOK_MS) {
            group.look_for_lost().map_err(|error| error.to_string())?;
        }
        let answers = group.board[0].answers();
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
        for pid in self.group.processes.pids(|name| name.number < count) {
            kill(pid, signal).map_err(|error| format!("kill({pid}, {signal}): {error}"))?;
        }
        Ok(())
    }
}

/// What a mapper does from its fork to its end; its exit status.
fn mapper_main(
    plan: &MapperPlan,
    index: u32,
    call: Option<Call>,
    board: &CommandBoard,
    reply: &Reply,
    message: &ExitMessage,
) -> i32 {
    let Some(call) = call else { return CANNOT_MAP };
    let mut listening = call.enter();
    let maps = |level: usize| plan.levels[level] > index;
    let mut mapped: Vec<Option<Pages>> = Vec::with_capacity(plan.files.len());
    for (file, level) in &plan.files {
        match maps(*level).then(|| file.map()).transpose() {
            Ok(pages) => mapped.push(pages),
            Err(error) => {
                message.say(&format!("{}: {error}", file.path.to_string_lossy()));
                return CANNOT_MAP;
            }
        }
    }
    // As commands, so that the code which executes them is mapped too: its page faults would count for the first command.
    for ((file, _), pages) in plan.files.iter().zip(&mut mapped).filter(|(_, pages)| pages.is_some()) {
        for command in [Command::TouchAll, Command::Touch] {
            let _ = execute(command, file, pages);
        }
    }
    board.count_ready();
    // This is the rate of all mappers of the largest file together; the fewer mappers of a smaller file read less.
    let every_ns = (f64::from(plan.largest()) / plan.reads_per_s * 1e9).max(1.0) as u64;
    let phase_ns = (every_ns as f64 * f64::from(index) / f64::from(plan.largest())) as u64;
    let schedule = ReadSchedule { every_ns, phase_ns };
    loop {
        let called = wait(&mut listening, plan.read_pattern, schedule, || {
            let (_, file) = board.taken();
            if let Some(((file, _), Some(pages))) = plan.files.get(file as usize).zip(mapped.get(file as usize)) {
                file.read(plan.read_pattern, pages);
            }
        });
        let (command, file) = board.taken();
        let command = Command::ALL.get(command as usize).copied().filter(|_| called).unwrap_or(Command::Leave);
        if command == Command::Leave {
            return 0;
        }
        let outcome = match plan.files.get(file as usize).zip(mapped.get_mut(file as usize)) {
            Some(((file, _), pages)) => execute(command, file, pages).map_err(|error| error as i32),
            None => Err(nix::Error::EINVAL as i32),
        };
        if board.answer(outcome.unwrap_or(0), outcome.map(|_| ())) {
            // It fails if the driver is gone, which the next wait reports.
            let _ = reply.send();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(levels: &[u32]) -> MapperPlan {
        MapperPlan {
            files: Vec::new(),
            levels: levels.to_vec(),
            read_pattern: ReadPattern::Asleep,
            reads_per_s: 1000.0,
        }
    }

    #[test]
    fn every_process_is_added_by_one_level_and_levels_hold_those_before() {
        let plan = plan(&[0, 10, 25, 100]);
        let mut sizes = [0; 4];
        for index in 0..100 {
            sizes[plan.level_of(index)] += 1;
        }
        assert_eq!(sizes, [0, 10, 15, 75]);
        assert_eq!((0..4).map(|level| plan.added_by(level)).collect::<Vec<_>>(), sizes);
        for level in 1..4 {
            assert_eq!(sizes[..=level].iter().sum::<u32>(), plan.levels[level]);
        }
    }
}
