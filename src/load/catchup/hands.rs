//! What stops the workers and starts them again.

use std::process::Stdio;

use tokio::process::Command;

use crate::load::LoadError;
use crate::local::Workers;

/// Only workers that this process started are stopped by it; others by commands that somebody gave.
#[derive(Debug)]
pub enum Hands<'a> {
    Own(&'a mut Workers),
    /// Lines for a shell.
    Commands(Commands),
}

/// What somebody else's workers are stopped and started with.
#[derive(Debug)]
pub struct Commands {
    pub stop: String,
    pub start: String,
    are_stopped: bool,
}

impl Commands {
    pub fn new(stop: &str, start: &str) -> Self {
        Self { stop: stop.to_owned(), start: start.to_owned(), are_stopped: false }
    }
}

/// Whoever owns the workers has to know that they are down.
impl Drop for Commands {
    fn drop(&mut self) {
        if self.are_stopped {
            eprintln!("THE WORKERS ARE STOPPED; start them with: {}", self.start);
        }
    }
}

impl Hands<'_> {
    /// SIGTERM, and until they have ended.
    ///
    /// # Errors
    /// Where they do not end well.
    pub async fn stop(&mut self) -> Result<(), LoadError> {
        match self {
            Self::Own(workers) => Ok(workers.stop().await?),
            Self::Commands(commands) => {
                // Also where it fails half way.
                commands.are_stopped = true;
                run(&commands.stop).await
            }
        }
    }

    /// # Errors
    /// Where they can not be started.
    pub async fn start(&mut self) -> Result<(), LoadError> {
        match self {
            Self::Own(workers) => Ok(workers.start_again()?),
            Self::Commands(commands) => {
                run(&commands.start).await?;
                commands.are_stopped = false;
                Ok(())
            }
        }
    }
}

async fn run(line: &str) -> Result<(), LoadError> {
    let failed = |reason: String| LoadError::Command { line: line.to_owned(), reason };
    // A Ctrl-C is for this process: it says what is to be done.
    let status = Command::new("sh").args(["-c", line]).process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).status().await;
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}
