//! A writer that dies at any call of a commit, in the middle of an append, or in the middle of a recovery.

use super::*;

/// Recovers as the next writer does; a skiplist notes the time, here always the same.
fn recover(file: &mut MemoryStorage, format: Format) -> Result<(), Error> {
    match format {
        Format::Skiplist => skiplist::recover(file, PLAIN, 77),
        Format::Twom => twom::recover(file),
        _ => twoskip::recover(file, PLAIN),
    }
}

/// Recovers, also from a recovery that died after any of its calls, and commits to what was recovered.
fn assert_recovers(mut crashed: MemoryStorage, format: Format, state: &Records) {
    crashed.calls.clear();
    let mut again = crashed.clone();
    recover(&mut crashed, format).unwrap();
    for call in &crashed.calls {
        let mut twice = again.clone();
        recover(&mut twice, format).unwrap();
        assert!(twice.content == crashed.content, "a recovery that is cut short and repeated gives the same file");
        again.replay(call).unwrap();
    }
    assert_holds(&crashed, format, state);
    if format == Format::Skiplist {
        assert_eq!(crashed.bytes().u32_at(44).unwrap(), 77);
    }
    commit(&mut crashed, format, PLAIN, &[Change::Store { key: b"after", value: b"1" }]).unwrap();
    assert!(check(crashed.bytes(), format).unwrap().1);
}

#[test]
fn recovery_after_a_crash_at_every_call_gives_the_last_committed_state() {
    for format in FORMATS {
        let mut model =
            Model::from([("k", "0"), ("kx", "1"), ("l", "2")].map(|(key, value)| (key.into(), value.into())));
        let mut file = packed(format, &in_order(format, &model), 4);
        let mut partly = file.clone();
        let states = churn(&mut file, format, &mut model, 40, 6);
        let (mut committed, mut in_transaction) = (0, false);
        // Where the next record of a twom file comes, which does not make it longer.
        let mut appended = twom::committed_size(partly.bytes()).unwrap_or(0);
        for call in &file.calls {
            assert_recovers(partly.clone(), format, &states[committed]);
            let end = if format == Format::Twom { appended } else { partly.bytes().len() };
            if let Call::Write(offset, data) = call
                && *offset == end
            {
                appended += data.len() as u64;
                // Fewer cuts of the longer records of the others, for the time that it takes.
                for cut in (1..data.len()).step_by(if format == Format::Skiplist { 1 } else { 31 }) {
                    let mut torn = partly.clone();
                    torn.write(*offset, &data[..cut]).unwrap();
                    if format == Format::Skiplist && cut < 4 && !in_transaction {
                        // Nothing but the zeros of a first word: Cyrus refuses these, however often it is asked.
                        let refused = recover(&mut torn, format).unwrap_err();
                        assert_eq!(refused.offset(), Some(*offset), "{refused}");
                    } else {
                        assert_recovers(torn, format, &states[committed]);
                    }
                }
                in_transaction = !ends_commit(call, format);
            }
            partly.replay(call).unwrap();
            committed += usize::from(ends_commit(call, format));
        }
        assert_eq!(committed + 1, states.len(), "{format:?}");
        assert_recovers(partly, format, &states[committed]);
    }
}
