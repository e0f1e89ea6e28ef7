//! A Bloom filter of the text of some lines: says of a text that none of them holds it, or that one may. It keeps every three
//! successive bytes, letters of ASCII in lower case, so that it never rules out what SQLite's `like` finds.

use crate::database::{FromValue, Value, ValueRef};

/// Filters are kept in databases: their size, and [`bit`], cannot change without making all of them anew.
const BYTES: usize = 1024;
const BITS: u32 = (BYTES * 8).ilog2();

/// The filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrigramFilter {
    bytes: Box<[u8; BYTES]>,
    /// How many bits are set: counted once, since every line that is added asks.
    set: usize,
}

/// What a filter is asked: the bits that a text would have set.
#[derive(Clone, Debug)]
pub(crate) struct Wanted(Vec<usize>);

impl Default for TrigramFilter {
    fn default() -> Self {
        Self { bytes: Box::new([0; BYTES]), set: 0 }
    }
}

impl TrigramFilter {
    /// Adds the text of a line.
    pub(crate) fn add(&mut self, text: &str) {
        for bit in bits(text) {
            let (byte, mask) = (&mut self.bytes[bit / 8], 1 << (bit % 8));
            self.set += usize::from(*byte & mask == 0);
            *byte |= mask;
        }
    }

    /// Whether a line that was added may hold the text.
    pub(crate) fn may_hold(&self, wanted: &Wanted) -> bool {
        wanted.0.iter().all(|bit| self.bytes[bit / 8] & (1 << (bit % 8)) != 0)
    }

    /// Whether so many bits are set that it begins to rule out too little.
    pub(crate) fn is_full(&self) -> bool {
        self.set > BYTES * 8 / 2
    }
}

impl Wanted {
    /// What text asks for; nothing if it is shorter than three bytes.
    pub(crate) fn of(text: &str) -> Self {
        Self(bits(text).collect())
    }

    /// Whether no filter can rule anything out.
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }
}

fn bits(text: &str) -> impl Iterator<Item = usize> {
    text.as_bytes().windows(3).map(bit)
}

/// The bit of three bytes, by multiplicative hashing (Knuth): successive numbers fall far apart.
fn bit(trigram: &[u8]) -> usize {
    let number =
        trigram.iter().fold(0, |number: u32, byte| number << 8 | u32::from(byte.to_ascii_lowercase()));
    (number.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}

impl From<&TrigramFilter> for Value {
    fn from(filter: &TrigramFilter) -> Self {
        Value::Blob(filter.bytes.to_vec())
    }
}

impl FromValue for TrigramFilter {
    fn from_value(value: ValueRef<'_>) -> Result<Self, String> {
        let ValueRef::Blob(bytes) = value else { return Err(format!("{value:?} is no filter")) };
        let bytes: [u8; BYTES] =
            bytes.try_into().map_err(|_| format!("a filter has {BYTES} bytes, not {}", bytes.len()))?;
        let set = bytes.iter().map(|byte| byte.count_ones() as usize).sum();
        Ok(Self { bytes: Box::new(bytes), set })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Text that holds many different trigrams.
    pub(crate) fn much_text() -> String {
        (b'a'..=b'z')
            .flat_map(|a| (b'a'..=b'z').flat_map(move |b| (b'a'..=b'z').map(move |c| [a, b, c])))
            .flat_map(|word| word.map(char::from))
            .collect()
    }

    fn filter(lines: &[&str]) -> TrigramFilter {
        let mut filter = TrigramFilter::default();
        lines.iter().for_each(|line| filter.add(line));
        filter
    }

    #[test]
    fn what_a_line_holds_is_never_ruled_out() {
        let line = "Zürich: 17 rows, 100% READ";
        let filter = filter(&[line, "another line"]);
        let starts = line.char_indices().map(|(index, _)| index);
        for text in starts.map(|start| &line[start..]) {
            assert!(filter.may_hold(&Wanted::of(text)), "{text}");
            assert!(filter.may_hold(&Wanted::of(&text.to_ascii_lowercase())), "{text}");
        }
    }

    #[test]
    fn what_no_line_holds_is_ruled_out() {
        let filter = filter(&["row 17 was read", "row 18 was read"]);
        for (text, may) in [("row 18", true), ("row 19", false), ("WAS", true), ("is", true), ("", true)] {
            assert_eq!(filter.may_hold(&Wanted::of(text)), may, "{text}");
        }
    }

    #[test]
    fn a_filter_is_kept_as_bytes() {
        let filter = filter(&["row 17"]);
        let Value::Blob(bytes) = Value::from(&filter) else { panic!("no bytes") };
        assert_eq!(TrigramFilter::from_value(ValueRef::Blob(&bytes)), Ok(filter));
        insta::assert_snapshot!(TrigramFilter::from_value(ValueRef::Blob(&[1, 2])).unwrap_err(), @"a filter has 1024 bytes, not 2");
    }

    #[test]
    fn the_bits_are_those_of_the_filters_that_are_kept() {
        let bits: Vec<_> = bits("Row 17").collect();
        insta::assert_snapshot!(format!("{bits:?}"), @"[6475, 2695, 6435, 6730]");
    }

    #[test]
    fn much_text_fills_a_filter() {
        let mut filter = filter(&["row 17"]);
        assert!(!filter.is_full());
        filter.add(&much_text());
        assert!(filter.is_full());
    }
}
