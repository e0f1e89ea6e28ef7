//! The last lines that a flow run printed, as they go into the report of an abnormal end, whatever it ran on.

use std::collections::VecDeque;

use castra_core::credential::Credential;
use uuid::Uuid;

/// How many last lines are kept.
pub(crate) const LAST_LINES: usize = 50;
/// How many bytes of output they are taken from.
pub(crate) const TAIL: usize = 16 * 1024;

/// The last lines of a text, oldest first, with the launch's credential blotted out.
pub(crate) fn last_lines(text: &[u8], credential: Option<&Credential>) -> Vec<String> {
    let text = String::from_utf8_lossy(text).replace('\0', "");
    let text = match credential {
        Some(credential) => text.replace(credential.expose(), "…"),
        None => text,
    };
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].iter().map(|&line| line.to_owned()).collect()
}

/// Blots out whatever has the form of the launch's credential: an adopted launch's own is known to nobody here.
pub(crate) fn without_credential(text: &str, launch_id: Uuid) -> String {
    let sign = format!("castra_{launch_id}_");
    let mut parts = text.split(&sign);
    let mut clear = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clear.push('…');
        clear.push_str(
            part.trim_start_matches(|char: char| char.is_ascii_alphanumeric() || "-_".contains(char)),
        );
    }
    clear
}

/// The last [`TAIL`] bytes of what is printed piece by piece, from the beginning of a line.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

impl Tail {
    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.bytes.extend(piece);
        let surplus = self.bytes.len().saturating_sub(TAIL);
        self.is_cut |= surplus > 0;
        self.bytes.drain(..surplus);
    }

    /// What is left of it.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::from(self.bytes);
        if self.is_cut {
            let first_line = bytes.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1);
            bytes.drain(..first_line);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_without_the_credential() {
        let mut text = String::new();
        for line in 1..=100 {
            text.push_str(&format!("line {line}\n"));
        }
        text.push_str("key is castra_1_s3cret, \u{fffd}");
        let lines = last_lines(text.as_bytes(), Some(&Credential::new("castra_1_s3cret")));
        assert_eq!(
            (lines.len(), lines[0].as_str(), lines[49].as_str()),
            (50, "line 52", "key is …, \u{fffd}")
        );
    }

    #[test]
    fn the_launchs_credential_is_blotted_out() {
        let (own, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let text = format!("key castra_{own}_s3-cr_et, castra_{own}_x and castra_{other}_y");
        assert_eq!(without_credential(&text, own), format!("key …, … and castra_{other}_y"));
    }

    #[test]
    fn a_tail_begins_with_a_line() {
        let mut tail = Tail::default();
        tail.push(b"first\n");
        tail.push(&[b'x'; TAIL]);
        tail.push(b"\nlast\n");
        assert_eq!(tail.into_bytes(), b"last\n");

        let mut short = Tail::default();
        short.push(b"only\n");
        assert_eq!(short.into_bytes(), b"only\n");
    }
}
