//! JSON for other programs: what each result says of itself, byte by byte, once it was understood.
//! Of several results an array, in the order in which they were given.

use super::source::Source;
use crate::results::json_text;

/// One document.
pub fn document(sources: &[Source]) -> anyhow::Result<Vec<u8>> {
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
