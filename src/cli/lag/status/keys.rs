//! What is typed while the screen is watched.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Quit,
    Sort,
    Partitions,
    /// By so many lines, down or up.
    Scroll(isize),
    /// By so many screens.
    Page(isize),
    First,
    Last,
}

/// In the order in which the first that fits counts.
const KEYS: [(&str, Key); 26] = [
    ("\x1b[5~", Key::Page(-1)),
    ("\x1b[6~", Key::Page(1)),
    ("\x1b[1~", Key::First),
    ("\x1b[4~", Key::Last),
    ("\x1b[7~", Key::First),
    ("\x1b[8~", Key::Last),
    ("\x1b[A", Key::Scroll(-1)),
    ("\x1b[B", Key::Scroll(1)),
    ("\x1b[H", Key::First),
    ("\x1b[F", Key::Last),
    ("\x1bOA", Key::Scroll(-1)),
    ("\x1bOB", Key::Scroll(1)),
    ("\x1bOH", Key::First),
    ("\x1bOF", Key::Last),
    ("k", Key::Scroll(-1)),
    ("j", Key::Scroll(1)),
    ("b", Key::Page(-1)),
    (" ", Key::Page(1)),
    ("g", Key::First),
    ("G", Key::Last),
    ("s", Key::Sort),
    ("p", Key::Partitions),
    ("q", Key::Quit),
    ("Q", Key::Quit),
    ("\x03", Key::Quit),
    ("\x04", Key::Quit),
];

/// What terminals send, which may come in pieces.
#[derive(Debug, Default)]
pub struct Keys {
    begun: Vec<u8>,
}

impl Keys {
    /// The keys that are complete with this.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.begun.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while !self.begun.is_empty() {
            if let Some((sequence, key)) = KEYS.iter().find(|(sequence, _)| self.begun.starts_with(sequence.as_bytes())) {
                self.begun.drain(..sequence.len());
                keys.push(*key);
            } else if KEYS.iter().any(|(sequence, _)| sequence.as_bytes().starts_with(&self.begun)) {
                break;
            } else {
                self.begun.drain(..unknown(&self.begun));
            }
        }
        keys
    }
}

/// The length of a sequence that means nothing here: to its final letter, so that its rest is not taken for keys.
fn unknown(bytes: &[u8]) -> usize {
    match bytes {
        [0x1b, b'[', rest @ ..] => rest.iter().position(|byte| (0x40..=0x7e).contains(byte)).map_or(bytes.len(), |end| end + 3),
        [0x1b, b'O', _, ..] => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_in_pieces_and_in_crowds() {
        let mut keys = Keys::default();
        assert_eq!(keys.take(b"s\x1b[B\x1b[6~"), [Key::Sort, Key::Scroll(1), Key::Page(1)]);
        assert_eq!(keys.take(b"\x1b"), []);
        assert_eq!(keys.take(b"["), []);
        assert_eq!(keys.take(b"Aq"), [Key::Scroll(-1), Key::Quit]);
        assert_eq!(keys.take(b"\x03"), [Key::Quit]);
    }

    #[test]
    fn what_means_nothing_presses_no_key() {
        let mut keys = Keys::default();
        assert_eq!(keys.take(b"\x1b[1;5Ax\xc3\xa4\x1b[200~\x1bOs"), []);
        assert_eq!(keys.take(b"p"), [Key::Partitions], "and nothing is stuck");
    }
}
