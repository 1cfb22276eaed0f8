//! SIGINT, SIGTERM and SIGHUP.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::error::DemoError;

/// Hears how often the demo was told to stop.
#[derive(Clone, Debug)]
pub struct StopSignal(watch::Receiver<u32>);

impl StopSignal {
    /// # Errors
    /// Where signals can not be listened to.
    pub fn listen() -> Result<Self, DemoError> {
        let listen = |kind| signal(kind).map_err(DemoError::io("signals"));
        let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        let mut hangup = listen(SignalKind::hangup())?;
        let (count, counted) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
                count.send_modify(|times| *times += 1);
            }
        });
        Ok(Self(counted))
    }

    /// Ends when the demo was told to stop. Cancel-safe.
    pub async fn requested(&mut self) {
        self.times(1).await;
    }

    /// Ends when the demo was told again.
    pub async fn insisted(&mut self) {
        self.times(2).await;
    }

    async fn times(&mut self, times: u32) {
        if self.0.wait_for(|count| *count >= times).await.is_err() {
            // The listener never ends.
            std::future::pending::<()>().await;
        }
    }
}
