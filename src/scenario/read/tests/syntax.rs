//! What is not TOML at all, what cannot be read, and the form of the report.

use insta::assert_snapshot;

use super::report;
use crate::scenario::Scenario;

#[test]
fn every_syntax_error_is_reported_and_nothing_else() {
    assert_snapshot!(report("[file]\nsize = 24MiB\n[readers\ncuont = 5", &[]), @r#"
    error: this is not TOML
     --> load.toml:2:8
      |
    2 | size = 24MiB
      |        ^^^^^ string values must be quoted, expected literal string

    error: this is not TOML
     --> load.toml:3:9
      |
    3 | [readers
      |         ^ unclosed table, expected `]`
    "#);
    assert_snapshot!(report("[file]\nsize = '1MiB'\nsize = '2MiB'", &[]), @r#"
    error: this is not TOML
     --> load.toml:3:1
      |
    3 | size = '2MiB'
      | ^^^^ duplicate key
    "#);
}

#[test]
fn an_empty_file_says_what_is_needed() {
    assert_snapshot!(report("", &[]), @r#"
    error: nothing says what the file holds
     --> load.toml:1:1
      |
    1 |
      | ^ `size`, `mailboxes` or `source` is missing
      |
      = help: in `[file]`, give `size = "150MiB"`, `mailboxes = 100000`, or `source = "/path/mailboxes.db"`
    "#);
}

#[test]
fn a_file_whose_name_is_no_scenario_name() {
    let errors = Scenario::parse("/tmp/My Crowd.toml", "file.size = '1MiB'", &[]).unwrap_err();
    assert_snapshot!(errors, @r#"
    error: the file's name, `My Crowd`, cannot be the scenario's name
     |
     = help: give `name = "…"` at the top, of `a` to `z`, `0` to `9`, `-` and `.`; or rename the file
    "#);
}

#[test]
fn problems_stand_in_the_order_of_the_text() {
    let errors =
        Scenario::parse("x", "file.size = 1\n[writer]\nz = 1\n[readers]\na = 1", &["q=1".to_owned()]).unwrap_err();
    let titles: Vec<_> = errors.titles().collect();
    let wanted = [
        "`file.size` is out of range",
        "unknown key `z` in `[writer]`",
        "unknown key `a` in `[readers]`",
        "unknown key `q`",
    ];
    assert_eq!(titles, wanted);
}

#[test]
fn colour_is_only_given_on_request() {
    let errors = Scenario::parse("x", "a = 1", &[]).unwrap_err();
    assert!(errors.render(true).contains("\u{1b}["));
    assert!(!errors.to_string().contains('\u{1b}'));
}

#[test]
fn umlauts_and_tabs_before_the_mistake_do_not_move_the_caret() {
    assert_snapshot!(report("file.size = '1MiB'\n[readers]\n\"zähl\" = 5 # größer\n\tcuont = 5", &[]), @r#"
    error: unknown key `zähl` in `[readers]`
     --> load.toml:3:1
      |
    3 | "zähl" = 5 # größer
      | ^^^^^^ there is no such key
      |
      = help: keys of `[readers]` are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`

    error: unknown key `cuont` in `[readers]`
     --> load.toml:4:2
      |
    4 |     cuont = 5
      |     ^^^^^ did you mean `count`?
      |
      = help: keys of `[readers]` are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
}

proptest::proptest! {
    #[test]
    fn no_text_and_no_override_panics(text in "[\\[\\]{}a-z=.'\"# \n0-9é-]{0,60}", set in "[a-zäfiles.=\\[{'\" 0-9]{0,30}") {
        if let Err(errors) = Scenario::parse("x", &text, &[set]) {
            proptest::prop_assert!(errors.to_string().contains("error"));
        }
    }

    #[test]
    fn no_override_of_a_real_key_panics(value in ".{0,20}", key in 0usize..40) {
        let key = crate::scenario::read::keys::all().nth(key).unwrap().path();
        if let Err(errors) = Scenario::parse("x", "file.size = '1MiB'", &[format!("{key}={value}")]) {
            proptest::prop_assert!(errors.to_string().contains("error"));
        }
    }
}
