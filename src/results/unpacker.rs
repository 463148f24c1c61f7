//! One histogram of the log: base64 of a compressed list of counters, HdrHistogram's encoding version 2.
//! A comparison of a thousand results unpacks a million of them.

use anyhow::{Context, anyhow, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Decompress, FlushDecompress, Status};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer, V2Serializer},
};

use crate::shm::{HIGHEST_NS, LENGTH, SharedHistogram, lowest_at};

/// Before a packed histogram: its cookie and its length. Before its counters, once unpacked: cookie, length, offset, digits, lowest,
/// highest, ratio; the places of the length, of the digits and of the highest.
const PACKED_HEADER: usize = 8;
const HEADER: usize = 40;
const LENGTH_AT: usize = 4;
const DIGITS_AT: usize = 12;
const HIGHEST_AT: usize = 24;
/// The most digits that a histogram distinguishes, and so the most counters: each takes at most nine bytes.
const MOST_DIGITS: u32 = 3;
const MOST_COUNTERS: usize = 36 << 10;
const MOST_BYTES: usize = HEADER + 9 * MOST_COUNTERS;

/// Unpacks histograms, thousands of them into the same memory.
pub struct Unpacker {
    packed: Vec<u8>,
    plain: Vec<u8>,
    counts: Vec<(u64, u64)>,
    /// What a histogram with a run's own bounds begins with, but for its length.
    of_run: Vec<u8>,
    inflater: Decompress,
    deserializer: Deserializer,
}

impl Unpacker {
    pub fn new() -> anyhow::Result<Unpacker> {
        let mut of_run = Vec::new();
        let written = V2Serializer::new().serialize(&SharedHistogram::empty(), &mut of_run);
        written.map_err(|error| anyhow!("latency.hlog: {error:?}"))?;
        Ok(Unpacker {
            packed: Vec::new(),
            plain: vec![0; MOST_BYTES + 1],
            counts: Vec::new(),
            of_run,
            inflater: Decompress::new(true),
            deserializer: Deserializer::new(),
        })
    }

    /// The values that came, rising, and how often each. A histogram with a run's own bounds is read without the library, which would walk
    /// over thousands of counters to find the few that are not zero.
    pub fn counts(&mut self, text: &str) -> anyhow::Result<&[(u64, u64)]> {
        let length = self.unpack(text)?;
        self.counts.clear();
        let (header, mut numbers) = self.plain[..length].split_at(HEADER);
        let is_of_run =
            [0..LENGTH_AT, DIGITS_AT - 4..HEADER].iter().all(|part| header[part.clone()] == self.of_run[part.clone()]);
        if !is_of_run {
            let histogram = library(&mut self.deserializer, &self.plain[..length])?;
            let values = histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value()));
            self.counts.extend(values);
            return Ok(&self.counts);
        }
        let mut index = 0;
        while !numbers.is_empty() {
            let number = next_number(&mut numbers).context("latency.hlog: a counter is cut short")?;
            // Below zero: so many counters are zero.
            let passed = if number < 0 { usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX) } else { 1 };
            if passed > LENGTH - index {
                bail!("latency.hlog: a histogram of more counters than a run's");
            }
            index += passed;
            if number > 0 {
                self.counts.push((lowest_at(index) - 1, number as u64));
            }
        }
        Ok(&self.counts)
    }

    pub fn histogram(&mut self, text: &str) -> anyhow::Result<Histogram<u64>> {
        let length = self.unpack(text)?;
        library(&mut self.deserializer, &self.plain[..length])
    }

    /// Unpacks one into `plain`; its length. The library allocates what the header asks for, so the header is checked here.
    fn unpack(&mut self, text: &str) -> anyhow::Result<usize> {
        self.packed.clear();
        STANDARD.decode_vec(text, &mut self.packed).context("latency.hlog")?;
        let packed = self.packed.get(PACKED_HEADER..).context("latency.hlog: a histogram without a header")?;
        self.inflater.reset(true);
        let status =
            self.inflater.decompress(packed, &mut self.plain, FlushDecompress::Finish).context("latency.hlog")?;
        let plain = &self.plain[..self.inflater.total_out() as usize];
        let number = |at: usize| plain.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        let highest = plain.get(HIGHEST_AT..HIGHEST_AT + 8).and_then(|bytes| bytes.try_into().ok());
        let highest = highest.map(u64::from_be_bytes);
        let is_whole = status == Status::StreamEnd
            && number(LENGTH_AT).map(|length| length as usize + HEADER) == Some(plain.len());
        if !is_whole || number(DIGITS_AT) > Some(MOST_DIGITS) || highest > Some(HIGHEST_NS) {
            bail!(
                "latency.hlog: a histogram with other bounds than a run's: {MOST_DIGITS} digits and {HIGHEST_NS} ns at most"
            );
        }
        Ok(plain.len())
    }
}

fn library(deserializer: &mut Deserializer, mut plain: &[u8]) -> anyhow::Result<Histogram<u64>> {
    deserializer.deserialize(&mut plain).map_err(|error| anyhow!("latency.hlog: {error:?}"))
}

/// The next number of HdrHistogram's encoding: seven bits a byte, the lowest first, a ninth byte whole; the sign is the lowest bit.
fn next_number(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0;
    for place in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let is_last = *byte < 0x80 || place == 8;
        number |= u64::from(if place == 8 { *byte } else { byte & 0x7f }) << (7 * place);
        if is_last {
            return Some((number >> 1) as i64 ^ -((number & 1) as i64));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::V2DeflateSerializer;
    use proptest::prelude::*;

    use super::*;

    fn packed(histogram: &Histogram<u64>) -> String {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(histogram, &mut bytes).unwrap();
        STANDARD.encode(bytes)
    }

    fn recorded(histogram: &Histogram<u64>) -> Vec<(u64, u64)> {
        histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
    }

    proptest! {
        #[test]
        fn counts_are_those_that_the_library_finds(
            values in prop::collection::vec((0u32..44, any::<u64>(), 1u64..1 << 50), 0..60),
            digits in 1u8..=3,
        ) {
            let mut unpacker = Unpacker::new().unwrap();
            let mut other = Histogram::new_with_bounds(1, HIGHEST_NS, digits).unwrap();
            let mut own = SharedHistogram::empty();
            for (bits, value, count) in values {
                let value = value & ((1 << bits) - 1);
                own.saturating_record_n(value, count);
                other.saturating_record_n(value, count);
            }
            for histogram in [&own, &other] {
                let text = packed(histogram);
                prop_assert_eq!(unpacker.counts(&text).unwrap(), recorded(histogram));
                prop_assert_eq!(&unpacker.histogram(&text).unwrap(), histogram);
            }
        }

        #[test]
        fn what_is_damaged_is_refused_or_read_as_the_library_reads_it(at in 0usize..60, to in any::<u8>(), cut in 0usize..60) {
            let mut histogram = SharedHistogram::empty();
            (0..20).for_each(|bits| histogram.saturating_record_n(1 << bits, 1 << bits));
            let mut plain = Vec::new();
            V2Serializer::new().serialize(&histogram, &mut plain).unwrap();
            let length = plain.len();
            plain[at % length] = to;
            plain.truncate(length - cut.saturating_sub(30) % length);
            let mut compressed = flate2::write::ZlibEncoder::new(vec![0; PACKED_HEADER], flate2::Compression::fast());
            std::io::Write::write_all(&mut compressed, &plain).unwrap();
            let text = STANDARD.encode(compressed.finish().unwrap());
            let mut unpacker = Unpacker::new().unwrap();
            if let Ok(counts) = unpacker.counts(&text).map(<[_]>::to_vec) {
                prop_assert_eq!(counts, recorded(&unpacker.histogram(&text).unwrap()));
            }
        }
    }
}
