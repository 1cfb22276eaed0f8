//! What can go wrong on the way to people.

use std::path::PathBuf;
use std::time::Duration;

use super::outbox::OutboxError;

/// Why a notifier can not start.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error("no directory for alerts: set alerts.directory")]
    NoDirectory,
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error("alerts.channels.{channel}: can not read ca_file {path}: {reason}", path = path.display())]
    Authorities { channel: String, path: PathBuf, reason: String },
    #[error("alerts.channels.{channel}: {setting} is missing or can not be used")]
    Setting { channel: String, setting: &'static str },
    #[error("alerts.channels.{channel}: no client for HTTP: {reason}")]
    Client { channel: String, reason: String },
}

impl NotifyError {
    /// Whether the same configuration may work a moment later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Outbox(error) if error.is_retryable())
    }
}

/// Why one attempt did not tell anybody. No text holds a URL or a key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SendError {
    /// Nothing was sent.
    #[error("{channel}: can not connect: {reason}")]
    Unreachable { channel: String, reason: String },
    #[error("{channel}: no answer within {after:?}")]
    TimedOut { channel: String, after: Duration },
    /// The connection broke before the whole answer was there.
    #[error("{channel}: connection lost: {reason}")]
    Lost { channel: String, reason: String },
    /// The receiver can not or may not take it now.
    #[error("{channel}: answered {status}: {answer}")]
    NotTaken { channel: String, status: u16, answer: String, retry_after: Option<Duration> },
    /// The receiver says that what it was sent is wrong.
    #[error("{channel}: refused with {status}: {answer}")]
    Refused { channel: String, status: u16, answer: String },
    #[error("{channel}: can not start {program}: {reason}")]
    NotStarted { channel: String, program: String, reason: String },
    /// The program did not end well.
    #[error("{channel}: {program} ended with {status}: {said}")]
    Failed { channel: String, program: String, status: String, said: String },
}

impl SendError {
    /// Whether the same alert may go through later.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    /// Whether the receiver may have it all the same.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Lost { .. } | Self::Failed { .. } => true,
            Self::NotTaken { status, .. } => *status >= 500,
            Self::Unreachable { .. } | Self::Refused { .. } | Self::NotStarted { .. } => false,
        }
    }

    /// What the receiver asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotTaken { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
