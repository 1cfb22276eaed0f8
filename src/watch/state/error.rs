//! What can go wrong with the files of the state.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{path}: another watcher uses it: set alerts.directory to another one", path = path.display())]
    InUse { path: PathBuf },
    #[error("{path}: not readable as state: {reason}", path = path.display())]
    Unreadable { path: PathBuf, reason: String },
}

impl StateError {
    pub(in crate::watch) fn file(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }

    pub(in crate::watch) fn unreadable(path: &Path, reason: impl ToString) -> Self {
        Self::Unreadable { path: path.to_owned(), reason: reason.to_string() }
    }

    /// Whether a later try may work: a disk can be emptied, bytes do not become right.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Unreadable { .. })
    }
}
