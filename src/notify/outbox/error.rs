//! What can go wrong with the file of what is not told yet.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error("{path}: can not be used: {source}", path = path.display())]
    Unusable { path: PathBuf, source: io::Error },
    #[error("{directory}: another process uses it; give each its own alerts.directory", directory = directory.display())]
    InUse { directory: PathBuf },
    #[error("{path}: can not be written: {source}", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    /// It could not be written anew for so long that it may not grow any more.
    #[error("{path}: {bytes} bytes, it does not grow beyond that", path = path.display())]
    Full { path: PathBuf, bytes: u64 },
}

impl OutboxError {
    /// The disk has no room, or takes nothing: not a matter of settings.
    pub fn is_of_the_disk(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        matches!(self, Self::Unusable { source, .. } if matches!(source.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem))
    }

    /// Whether the same may go through later.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Unusable { .. })
    }
}
