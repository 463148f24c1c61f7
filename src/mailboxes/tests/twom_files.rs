//! Twom files: those that the real library made or accepted, and one that went through ten thousand operations.

use super::*;

fn twom_fixtures() -> Option<PathBuf> {
    fixtures().map(|folder| folder.parent().unwrap().join("twom"))
}

fn read(name: &str) -> Option<MemoryStorage> {
    let folder = twom_fixtures()?;
    Some(MemoryStorage::new(fs::read(folder.join(name)).unwrap()))
}

fn lines(records: &Records) -> Vec<u8> {
    records.iter().flat_map(|(key, value)| [key, &b"\t"[..], value, b"\n"].concat()).collect()
}

fn layout(file: &MemoryStorage) -> Vec<super::super::LayoutItem> {
    let mut items = Vec::new();
    Format::Twom
        .dump_layout(file.bytes(), &mut |item| {
            items.push(item);
            Ok(())
        })
        .unwrap();
    items
}

#[test]
fn files_of_the_real_library_are_read_listed_checked_and_changed() {
    for (name, count, clean) in [
        ("packed.twom", 2000, true),
        ("edited.twom", 2001, true),
        ("deleted.twom", 2000, true),
        ("dirty.twom", 2001, false),
        ("recovered.twom", 2002, true),
        ("many-edits.twom", 284, true),
    ] {
        let Some(mut file) = read(name) else { return };
        assert_eq!(Format::Twom.is_clean(file.bytes()).unwrap(), clean, "{name}");
        let records = listed(file.bytes(), Format::Twom, PLAIN).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((records.len(), Format::Twom.count(PLAIN, file.bytes()).unwrap()), (count, count as u64), "{name}");
        if clean {
            assert_holds(&file, Format::Twom, &records);
        }
        twom::recover(&mut file).unwrap();
        assert_eq!(file.calls.is_empty(), clean, "{name}");
        assert_holds(&file, Format::Twom, &records);
        assert_holds(&packed(Format::Twom, &records, 1), Format::Twom, &records);
        churn(&mut file, Format::Twom, &mut records.into_iter().collect(), 5, 1);
    }
}

#[test]
fn records_are_listed_as_the_library_shows_them() {
    let (Some(file), Some(folder)) = (read("many-edits.twom"), twom_fixtures()) else { return };
    let records = listed(file.bytes(), Format::Twom, PLAIN).unwrap();
    assert!(lines(&records) == fs::read(folder.join("many-edits.records.tsv")).unwrap(), "the records differ");
}

#[test]
fn recovery_leaves_what_the_librarys_leaves() {
    let (Some(mut file), Some(recovered)) = (read("dirty.twom"), read("recovered.twom")) else { return };
    twom::recover(&mut file).unwrap();
    // One sync, of the header.
    assert_eq!(file.calls.iter().filter(|call| !matches!(call, Call::Write(..))).count(), 1);
    assert_eq!(file.calls.last(), Some(&Call::Sync(SyncCall::First(96))));
    // Its writer stored one record after that, whose level is random.
    let (key, end) = (b"afterwards", twom::committed_size(recovered.bytes()).unwrap() as usize);
    let value = Format::Twom.find(PLAIN, recovered.bytes(), key).unwrap().unwrap().to_vec();
    let stores_the_same = |seed: u64| {
        let mut file = file.clone();
        let changes = [Change::Store { key, value: &value }];
        Format::Twom.commit(PLAIN, &mut file, &changes, &mut random(seed), &mut NoPhases).unwrap();
        file.content[..end] == recovered.content[..end]
    };
    assert!((0..20).any(stores_the_same), "the committed bytes differ");
}

#[test]
fn a_packed_file_is_laid_out_as_the_library_leaves_it() {
    let Some(theirs) = read("deleted.twom") else { return };
    let records = listed(theirs.bytes(), Format::Twom, PLAIN).unwrap();
    let ours = layout(&packed(Format::Twom, &records, 1));
    let theirs = layout(&theirs);
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!((ours.kind, &ours.key, ours.lengths), (theirs.kind, &theirs.key, theirs.lengths));
        // Levels are random. On level 0 the same one of the two pointers leads on.
        let leads =
            |item: &super::super::LayoutItem| item.pointers.iter().take(2).map(|to| *to > 0).collect::<Vec<_>>();
        assert!(ours.lengths.is_none() || leads(ours) == leads(theirs), "{ours} {theirs}");
    }
}

#[test]
fn ten_thousand_random_operations_keep_every_rule() {
    let mut rng = random(42);
    let mut model = Model::new();
    let mut file = packed(Format::Twom, &Records::new(), 1);
    let (mut operations, mut repacks, mut committed, mut dirty) = (0, 0, 1, 0);
    while operations < 10_000 {
        let count = 1 + rng.next_u32() % 4;
        let owned: Vec<(Vec<u8>, Option<Vec<u8>>)> = (0..count)
            .map(|_| {
                let key = format!("user.{:03}", rng.next_u32() % 400).into_bytes();
                // Some values are longer than a page.
                let length = if rng.next_u32().is_multiple_of(50) { 5000 } else { rng.next_u32() % 200 };
                (key, (!rng.next_u32().is_multiple_of(4)).then(|| vec![rng.next_u32() as u8; length as usize]))
            })
            .collect();
        operations += count;
        let changes: Vec<_> = owned.iter().map(|(key, value)| change(key, value)).collect();
        let changed = Format::Twom.commit(PLAIN, &mut file, &changes, &mut rng, &mut NoPhases).unwrap();
        for (key, value) in &owned {
            match value {
                Some(value) => drop(model.insert(key.clone(), value.clone())),
                None => drop(model.remove(key)),
            }
        }
        // The check verifies what the header counts: live records, commits, the size of what is dead.
        assert_eq!(check(file.bytes(), Format::Twom).unwrap(), (model.len() as u64, true));
        let now = layout(&file);
        let dead: u64 = now.iter().filter(|item| item.kind == "DELETE").map(|item| item.length).sum();
        let commits = now.iter().filter(|item| item.kind == "COMMIT").count();
        assert_eq!(commits, committed + usize::from(changed > 0));
        committed = commits;
        assert!(dead <= file.bytes().u64_le_at(64).unwrap());
        dirty = dirty.max(dead);
        assert!(file.content.len().is_multiple_of(16 << 10), "the file grows by a quarter, in units of 16 KiB");
        file.calls.clear();
        if Format::Twom.needs_checkpoint(file.bytes()).unwrap() {
            let mut new = MemoryStorage::default();
            Format::Twom.rewrite(PLAIN, file.bytes(), &mut new, &mut rng).unwrap();
            assert_eq!(new.bytes().u64_le_at(40).unwrap(), file.bytes().u64_le_at(40).unwrap() + 1, "the generation");
            assert_eq!(new.content[16..32], file.content[16..32], "the UUID stays");
            assert_eq!(new.bytes().u64_le_at(64).unwrap(), 0, "nothing is dead in a packed file");
            (file, committed) = (new, 1);
            repacks += 1;
        }
    }
    assert_holds(&file, Format::Twom, &in_order(Format::Twom, &model));
    assert!(repacks > 3 && dirty > 0, "{repacks} repacks");
}

#[test]
fn a_walk_as_of_a_moment_sees_what_was_there_then() {
    let mut model = numbered(40);
    let mut file = packed(Format::Twom, &in_order(Format::Twom, &model), 3);
    churn(&mut file, Format::Twom, &mut model, 20, 2);
    let (then, snapshot) = (in_order(Format::Twom, &model), twom::committed_size(file.bytes()).unwrap());
    // Records replaced, deleted, added and added again since.
    churn(&mut file, Format::Twom, &mut model, 60, 3);
    let keys: Vec<Vec<u8>> = then.iter().map(|(key, _)| key.clone()).collect();
    for key in keys.iter().step_by(3) {
        commit(&mut file, Format::Twom, PLAIN, &[Change::Delete { key }]).unwrap();
        commit(&mut file, Format::Twom, PLAIN, &[Change::Store { key, value: b"again" }]).unwrap();
    }
    let mut place = twom::seek(file.bytes(), PLAIN, b"").unwrap();
    let mut seen = Records::new();
    while let Some((key, value)) = twom::step_as_of(file.bytes(), &mut place, snapshot).unwrap() {
        seen.push((key.to_vec(), value.to_vec()));
    }
    assert_eq!(seen, then);
    // A repack that began then, and follows what came since.
    let start = twom::Start::of(Origin::Old(file.bytes())).unwrap();
    let mut new = MemoryStorage::default();
    new.append(0, &[&start.bytes()]).unwrap();
    let mut builder = twom::Builder::begin(&start, &mut new, random(1)).unwrap();
    then.iter().for_each(|(key, value)| builder.add(&mut new, key, value).unwrap());
    builder.finish_with(file.bytes(), snapshot, &mut new).unwrap();
    let now = listed(file.bytes(), Format::Twom, PLAIN).unwrap();
    assert_holds(&new, Format::Twom, &now);
}

#[test]
fn a_file_without_checksums_is_read_and_changed() {
    let mut file = packed(Format::Twom, &in_order(Format::Twom, &numbered(20)), 3);
    // Engine "none": all checksums are 0.
    let mut content = file.content.clone();
    content[36..40].copy_from_slice(&(1_u32 << 27).to_le_bytes());
    content[92..96].fill(0);
    for item in layout(&file).iter().skip(1) {
        let sums = match item.kind {
            "DUMMY" => item.offset + 264,
            "COMMIT" => item.offset + 16,
            _ => item.offset + 8 + 8 * item.pointers.len() as u64,
        } as usize;
        content[sums..sums + 8].fill(0);
    }
    file.content = content;
    let records = in_order(Format::Twom, &numbered(20));
    assert_holds(&file, Format::Twom, &records);
    churn(&mut file, Format::Twom, &mut numbered(20), 20, 4);
    // Another program's checksums or order are refused.
    for bit in [29, 30] {
        file.content[36..40].copy_from_slice(&(1_u32 << bit).to_le_bytes());
        let refused = Format::Twom.find(PLAIN, file.bytes(), b"a").unwrap_err();
        assert!(matches!(refused, Error::Unsupported { .. }), "{refused}");
    }
}
