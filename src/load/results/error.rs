use crate::load::raw::RawError;

/// Why results can not be joined.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error(transparent)]
    Raw(#[from] RawError),
    #[error("one result is nothing to join: name those of all load hosts")]
    TooFew,
    #[error("{a} and {b} are not of one load: {settings}; join them all the same with --different")]
    Different { a: String, b: String, settings: String },
    #[error("{part} is no share of a load: its run had no --share I/N; join it all the same with --different")]
    NoShare { part: String },
    #[error("{a} and {b} are both share {share}")]
    Twice { a: String, b: String, share: String },
    #[error("missing of the {hosts} shares: {shares}; join the others all the same with --missing")]
    Missing { hosts: u32, shares: String },
    #[error("{part} changed while it was read")]
    Changed { part: String },
}
