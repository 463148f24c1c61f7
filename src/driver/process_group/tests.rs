//! Small groups are forked and lost. Other tests of this room fork the same readers.

use super::*;
use crate::driver::{members::Kind, small_scenario};
use crate::os::clock::now_ns;

#[test]
fn a_name_holds_role_number_and_instance_and_fits() {
    let name = Name { kind: Kind::Reader, number: 59_999, instance: 11 };
    assert_eq!(name.to_string(), "mapstorm reader 59999 instance 11");
    assert!(name.short().to_string().len() <= 15, "{}", name.short());
}

#[test]
fn every_row_has_its_worker_readers_first() {
    let scenario = small_scenario("[instances]\ncount = 2\n[readers]\ncount = 3\n[writer]\ncount = 1\n");
    let names: Vec<Name> = (0..scenario.workers_total()).map(|row| Name::at_row(&scenario, row)).collect();
    let facts: Vec<_> = names.iter().map(|name| (name.kind, name.number, name.instance)).collect();
    let (reader, writer) = (Kind::Reader, Kind::Writer);
    assert_eq!(facts, [(reader, 0, 0), (reader, 1, 1), (reader, 2, 0), (writer, 0, 0), (writer, 1, 1)]);
    assert!((0..).zip(&names).all(|(row, name)| name.row(&scenario) == row));
}

pub fn reader(number: u32) -> Name {
    Name { kind: Kind::Reader, number, instance: 0 }
}

/// All workers that are lost until none is left.
fn all_lost(group: &mut ProcessGroup) -> Vec<Lost> {
    let (mut lost, deadline) = (Vec::new(), now_ns() + 60_000_000_000);
    while group.alive() > 0 {
        assert!(now_ns() < deadline, "some are still alive");
        lost.extend(group.reap());
        std::thread::sleep(Duration::from_millis(1));
    }
    lost.sort_by_key(|lost| lost.name.number);
    lost
}

#[test]
fn a_worker_that_fails_is_lost_with_its_message_or_how_it_ended() {
    let mut group = ProcessGroup::new(4).unwrap();
    group.fork(reader(0), |_| 0).unwrap();
    group.fork(reader(1), |_| 7).unwrap();
    let fail = |message: &ExitMessage| {
        message.say("mailboxes-0.db: open: Permission denied");
        3
    };
    group.fork(reader(2), fail).unwrap();
    group.fork(reader(3), |_| asleep()).unwrap();
    assert!(group.fork(reader(4), |_| 0).is_err(), "there is room for four");
    group.pids(|name| name.number == 3).for_each(|pid| kill(pid, Signal::SIGKILL).unwrap());
    let lost: Vec<_> = all_lost(&mut group).iter().map(Lost::to_string).collect();
    let expected = [
        "mapstorm reader 1 instance 0 (exit status 7)",
        "mapstorm reader 2 instance 0 (mailboxes-0.db: open: Permission denied)",
        "mapstorm reader 3 instance 0 (killed by SIGKILL)",
    ];
    assert_eq!(lost, expected);
}

pub fn asleep() -> i32 {
    std::thread::sleep(Duration::from_secs(600));
    0
}

#[test]
fn a_worker_that_is_given_up_is_gone_and_named_once() {
    let mut group = ProcessGroup::new(3).unwrap();
    (0..3).for_each(|number| group.fork(reader(number), |_| asleep()).unwrap());
    let pids: Vec<Pid> = group.pids(|_| true).collect();
    let lost = group.give_up(|name| name.number != 1, "did not come");
    assert_eq!(lost.iter().map(|lost| lost.name.number).collect::<Vec<_>>(), [0, 2]);
    assert!(lost[0].why.starts_with("did not come; it was "), "{}", lost[0].why);
    assert_eq!(group.names().map(|name| name.number).collect::<Vec<_>>(), [1]);
    assert_eq!(group.reap(), []);
    let ended = group.end();
    assert_eq!(ended.iter().map(Lost::to_string).collect::<Vec<_>>(), ["mapstorm reader 1 instance 0 (did not end)"]);
    assert!(pids.iter().all(|pid| kill(*pid, None) == Err(Errno::ESRCH)), "all three are gone and waited for");
}
