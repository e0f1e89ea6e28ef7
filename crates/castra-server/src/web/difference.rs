//! The difference of two texts, line by line: what both have stays, what only one has is marked.

/// A line of the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DifferenceLine {
    Same(String),
    Removed(String),
    Added(String),
}

/// More lines are not compared: the table that is needed grows with their square.
const MAX_LINES: usize = 2_000;

/// How the second text differs from the first, by the longest common sequence of lines.
pub(super) fn difference(before: &str, after: &str) -> Vec<DifferenceLine> {
    let before: Vec<&str> = before.lines().take(MAX_LINES).collect();
    let after: Vec<&str> = after.lines().take(MAX_LINES).collect();
    let common = common(&before, &after);
    let (mut from, mut to) = (0, 0);
    let mut lines = Vec::new();
    while from < before.len() || to < after.len() {
        let is_same = from < before.len() && to < after.len() && before[from] == after[to];
        if is_same {
            lines.push(DifferenceLine::Same(before[from].to_owned()));
            (from, to) = (from + 1, to + 1);
        } else if from < before.len() && (to == after.len() || common[from + 1][to] >= common[from][to + 1]) {
            lines.push(DifferenceLine::Removed(before[from].to_owned()));
            from += 1;
        } else {
            lines.push(DifferenceLine::Added(after[to].to_owned()));
            to += 1;
        }
    }
    lines
}

/// How many lines the rests of both texts have in common, from each pair of lines on.
fn common(before: &[&str], after: &[&str]) -> Vec<Vec<u16>> {
    let mut common = vec![vec![0u16; after.len() + 1]; before.len() + 1];
    for from in (0..before.len()).rev() {
        for to in (0..after.len()).rev() {
            common[from][to] = match before[from] == after[to] {
                true => common[from + 1][to + 1] + 1,
                false => common[from + 1][to].max(common[from][to + 1]),
            };
        }
    }
    common
}

impl DifferenceLine {
    /// The sign before the line.
    pub(super) fn sign(&self) -> &'static str {
        match self {
            Self::Same(_) => " ",
            Self::Removed(_) => "-",
            Self::Added(_) => "+",
        }
    }

    /// The class by which the stylesheet colours it.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Self::Same(_) => "same",
            Self::Removed(_) => "removed",
            Self::Added(_) => "added",
        }
    }

    /// The line.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Same(text) | Self::Removed(text) | Self::Added(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        difference(before, after).iter().map(|line| format!("{}{}\n", line.sign(), line.text())).collect()
    }

    #[test]
    fn what_is_the_same_stays_and_the_rest_is_marked() {
        insta::assert_snapshot!(shown("{\nimage: a\ncpu: 1\n}", "{\nimage: b\ncpu: 1\nenv: x\n}"), @r"
         {
        -image: a
        +image: b
         cpu: 1
        +env: x
         }
        ");
    }

    #[test]
    fn nothing_against_something_is_all_new() {
        assert_eq!(shown("", "a"), "+a\n");
        assert_eq!(shown("a", ""), "-a\n");
        assert_eq!(shown("", ""), "");
    }
}
