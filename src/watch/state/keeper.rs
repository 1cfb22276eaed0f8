//! A subject and its files.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::StateError;
use super::journal::Journal;
use super::{place, snapshot};
use crate::core::lag::{Header, LagRules};
use crate::core::subject::{Entry, Notice, Subject};

/// How long a restart has to replay at most.
const SNAPSHOT_EVERY_S: f64 = 600.0;
/// After a failure it is tried again so soon.
const RETRY_AFTER_S: f64 = 30.0;
/// 256 partitions write 12 kB a look, so this is not reached within [`SNAPSHOT_EVERY_S`].
const LONGEST_JOURNAL: u64 = 16 << 20;

/// Writes down what happens to a subject before it happens.
#[derive(Debug)]
pub struct Keeper {
    subject: Subject,
    snapshot: PathBuf,
    generation: u64,
    /// `None`: it could not be written, and waits for the next snapshot.
    journal: Option<Journal>,
    snapshot_due: f64,
    trouble: Option<StateError>,
}

/// What was found of a subject that had been kept.
#[derive(Debug)]
pub struct Found {
    pub keeper: Keeper,
    /// Bytes of an entry that was not whole.
    pub dropped: u64,
}

impl Keeper {
    /// A subject that begins. `now` is in seconds since 1970.
    pub fn begin(snapshot: PathBuf, header: Header, rules: LagRules, now: f64) -> Self {
        let subject = Subject::new(header, rules);
        let mut keeper = Self { subject, snapshot, generation: 0, journal: None, snapshot_due: now, trouble: None };
        keeper.write_snapshot(now);
        // Not all at once for ever after.
        keeper.snapshot_due = now + SNAPSHOT_EVERY_S * keeper.share();
        keeper
    }

    /// As it was when it was written last.
    ///
    /// # Errors
    /// What makes it unreadable; nothing is changed then.
    pub fn open(path: &Path, now: f64) -> Result<Found, StateError> {
        let (generation, mut subject) = snapshot::read(path)?;
        let (journal, replay) = Journal::open(&place::journal(path, generation))?;
        for entry in &replay.entries {
            subject.apply(entry);
        }
        let mut keeper = Self { subject, snapshot: path.to_owned(), generation, journal: Some(journal), snapshot_due: now, trouble: None };
        keeper.snapshot_due = now + SNAPSHOT_EVERY_S * keeper.share();
        keeper.remove_other_journals();
        Ok(Found { keeper, dropped: replay.dropped })
    }

    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Why it is not written at the moment.
    pub fn trouble(&self) -> Option<&StateError> {
        self.trouble.as_ref()
    }

    /// Writes the entry down and applies it. What it returns is to be handed on, and then [`Self::handed_on`] is to be said.
    pub fn enter(&mut self, entry: &Entry) -> Vec<Notice> {
        self.append(entry);
        let notices = self.subject.apply(entry);
        if !notices.is_empty() {
            let synced = self.journal.as_ref().map_or(Ok(()), Journal::sync);
            self.note(synced);
        }
        notices
    }

    pub fn handed_on(&mut self) {
        if !self.subject.pending().is_empty() {
            self.append(&Entry::HandedOn);
            self.subject.apply(&Entry::HandedOn);
        }
    }

    /// Once in a while, so that the journal stays short.
    pub fn tidy(&mut self, now: f64) {
        let is_long = self.journal.as_ref().is_some_and(|journal| journal.bytes() > LONGEST_JOURNAL);
        if now >= self.snapshot_due || is_long {
            self.write_snapshot(now);
        }
    }

    /// At a clean stop.
    pub fn close(mut self, now: f64) {
        self.write_snapshot(now);
    }

    /// Nothing is left of it.
    pub fn remove(self) -> Result<(), StateError> {
        fs::remove_file(&self.snapshot).map_err(StateError::file(&self.snapshot))?;
        let journal = place::journal(&self.snapshot, self.generation);
        fs::remove_file(&journal).map_err(StateError::file(&journal))
    }

    fn append(&mut self, entry: &Entry) {
        let Some(journal) = &mut self.journal else { return };
        if let Err(error) = journal.append(entry) {
            // From here on it would miss something: a snapshot has to come first.
            self.journal = None;
            self.snapshot_due = f64::NEG_INFINITY;
            self.trouble = Some(error);
        }
    }

    fn write_snapshot(&mut self, now: f64) {
        let written = self.try_write_snapshot();
        let is_written = written.is_ok();
        self.note(written);
        self.snapshot_due = now + if is_written { SNAPSHOT_EVERY_S } else { RETRY_AFTER_S };
    }

    /// The snapshot names the journal that goes on from it, so that the old one means nothing as soon as the new one is there.
    fn try_write_snapshot(&mut self) -> Result<(), StateError> {
        let generation = self.generation + 1;
        let path = place::journal(&self.snapshot, generation);
        // One of an earlier try that failed.
        let _ = fs::remove_file(&path);
        let (fresh, _) = Journal::open(&path)?;
        snapshot::write(&self.snapshot, generation, &self.subject)?;
        let old = self.journal.replace(fresh);
        self.generation = generation;
        if let Some(old) = old {
            let _ = fs::remove_file(old.path());
        }
        Ok(())
    }

    /// Left behind by a process that ended between a snapshot and the removal of the journal before it.
    fn remove_other_journals(&self) {
        for generation in [self.generation.wrapping_sub(1), self.generation + 1] {
            let _ = fs::remove_file(place::journal(&self.snapshot, generation));
        }
    }

    fn note(&mut self, result: Result<(), StateError>) {
        match result {
            Ok(()) => self.trouble = None,
            Err(error) => self.trouble = Some(error),
        }
    }

    /// From 0 to 1, by the name of the file, which is a digest.
    fn share(&self) -> f64 {
        let name = self.snapshot.file_stem().and_then(|name| u64::from_str_radix(name.to_str()?, 16).ok()).unwrap_or(0);
        name as f64 / u64::MAX as f64
    }
}
