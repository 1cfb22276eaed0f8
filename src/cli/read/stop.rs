//! Ctrl-C and SIGTERM.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::Failure;

/// A line that nobody takes is waited for no longer.
const GRACE: Duration = Duration::from_millis(500);

/// Hears whether the command was told to stop.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// # Errors
    /// Where signals can not be listened to.
    pub fn listen() -> Result<Self, Failure> {
        let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
        let (told, hears) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            told.send_replace(true);
            // A sender that is gone would not be told apart.
            told.closed().await;
        });
        Ok(Self(hears))
    }

    /// Returns once the command was told. Cancel-safe.
    pub async fn requested(&mut self) {
        // The sender stays for as long as this does.
        let _told = self.0.wait_for(|told| *told).await;
    }

    /// Returns when it should have stopped by now.
    pub async fn overdue(mut self) {
        self.requested().await;
        tokio::time::sleep(GRACE).await;
    }
}
