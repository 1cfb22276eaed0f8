//! Only one process uses a directory at a time; a killed one leaves nothing behind.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::error::OutboxError;

/// A program that the last process had just begun to start holds the file for a moment.
const TRIES: u32 = 10;
const BETWEEN: Duration = Duration::from_millis(20);

/// Held as long as this lives.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    pub fn take(directory: &Path) -> Result<Self, OutboxError> {
        let path = directory.join("outbox.lock");
        let unusable = |source: io::Error| OutboxError::Unusable { path: path.clone(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(unusable)?;
        for _ in 0..TRIES {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Self { _file: file }),
                Err(Errno::WOULDBLOCK) => sleep(BETWEEN),
                Err(error) => return Err(unusable(error.into())),
            }
        }
        Err(OutboxError::InUse { directory: directory.to_owned() })
    }
}
