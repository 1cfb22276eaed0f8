//! Standard input, line by line, in bounded memory.

use std::io::{self, BufRead, Read};

use tokio::sync::mpsc::{Receiver, channel};

/// Lines read ahead.
const AHEAD: usize = 64;

/// One line without its end, which is not empty.
#[derive(Debug)]
pub struct Line {
    /// From 1, empty lines counted.
    pub number: u64,
    /// `None`: longer than the limit, and passed over.
    pub text: Option<Vec<u8>>,
}

/// A thread reads, because a read of a terminal cannot be called back; it ends with the process.
pub fn from_standard_input(limit: usize) -> Receiver<io::Result<Line>> {
    let (sender, receiver) = channel(AHEAD);
    std::thread::spawn(move || {
        for line in Lines::new(io::stdin().lock(), limit) {
            let failed = line.is_err();
            if sender.blocking_send(line).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

struct Lines<R> {
    input: R,
    limit: u64,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn new(input: R, limit: usize) -> Self {
        Self { input, limit: u64::try_from(limit).unwrap_or(u64::MAX), number: 0 }
    }

    /// `None` at the end of the input.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut text = Vec::new();
        let read = self.input.by_ref().take(self.limit.saturating_add(1)).read_until(b'\n', &mut text)?;
        self.number += 1;
        Ok((read > 0).then_some(text))
    }

    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let seen = end.map_or(buffer.len(), |end| end + 1);
            self.input.consume(seen);
            if end.is_some() || seen == 0 {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = match self.read() {
                Ok(text) => text?,
                Err(error) => return Some(Err(error)),
            };
            let is_whole = text.last() == Some(&b'\n');
            if !is_whole && text.len() as u64 > self.limit {
                return Some(self.pass_over().map(|()| Line { number: self.number, text: None }));
            }
            let text = text.trim_ascii();
            if !text.is_empty() {
                return Some(Ok(Line { number: self.number, text: Some(text.to_vec()) }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Vec<(u64, Option<String>)> {
        let text = |text: Vec<u8>| String::from_utf8(text).unwrap();
        Lines::new(input.as_bytes(), 4).map(|line| line.unwrap()).map(|line| (line.number, line.text.map(text))).collect()
    }

    #[test]
    fn empty_lines_are_counted_and_skipped() {
        let expected = [(1, Some("a".to_owned())), (4, Some("b".to_owned()))];
        assert_eq!(read("a\r\n\n  \nb"), expected);
        assert_eq!(read(""), []);
    }

    #[test]
    fn a_line_over_the_limit_is_passed_over_alone() {
        let expected = [(1, Some("1234".to_owned())), (2, None), (3, Some("1".to_owned())), (4, None)];
        assert_eq!(read("1234\n12345\n1\n123456789"), expected);
    }
}
