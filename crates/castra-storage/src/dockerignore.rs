//! `.dockerignore`: which files of a directory the engine is not sent. The patterns are Docker's: those of Go's
//! `filepath.Match`, with `**` for any number of directories and `!` for exceptions; the last pattern that matches wins.

/// The patterns of a `.dockerignore` file.
#[derive(Debug, Default)]
pub(crate) struct Dockerignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    exception: bool,
    segments: Vec<String>,
}

impl Dockerignore {
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self { patterns: lines.map(Pattern::parse).collect() }
    }

    /// Whether the file at this path, relative to the directory, is left out. A pattern that matches a directory matches
    /// all that is in it.
    pub(crate) fn ignores(&self, path: &str) -> bool {
        let segments: Vec<&str> = path.split('/').collect();
        let matching = self.patterns.iter().rfind(|pattern| {
            (1..=segments.len()).any(|length| matches_path(&pattern.segments, &segments[..length]))
        });
        matching.is_some_and(|pattern| !pattern.exception)
    }

    /// Whether there are exceptions, so that a directory that is left out may hold files that are not.
    pub(crate) fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }
}

impl Pattern {
    fn parse(line: &str) -> Self {
        let (exception, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern.trim()),
            None => (false, line),
        };
        let segments = pattern.split('/').filter(|segment| !matches!(*segment, "" | "."));
        Self { exception, segments: segments.map(str::to_owned).collect() }
    }
}

fn matches_path(pattern: &[String], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        ([first, rest @ ..], _) if first == "**" => {
            (0..=path.len()).any(|skipped| matches_path(rest, &path[skipped..]))
        }
        ([first, pattern @ ..], [segment, path @ ..]) => {
            let (first, segment): (Vec<char>, Vec<char>) =
                (first.chars().collect(), segment.chars().collect());
            matches_segment(&first, &segment) && matches_path(pattern, path)
        }
        _ => false,
    }
}

fn matches_segment(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', pattern @ ..], _) => {
            (0..=text.len()).any(|skipped| matches_segment(pattern, &text[skipped..]))
        }
        (['?', pattern @ ..], [_, text @ ..]) => matches_segment(pattern, text),
        (['[', class @ ..], [letter, text @ ..]) => match class.iter().position(|&end| end == ']') {
            Some(end) => in_class(&class[..end], *letter) && matches_segment(&class[end + 1..], text),
            None => false,
        },
        (['\\', escaped, pattern @ ..], [letter, text @ ..]) if escaped == letter => {
            matches_segment(pattern, text)
        }
        ([first, pattern @ ..], [letter, text @ ..]) if first == letter => matches_segment(pattern, text),
        _ => false,
    }
}

fn in_class(class: &[char], letter: char) -> bool {
    let (negated, mut class) = match class {
        ['^', class @ ..] => (true, class),
        class => (false, class),
    };
    let mut found = false;
    while let [first, rest @ ..] = class {
        class = match rest {
            ['-', last, rest @ ..] => {
                found |= (*first..=*last).contains(&letter);
                rest
            }
            rest => {
                found |= *first == letter;
                rest
            }
        };
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_docker() {
        let ignored = |patterns: &str, path: &str| Dockerignore::parse(patterns).ignores(path);
        assert!(ignored("target", "target/debug/castra"));
        assert!(ignored("/target/", "target"));
        assert!(!ignored("target", "crates/target"), "patterns start at the root, unlike those of Git");
        assert!(ignored("**/target", "crates/a/target/x"));
        assert!(ignored("*.log", "build.log"));
        assert!(!ignored("*.log", "logs/build.log"));
        assert!(ignored("a?c/[0-9]*", "abc/7up"));
        assert!(!ignored("a?c/[^0-9]*", "abc/7up"));
        assert!(ignored("a\\*", "a*") && !ignored("a\\*", "ab"));
        assert!(!ignored("# target", "target"));
    }

    #[test]
    fn the_last_pattern_that_matches_wins() {
        let patterns = Dockerignore::parse("*\n!src\nsrc/*.tmp");
        assert!(patterns.ignores("README.md"));
        assert!(!patterns.ignores("src/main.rs"));
        assert!(patterns.ignores("src/x.tmp"));
    }
}
