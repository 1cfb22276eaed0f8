//! What can fail here: only the start and the end of a thread. What the system does not tell is absent from the figures.

use std::io;

use thiserror::Error;

/// A failure of a thread of the load host.
#[derive(Debug, Error)]
pub enum HostError {
    /// The system gave no thread.
    #[error("can not start the thread {name}: {source}")]
    Thread { name: &'static str, source: io::Error },
    /// What it was to call panicked: a mistake of ours.
    #[error("the thread {name} broke down")]
    Broken { name: &'static str },
}
