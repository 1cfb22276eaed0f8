use std::io;
use std::path::PathBuf;

/// Why raw events can not be written, or not be read.
#[derive(Debug, thiserror::Error)]
pub enum RawError {
    #[error("{}: can not be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The run goes on; its raw events do not.
    #[error("{}: the disk takes the events more slowly than the run makes them; they were given up so that the run is not disturbed", path.display())]
    TooSlow { path: PathBuf },
    #[error("{}: there is none; `shasta load run --raw` keeps the events of a run", path.display())]
    Missing { path: PathBuf },
    #[error("{}: can not be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: not the raw events of a run ({}): {why}", path.display(), super::SCHEMA)]
    Format { path: PathBuf, why: String },
    /// Bytes were changed, or lost, since it was written.
    #[error("{}: damaged after row {row}: {why}", path.display())]
    Damaged { path: PathBuf, row: u64, why: String },
}
