//! The accounts: what was published against what Redis and the dead letters have. Pure: everything is read before.

mod book;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;

use book::Book;

use super::dead_letter_reader::DeadLetterOrigins;
use super::event::{Change, Event};
use crate::store::Entry;

/// Differences that are told one by one.
const TOLD: usize = 10;

/// One channel as it is in Redis.
#[derive(Debug, Default)]
pub struct FoundChannel {
    /// Its escaped form.
    pub path: String,
    pub partition: i32,
    pub entries: Vec<Entry>,
    /// Names and envelopes.
    pub snapshot: Vec<(String, Vec<u8>)>,
}

/// The result; right where all that should be zero is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    pub published: u64,
    /// Published and in their stream.
    pub stored: u64,
    /// Invalid and in the dead-letter topic.
    pub dead_lettered: u64,
    /// Older than what their stream keeps: only in the snapshots' account.
    pub trimmed: u64,
    pub doubled: u64,
    pub missing: u64,
    /// In a stream or the dead letters, and not published so.
    pub unknown: u64,
    /// Entries below the one before them.
    pub misordered: u64,
    /// Entries that do not lead to what was published.
    pub unlike: u64,
    /// Objects that differ between snapshot and fold.
    pub snapshots_differ: u64,
    /// What differs, the first few.
    pub differences: Vec<String>,
}

impl Accounts {
    /// Takes stock of `events`, in the order they were published in. Where a stream has `stream_length` entries or more, older ones may be
    /// gone.
    pub fn of(
        events: impl Iterator<Item = Event>,
        channels: &[FoundChannel],
        dead_letters: &DeadLetterOrigins,
        stream_length: u64,
    ) -> Self {
        let mut accounts = Self::default();
        let mut books: Vec<Book<'_>> = channels.iter().map(|found| Book::open(found, stream_length, &mut accounts)).collect();
        let mut dead_letters = dead_letters.clone();
        let mut next_offset: HashMap<i32, i64> = HashMap::new();
        for event in events {
            accounts.published += 1;
            let book = &mut books[event.channel];
            let next = next_offset.entry(book.found.partition).or_default();
            let offset = *next;
            *next += 1;
            if event.change != Change::Invalid {
                book.enter(event, offset, &mut accounts);
            } else if dead_letters.remove(&(book.found.partition, offset)) {
                accounts.dead_lettered += 1;
            } else {
                accounts.missing += 1;
                accounts.tell(format!("partition {} offset {offset} is invalid and not in the dead letters", book.found.partition));
            }
        }
        for (partition, offset) in dead_letters {
            accounts.unknown += 1;
            accounts.tell(format!("partition {partition} offset {offset} is in the dead letters and was valid"));
        }
        books.into_iter().for_each(|book| book.close(&mut accounts));
        accounts
    }

    pub fn are_right(&self) -> bool {
        let wrong = [self.doubled, self.missing, self.unknown, self.misordered, self.unlike, self.snapshots_differ];
        wrong.iter().all(|count| *count == 0) && self.published == self.accounted()
    }

    fn accounted(&self) -> u64 {
        self.stored + self.dead_lettered + self.trimmed
    }

    fn tell(&mut self, difference: String) {
        if self.differences.len() < TOLD {
            self.differences.push(difference);
        }
    }
}

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.published == self.accounted() { '=' } else { '≠' };
        write!(f, "accounts: published {} {sign} stored {}", self.published, self.stored)?;
        for (count, what) in [(self.dead_lettered, "dead-lettered"), (self.trimmed, "trimmed")] {
            if count > 0 {
                write!(f, " + {what} {count}")?;
            }
        }
        write!(f, ", doubled {}, missing {}", self.doubled, self.missing)?;
        for (count, what) in [(self.unknown, "never published"), (self.unlike, "not as published")] {
            if count > 0 {
                write!(f, ", {what} {count}")?;
            }
        }
        match self.misordered {
            0 => write!(f, ", order kept")?,
            count => write!(f, ", out of order {count}")?,
        }
        match self.snapshots_differ {
            0 => write!(f, ", snapshots equal"),
            count => write!(f, ", objects that differ in snapshots {count}"),
        }
    }
}
