//! How a command ends.

use std::io;
use std::process::ExitCode;

use crate::config::ConfigErrors;

/// The exit codes of all commands; those of `lag` and `load` are their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    /// The command line is wrong. What the parser refuses ends so too.
    Usage = 2,
    /// Of `shasta lag`: how it is cannot be read. As checks of Nagios have it, where 1 and 2 say how bad it is.
    Unknown = 3,
    /// Kafka, Redis or another dependency cannot be reached (`EX_UNAVAILABLE`).
    Unavailable = 69,
    /// The configuration is wrong (`EX_CONFIG`).
    Configuration = 78,
}

/// Why a command did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub exit: Exit,
    /// For standard error; empty where nothing is to be said.
    pub message: String,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Failure {
    pub fn new(exit: Exit, message: impl ToString) -> Self {
        Self { exit, message: message.to_string() }
    }

    pub fn failed(message: impl ToString) -> Self {
        Self::new(Exit::Failed, message)
    }

    pub fn usage(message: impl ToString) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub fn unavailable(message: impl ToString) -> Self {
        Self::new(Exit::Unavailable, message)
    }

    /// Says the message on standard error and gives the code.
    pub(super) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            // Nobody is left to tell where standard error is closed.
            let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("{}\n", self.message));
        }
        self.exit.into()
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::new(Exit::Configuration, errors)
    }
}

/// Of writing the output. A reader that has seen enough, such as `head`, is no failure.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Done, ""),
            _ => Self::failed(error),
        }
    }
}
