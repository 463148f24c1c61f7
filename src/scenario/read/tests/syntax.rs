//! Names, order and colour of the report; and that no text makes reading panic.

use insta::assert_snapshot;

use crate::scenario::Scenario;

#[test]
fn a_file_whose_name_is_no_scenario_name() {
    let errors = Scenario::parse("/tmp/My Readers.toml", "file.size = '1MiB'", &[]).unwrap_err();
    assert_snapshot!(errors, @r#"
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
