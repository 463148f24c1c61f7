//! The histogram log of a run, as HdrHistogram's own tools read it: as it is, or some tags of it.
//! One run only: two have no common beginning of time.

use super::{ExportError, source::Source};
use crate::results::{histogram_log, log_of_tags};

/// The lines of the tags that are wanted; without any, the log as it is.
pub fn of_tags(sources: &[Source], tags: &[String]) -> Result<Vec<u8>, ExportError> {
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
        tags => Ok(log_of_tags(&log, |tag| tags.iter().any(|wanted| is_wanted(tag, wanted)))?),
    }
}

/// Whether a tag is the one that is wanted, or begins with the parts that are.
fn is_wanted(tag: &str, wanted: &str) -> bool {
    tag.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::is_wanted;

    #[test]
    fn tags_are_told_whole_or_by_their_first_parts() {
        let wanted = |part| is_wanted("reader.lookup.response", part);
        assert!(["reader", "reader.lookup", "reader.lookup.response"].into_iter().all(wanted));
        assert!(!["read", "reader.look", "lookup", "reader.lookup.response.x"].into_iter().any(wanted));
    }
}
