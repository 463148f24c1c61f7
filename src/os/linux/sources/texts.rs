//! Texts of the proc file system that tell several things: each is available or not by itself, because kernels and architectures
//! differ in what they write.

use super::{Column, ProcFile, Source};

pub struct Datum {
    column: Column,
    /// What the text calls it.
    what: String,
    find: Find,
}

type Find = Box<dyn Fn(&str) -> Option<u64>>;

impl Datum {
    /// What is found of it by `find`; `what` is how the text calls it.
    pub fn new(column: Column, what: &str, find: impl Fn(&str) -> Option<u64> + 'static) -> Datum {
        Datum { column, what: what.to_owned(), find: Box::new(find) }
    }
}

pub struct Text {
    /// `None`: it cannot be read, which all of its columns say.
    file: Option<ProcFile>,
    data: Vec<Datum>,
}

impl Text {
    /// Opens it and looks which of `data` are there. `remedy` is what would let it be read, `why` why a figure may be missing in it.
    pub fn open(path: &str, remedy: &str, why: &str, mut data: Vec<Datum>) -> Text {
        let mut file = ProcFile::open(path, remedy);
        let text = match &mut file {
            Ok(file) => file.read().ok_or_else(|| format!("{path}: cannot be read; {remedy}")),
            Err(error) => Err(error.clone()),
        };
        for datum in &mut data {
            datum.column.unavailable = match &text {
                Ok(text) if (datum.find)(text).is_some() => None,
                Ok(_) => Some(format!("{path} has no {}: {why}", datum.what)),
                Err(error) => Some(error.clone()),
            };
        }
        let file = if text.is_ok() { file.ok() } else { None };
        Text { file, data }
    }
}

impl Source for Vec<Text> {
    fn columns(&self) -> Vec<Column> {
        self.iter().flat_map(|text| text.data.iter().map(|datum| datum.column.clone())).collect()
    }

    fn read(&mut self, _: &dyn Fn(i32) -> bool, values: &mut Vec<Option<u64>>) {
        for Text { file, data } in self {
            let text = file.as_mut().and_then(ProcFile::read);
            values.extend(data.iter().map(|datum| (datum.find)(text?)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::field, *};

    #[test]
    fn each_figure_is_there_or_not_by_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vmstat");
        std::fs::write(&path, "pgfault 70\nnr_dirty 3\n").unwrap();
        let datum = |name: &'static str| Datum::new(Column::counted(name), name, move |text| field(text, name));
        let open = |path: &str| Text::open(path, "mount it", "an old kernel", vec![datum("pgfault"), datum("pgscan")]);
        let mut texts = vec![open(path.to_str().unwrap()), open("/no/such/text")];
        let why: Vec<_> = texts.columns().into_iter().map(|column| column.unavailable).collect();
        assert_eq!(why[0], None);
        assert!(why[1].as_ref().unwrap().ends_with("vmstat has no pgscan: an old kernel"), "{why:?}");
        assert!(why[2..].iter().all(|why| why.as_ref().unwrap().ends_with("; mount it")), "{why:?}");
        let mut values = Vec::new();
        texts.read(&|_| true, &mut values);
        assert_eq!(values, [Some(70), None, None, None]);
    }
}
