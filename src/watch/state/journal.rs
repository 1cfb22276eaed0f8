//! The entries since the last snapshot, one frame each, in a file that only grows.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::StateError;
use super::frame::{framed, unframed};
use crate::core::subject::Entry;

#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    bytes: u64,
}

/// What a journal held when it was opened.
#[derive(Debug, Default)]
pub struct Replay {
    pub entries: Vec<Entry>,
    /// Bytes after the last entry that is whole.
    pub dropped: u64,
}

impl Journal {
    /// The file, made where there is none, and what is in it. What follows the last whole entry is cut off.
    pub fn open(path: &Path) -> Result<(Self, Replay), StateError> {
        let failed = StateError::file(path);
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(&failed)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(&failed)?;
        let (entries, whole) = entries(&content);
        let dropped = (content.len() - whole) as u64;
        if dropped > 0 {
            file.set_len(whole as u64).map_err(&failed)?;
        }
        Ok((Self { path: path.to_owned(), file, bytes: whole as u64 }, Replay { entries, dropped }))
    }

    /// After an error nothing of the entry is there, as far as that can be had.
    pub fn append(&mut self, entry: &Entry) -> Result<(), StateError> {
        let payload = rmp_serde::to_vec(entry).map_err(|error| StateError::unreadable(&self.path, error))?;
        let frame = framed(&payload);
        if let Err(source) = self.file.write_all(&frame) {
            // A half entry in front of whole ones would hide them.
            let _ = self.file.set_len(self.bytes);
            return Err(StateError::File { path: self.path.clone(), source });
        }
        self.bytes += frame.len() as u64;
        Ok(())
    }

    /// Also a machine that loses its power has it.
    pub fn sync(&self) -> Result<(), StateError> {
        self.file.sync_data().map_err(StateError::file(&self.path))
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The entries, and how many bytes they take.
fn entries(content: &[u8]) -> (Vec<Entry>, usize) {
    let mut rest = content;
    let mut entries = Vec::new();
    while let Some((payload, after)) = unframed(rest) {
        let Ok(entry) = rmp_serde::from_slice(payload) else { break };
        entries.push(entry);
        rest = after;
    }
    (entries, content.len() - rest.len())
}
