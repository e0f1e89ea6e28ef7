//! Names for runs that were given none: two words that are easy to say and to tell apart.

use uuid::Uuid;

const QUALITIES: [&str; 48] = [
    "able", "agile", "amber", "ample", "autumn", "brave", "brisk", "bronze", "calm", "candid", "clear",
    "coastal", "cobalt", "copper", "crisp", "deft", "eager", "early", "fair", "fleet", "frosty", "gentle",
    "golden", "hardy", "hazel", "honest", "humble", "keen", "late", "lively", "lucid", "mellow", "misty",
    "nimble", "noble", "patient", "plain", "polar", "quick", "quiet", "rustic", "sandy", "silver", "solid",
    "steady", "sunny", "tidy", "upland",
];

const THINGS: [&str; 48] = [
    "acorn", "anchor", "anvil", "arch", "barge", "basin", "beacon", "birch", "bridge", "brook", "canal",
    "cedar", "comet", "compass", "cove", "crane", "delta", "dune", "elm", "ferry", "fjord", "forge",
    "garden", "glacier", "harbor", "heron", "island", "kiln", "lantern", "ledge", "loom", "maple", "meadow",
    "mill", "orchard", "otter", "pier", "quarry", "raft", "reef", "ridge", "sail", "spruce", "summit",
    "thicket", "tower", "valley", "willow",
];

/// The name of the run with this id.
pub fn run_name(id: Uuid) -> String {
    let bytes = id.into_bytes();
    // The last bytes of an id are random in every version.
    let pick = |words: &[&'static str], high: u8, low: u8| {
        words[usize::from(u16::from_be_bytes([high, low])) % words.len()]
    };
    format!("{}-{}", pick(&QUALITIES, bytes[12], bytes[13]), pick(&THINGS, bytes[14], bytes[15]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_two_words() {
        insta::assert_snapshot!(run_name(Uuid::from_u128(0x0102_0304)), @"fair-barge");
    }
}
