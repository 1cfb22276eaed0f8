//! What is not told yet, in a file: a change a line, appended and on the disk before anything is sent of it.
//!
//! The file is read once, when a process begins; a later line replaces what an earlier one said of the same. A line that was torn by a
//! kill is known by its checksum and left out; anything else that cannot be read is put aside. Now and then the file is written anew
//! with what still matters, beside the old one, which it then replaces: at every moment one of them is whole.

mod error;
mod line;
mod lock;
#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::core::delivery::Change;
pub use error::OutboxError;
pub(in crate::notify) use line::hex;
use lock::DirectoryLock;

/// It is written anew when it is larger than this and twice what it was then.
const COMPACT_FROM: u64 = 1 << 20;
/// As far as it grows, and the most that is read: thousands of incidents fit many times.
const LARGEST: u64 = 64 << 20;

/// What a file held when it was opened.
#[derive(Debug, Default)]
pub struct Contents {
    pub changes: Vec<Change>,
    /// Lines that could not be read and were put aside, without the last one if it was half-written.
    pub damaged: usize,
}

/// The open file. Owned by one process at a time.
#[derive(Debug)]
pub struct Outbox {
    directory: PathBuf,
    pub(super) file: File,
    bytes: u64,
    compacted: u64,
    /// The last line may not have its end.
    is_torn: bool,
    /// There is something in it that can not be read.
    is_damaged: bool,
    _lock: DirectoryLock,
}

impl Outbox {
    /// Opens or makes the file in `directory`, which is made where it is not there.
    ///
    /// # Errors
    /// Where another process uses it, or it can be neither made nor read.
    pub fn open(directory: &Path) -> Result<(Self, Contents), OutboxError> {
        let path = directory.join("outbox.jsonl");
        let unusable = |source: io::Error| OutboxError::Unusable { path: path.clone(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unusable)?;
        let lock = DirectoryLock::take(directory)?;
        let too_large = fs::metadata(&path).is_ok_and(|metadata| metadata.len() > 2 * LARGEST);
        if too_large {
            fs::rename(&path, directory.join("outbox.damaged")).map_err(unusable)?;
        }
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(unusable)?;
        let text = fs::read(&path).map_err(unusable)?;
        let (mut contents, damaged) = read(&text);
        contents.damaged += usize::from(too_large);
        // Where the disk is full it stays in the file itself, which is written anew without it only when there is room.
        let _ = put_aside(directory, &damaged);
        let (bytes, is_torn, is_damaged) = (text.len() as u64, !text.is_empty(), !damaged.is_empty());
        let directory = directory.to_owned();
        Ok((Self { directory, file, bytes, compacted: 0, is_torn, is_damaged, _lock: lock }, contents))
    }

    /// Appends; when it returns, it is on the disk.
    ///
    /// # Errors
    /// Where it may not be. The next one that goes through does not make up for it: write all anew.
    pub fn append(&mut self, changes: &[Change]) -> Result<(), OutboxError> {
        self.note(changes)?;
        self.file.sync_data().map_err(|error| self.failed(error))
    }

    /// Appends what survives a kill, and may be missing after a power cut: then something is told twice.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn note(&mut self, changes: &[Change]) -> Result<(), OutboxError> {
        if self.bytes > LARGEST {
            return Err(OutboxError::Full { path: self.path(), bytes: self.bytes });
        }
        let mut text = if self.is_torn { "\n".to_owned() } else { String::new() };
        for change in changes {
            text += &line::encode(change).map_err(|error| self.failed(error.into()))?;
        }
        self.is_torn = true;
        self.file.write_all(text.as_bytes()).map_err(|error| self.failed(error))?;
        (self.is_torn, self.bytes) = (false, self.bytes + text.len() as u64);
        Ok(())
    }

    /// Much of the file does not matter any more.
    pub fn is_untidy(&self) -> bool {
        self.is_damaged || self.bytes > COMPACT_FROM.max(2 * self.compacted)
    }

    /// Replaces the file by these changes.
    ///
    /// # Errors
    /// Where it can not. What was there is still there.
    pub fn rewrite(&mut self, changes: impl Iterator<Item = Change>) -> Result<(), OutboxError> {
        let mut text = String::new();
        for change in changes {
            text += &line::encode(&change).map_err(|error| self.failed(error.into()))?;
        }
        let file = self.replace(&text).map_err(|error| self.failed(error))?;
        (self.file, self.is_torn, self.is_damaged) = (file, false, false);
        (self.bytes, self.compacted) = (text.len() as u64, text.len() as u64);
        Ok(())
    }

    fn replace(&self, text: &str) -> io::Result<File> {
        let new = self.directory.join("outbox.new");
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, self.path())?;
        File::open(&self.directory)?.sync_all()?;
        OpenOptions::new().append(true).open(self.path())
    }

    fn path(&self) -> PathBuf {
        self.directory.join("outbox.jsonl")
    }

    fn failed(&self, source: io::Error) -> OutboxError {
        OutboxError::Write { path: self.path(), source }
    }
}

/// The changes in a file, and the lines that are none. A last line without its end is no damage: the process was killed.
fn read(text: &[u8]) -> (Contents, Vec<&[u8]>) {
    let mut contents = Contents::default();
    let mut damaged = Vec::new();
    for piece in text.split_inclusive(|byte| *byte == b'\n') {
        let is_ended = piece.last() == Some(&b'\n');
        let line = piece.strip_suffix(b"\n").unwrap_or(piece);
        match line::decode(line) {
            Some(change) => contents.changes.push(change),
            None if is_ended && !line.is_empty() => damaged.push(line),
            None => {}
        }
    }
    contents.damaged = damaged.len();
    (contents, damaged)
}

/// For whoever wants to know what it was; only the last of it is kept.
fn put_aside(directory: &Path, damaged: &[&[u8]]) -> io::Result<()> {
    if damaged.is_empty() {
        return Ok(());
    }
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(directory.join("outbox.damaged"))?;
    file.write_all(&damaged.join(&b'\n'))
}
