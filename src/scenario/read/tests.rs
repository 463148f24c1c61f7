//! Tests of reading: overrides, sweeps, and the messages that people see.
//! Messages are snapshots of tables of mistakes: whoever changes one should read it as a user who made the mistake.

mod mistakes;
mod overrides;
mod sweep;
mod table;

use crate::scenario::{Scenario, ScenarioErrors, Sweep};

/// A scenario's text, and the values of `--set` and of `--axis`.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn read((text, sets, axes): Case<'_>) -> Result<Option<Sweep>, ScenarioErrors> {
    Sweep::parse("load.toml", text, &owned(sets), &owned(axes))
}

/// Every case, followed by the errors that it is answered with.
fn answers<'a>(cases: impl IntoIterator<Item = Case<'a>>, show: fn(&ScenarioErrors) -> String) -> String {
    let answer = |case: Case<'a>| {
        let (text, sets, axes) = case;
        let options = sets.iter().map(|set| format!(" --set {set}")).chain(axes.iter().map(|a| format!(" --axis {a}")));
        let errors = read(case).expect_err(text);
        format!("> {text:?}{}\n{}\n", options.collect::<String>(), show(&errors))
    };
    cases.into_iter().map(answer).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_whose_name_is_no_scenario_name() {
    let errors = Scenario::parse("/tmp/My Readers.toml", "file.size = '1MiB'", &[]).unwrap_err();
    insta::assert_snapshot!(errors, @r#"
    error: the file's name, `My Readers`, cannot be the scenario's name
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
