//! The table of keys against the types it describes.

use clap::ValueEnum;

use crate::mailboxes::{Format, LockKind, OpenMode, RecordStyle, RemapRule};
use crate::scenario::read::keys::{self, RAMP};
use crate::scenario::read::kind::Kind;
use crate::scenario::read::problem::Texts;
use crate::scenario::{Prefault, ReaderOperation, WriterOperation};

fn names_of<T: ValueEnum>() -> Vec<String> {
    T::value_variants().iter().map(|value| value.to_possible_value().unwrap().get_name().to_owned()).collect()
}

fn words_of(section: &str, name: &str) -> Vec<String> {
    match keys::find(section, name).unwrap().kind {
        Kind::Choice(words) | Kind::Mix(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        _ => panic!("{section}.{name} offers no words"),
    }
}

#[test]
fn words_are_those_of_the_types() {
    assert_eq!(words_of("file", "format"), names_of::<Format>());
    assert_eq!(words_of("file", "records"), names_of::<RecordStyle>());
    assert_eq!(words_of("readers", "open"), names_of::<OpenMode>());
    assert_eq!(words_of("readers", "lock"), names_of::<LockKind>());
    assert_eq!(words_of("readers", "remap"), names_of::<RemapRule>());
    assert_eq!(words_of("readers", "prefault"), names_of::<Prefault>());
    assert_eq!(words_of("readers", "operations"), names_of::<ReaderOperation>());
    assert_eq!(words_of("writer", "operations"), names_of::<WriterOperation>());
}

#[test]
fn every_default_is_a_value_that_the_key_allows() {
    for key in keys::all().chain(RAMP.keys).filter(|key| !key.default.is_empty()) {
        let node = key.default_node().unwrap_or_else(|| panic!("the default of {} is not TOML", key.path()));
        assert!(key.kind.read(key, &node, &Texts::default()).is_ok(), "{}", key.path());
    }
}

#[test]
fn every_key_is_there_only_once() {
    let all: Vec<_> = keys::all().chain(RAMP.keys).collect();
    assert_eq!(all.len(), 49);
    for (place, key) in all.iter().enumerate() {
        assert!(!all[..place].iter().any(|other| other.path() == key.path()), "{} twice", key.path());
        assert!(key.doc.ends_with('.') && !key.doc.contains(['\n', '|']), "{}", key.path());
    }
}
