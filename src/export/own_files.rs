//! A result's own files for other programs, byte by byte, once they could be read: its JSON, and the histogram log of a run.

use super::{ExportError, source::Source};
use crate::results::{histogram_log, json_text};

/// The JSON; of several results an array, in the order in which they were given.
pub fn json(sources: &[Source]) -> anyhow::Result<Vec<u8>> {
    let mut texts = Vec::new();
    for source in sources {
        source.content()?;
        texts.push(json_text(&source.path, source.kind)?);
    }
    match texts.as_slice() {
        [one] => Ok(one.clone().into_bytes()),
        several => {
            let parts: Vec<&str> = several.iter().map(|text| text.trim_end()).collect();
            Ok(format!("[\n{}\n]\n", parts.join(",\n")).into_bytes())
        }
    }
}

/// The lines of the tags that are wanted, as HdrHistogram's own tools read them; without any, the log as it is.
/// One run only: two have no common beginning of time.
pub fn log_of_tags(sources: &[Source], tags: &[String]) -> Result<Vec<u8>, ExportError> {
    let [source] = sources else {
        return Err(ExportError::Invalid(
            "--format hlog: one RESULT at a time; two runs have no common beginning of time".to_owned(),
        ));
    };
    source.content()?;
    let (log, known) = histogram_log(&source.path)?;
    for wanted in tags {
        if !known.iter().any(|tag| is_wanted(tag, wanted)) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(ExportError::Invalid(format!(
                "--tag {wanted}: {} has no such tag; it has {}",
                source.path.display(),
                known.join(", ")
            )));
        }
    }
    match tags {
        [] => Ok(log),
        tags => Ok(crate::results::log_of_tags(&log, |tag| tags.iter().any(|wanted| is_wanted(tag, wanted)))?),
    }
}

/// Whether a tag is the one that is wanted, or begins with the parts that are.
fn is_wanted(tag: &str, wanted: &str) -> bool {
    tag.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[test]
fn tags_are_wanted_whole_or_by_their_first_parts() {
    let wanted = |part| is_wanted("reader.lookup.response", part);
    assert!(["reader", "reader.lookup", "reader.lookup.response"].into_iter().all(wanted));
    assert!(!["read", "reader.look", "lookup", "reader.lookup.response.x"].into_iter().any(wanted));
}
