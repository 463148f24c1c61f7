//! Claims, and what becomes of what a process has left unfinished.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::Path};

use super::*;

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_claim_is_exclusive_and_gone_with_its_owner() {
    let root = tempfile::tempdir().unwrap();
    let wanted = root.path().join("deep/result");
    let mine = Unfinished::claim(&wanted).unwrap();
    assert!(mine.path().is_dir());
    assert!(matches!(Unfinished::claim(&wanted), Err(ClaimError::Taken(_))));
    let next = Unfinished::claim_next(&wanted).unwrap();
    assert_eq!(next.wanted(), root.path().join("deep/result-2"));
    assert!(sweep([wanted.parent().unwrap()]).is_empty(), "the living are left alone");
    let left = left_in(wanted.parent().unwrap());
    assert_eq!(left.len(), 2);
    assert!(matches!(&left[0].state, ClaimState::Alive(Some(owner)) if owner.pid == std::process::id()));
    drop(next);
    drop(mine);
    assert_eq!(names(wanted.parent().unwrap()), [""; 0]);
}

#[test]
fn what_is_dropped_with_results_in_it_is_kept_without_what_only_the_run_needed() {
    let root = tempfile::tempdir().unwrap();
    let wanted = root.path().join("result");
    let unfinished = Unfinished::claim(&wanted).unwrap();
    fs::write(unfinished.path().join("run.json"), "{}").unwrap();
    fs::write(unfinished.path().join("mailboxes-0.db"), "mapped").unwrap();
    drop(unfinished);
    assert_eq!(names(root.path()), ["result"]);
    assert_eq!(names(&wanted), ["run.json"]);
}

#[test]
fn a_name_that_was_taken_meanwhile_costs_nothing() {
    let root = tempfile::tempdir().unwrap();
    let wanted = root.path().join("result");
    for expected in ["result.incomplete", "result.incomplete.2"] {
        let unfinished = Unfinished::claim(&wanted).unwrap();
        fs::write(unfinished.path().join("run.json"), expected).unwrap();
        // Even an empty directory, which rename(2) would replace.
        fs::create_dir_all(&wanted).unwrap();
        assert_eq!(unfinished.finish().unwrap(), root.path().join(expected));
        assert_eq!(fs::read_to_string(root.path().join(expected).join("run.json")).unwrap(), expected);
    }
    assert_eq!(names(&wanted), [""; 0]);
}

#[test]
fn what_dead_processes_left_is_settled_and_what_others_need_is_not() {
    let root = tempfile::tempdir().unwrap();
    let dead = Owner { boot_id: Some("the kernel before".to_owned()), ..Owner::this(true) };
    let foreign = Owner { host: "another".to_owned(), ..dead.clone() };
    let leave = |name: &str, owner: &[u8], files: &[&str]| {
        let wanted = root.path().join(name);
        fs::write(hidden(&wanted, OWNER), owner).unwrap();
        for file in files {
            let file = hidden(&wanted, DIRECTORY).join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, name).unwrap();
        }
    };
    leave("early", &dead.to_json(), &["mailboxes-0.db"]);
    leave("unsaid", b"", &[]);
    leave("run", &dead.to_json(), &["run.json", "mailboxes-0.db", ".run.json.7"]);
    let inside = "points/.02-x.unfinished";
    leave("sweep", &dead.to_json(), &["sweep.json", "points/01-x/run.json", "points/.02-x.owner"]);
    fs::create_dir_all(root.path().join(".sweep.unfinished").join(inside)).unwrap();
    fs::write(root.path().join(".sweep.unfinished").join(inside).join("mailboxes-0.db"), "").unwrap();
    leave("elsewhere", &foreign.to_json(), &["mailboxes-0.db"]);
    fs::create_dir(root.path().join("run")).unwrap();
    let mut kept: Vec<PathBuf> = Vec::new();
    let mut removed = 0;
    for swept in sweep([root.path()]) {
        match swept {
            Swept::Kept { path, .. } => kept.push(path),
            Swept::Removed { .. } => removed += 1,
            Swept::Failed { directory, error } => panic!("{}: {error}", directory.display()),
        }
    }
    assert_eq!(kept, [root.path().join("run.incomplete"), root.path().join("sweep")]);
    assert_eq!(removed, 2);
    assert_eq!(names(root.path()), [".elsewhere.owner", ".elsewhere.unfinished", "run", "run.incomplete", "sweep"]);
    assert_eq!(names(&kept[0]), ["run.json"]);
    assert_eq!(names(&kept[1].join("points")), ["01-x"]);
    assert!(matches!(left_in(root.path())[0].state, ClaimState::Elsewhere(_)));
}

#[test]
fn a_claim_is_known_by_its_name_in_any_encoding() {
    for (name, wanted) in
        [(&b".r\xe9sultat.owner"[..], Some(&b"r\xe9sultat"[..])), (b"..owner", None), (b".owner", None)]
    {
        let [name, wanted] = [Some(name), wanted].map(|bytes| bytes.map(|bytes| Path::new(OsStr::from_bytes(bytes))));
        assert_eq!(sweep::wanted_of(name.unwrap()).as_deref(), wanted);
        assert!(wanted.is_none_or(|wanted| hidden(wanted, OWNER) == name.unwrap()));
    }
}

#[test]
fn a_replacement_is_there_at_once_and_leaves_nothing_of_the_old() {
    let root = tempfile::tempdir().unwrap();
    let wanted = root.path().join("comparison");
    for text in ["first", "second"] {
        let made = Unfinished::claim(&wanted).unwrap();
        fs::write(made.path().join("comparison.json"), text).unwrap();
        made.replace().unwrap();
        assert_eq!(fs::read_to_string(wanted.join("comparison.json")).unwrap(), text);
    }
    assert_eq!(names(root.path()), ["comparison"]);
}
