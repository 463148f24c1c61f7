//! What results are called in sentences and on charts: a letter, and what tells them apart.

use std::{collections::HashSet, path::Path};

use crate::{
    conclude::wording::{letter, system},
    results::Machine,
};

/// A result that is to have a name.
pub struct Unnamed<'a> {
    pub directory: &'a str,
    /// `None`: unavailable.
    pub machine: Option<&'a Machine>,
    /// The values of what results are compared across, such as `readers.open=read-only`; may be empty.
    pub across: String,
}

/// The names, in the order of the results: with what they are compared across, else with their machines, else with their directories,
/// the first of these in which all of them differ.
pub fn names(results: &[Unnamed]) -> Vec<String> {
    let of_machine = |show: fn(&Machine) -> String| {
        results.iter().map(|result| result.machine.map_or_else(String::new, show)).collect::<Vec<_>>()
    };
    let file_name = |result: &Unnamed| {
        Path::new(result.directory)
            .file_name()
            .map_or_else(|| result.directory.into(), |name| name.to_string_lossy())
            .into_owned()
    };
    let candidates = [
        results.iter().map(|result| result.across.clone()).collect(),
        of_machine(|machine| format!("{}, {}", machine.host, system(machine))),
        of_machine(|machine| format!("{}, {} {}", machine.host, system(machine), machine.kernel)),
        results.iter().map(file_name).collect(),
        results.iter().map(|result| result.directory.to_owned()).collect::<Vec<String>>(),
    ];
    let differ = |names: &&Vec<String>| {
        let mut known = HashSet::new();
        names.iter().all(|name| !name.is_empty() && known.insert(name))
    };
    let told_apart = candidates.iter().find(differ);
    let name = |place: usize| match told_apart {
        Some(names) => format!("{} ({})", letter(place), names[place]),
        None => letter(place),
    };
    (0..results.len()).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixtures;

    #[test]
    fn names_are_what_tells_results_apart() {
        let one = fixtures::sweep(vec![]).machine.unwrap();
        let (mut newer, mut other) = (one.clone(), one.clone());
        newer.kernel = "6.99".to_owned();
        (other.host, other.system) = ("t2000".to_owned(), "SunOS".to_owned());
        let named = |results: [(&str, &Machine, &str); 2]| {
            let unnamed = results.map(|(directory, machine, across)| Unnamed {
                directory,
                machine: Some(machine),
                across: across.to_owned(),
            });
            names(&unnamed)
        };
        let of_hosts = ["A (imap1, Linux)", "B (t2000, illumos/SunOS)"];
        assert_eq!(named([("x/1", &one, ""), ("x/2", &other, "")]), of_hosts);
        let of_kernels = ["A (imap1, Linux 6.18.1)", "B (imap1, Linux 6.99)"];
        assert_eq!(named([("x/1", &one, ""), ("x/2", &newer, "")]), of_kernels);
        assert_eq!(named([("x/1", &one, ""), ("x/2", &one, "")]), ["A (1)", "B (2)"]);
        assert_eq!(named([("x/1", &one, ""), ("y/1", &one, "")]), ["A (x/1)", "B (y/1)"]);
        assert_eq!(named([("x/1", &one, ""), ("x/1", &one, "")]), ["A", "B"]);
        assert_eq!(named([("x/1", &one, "k=1"), ("x/2", &other, "k=2")]), ["A (k=1)", "B (k=2)"]);
    }
}
