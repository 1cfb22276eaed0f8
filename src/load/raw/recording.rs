use std::path::{Path, PathBuf};

use super::error::RawError;
use super::row::Row;
use super::rows::pass;
use super::trailer::Trailer;
use crate::core::load::figures::Ledger;

/// A run as it was recorded, with the ledger as it was.
#[derive(Debug)]
pub struct Recording {
    pub path: PathBuf,
    pub trailer: Trailer,
    pub rows: u64,
}

impl Recording {
    /// Reads a file, the one in a directory of results, or the one beside a report, and takes everything down again in a ledger.
    ///
    /// # Errors
    /// Where it can not be read, or is not as it was written.
    pub fn read(path: &Path) -> Result<Self, RawError> {
        let path = file(path)?;
        let (mut ledger, mut rows, mut misplaced) = (Ledger::new(), 0, None);
        let mut trailer = pass(&path, |row| {
            if !take(&mut ledger, row) {
                misplaced.get_or_insert(rows);
            }
            rows += 1;
        })?;
        if let Some(row) = misplaced {
            return Err(RawError::Damaged { path, row, why: "its events are not numbered in their order".to_owned() });
        }
        trailer.measured.ledger = ledger;
        Ok(Self { path, trailer, rows })
    }
}

/// The raw events that a path stands for.
fn file(path: &Path) -> Result<PathBuf, RawError> {
    let path = match path.extension() {
        _ if path.is_dir() => path.join(super::FILE),
        Some(extension) if extension == "json" => path.with_file_name(super::FILE),
        _ => path.to_owned(),
    };
    if path.exists() { Ok(path) } else { Err(RawError::Missing { path }) }
}

/// False where an event is not the next one.
fn take(ledger: &mut Ledger, row: Row) -> bool {
    match row {
        Row::Scheduled { event, scheduled } => {
            let is_next = event == ledger.len() as u64;
            ledger.push(scheduled);
            is_next
        }
        Row::Observed(observation) => {
            ledger.observe(&observation);
            true
        }
        Row::End { .. } => true,
    }
}
