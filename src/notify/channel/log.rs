//! A line of our own log with the whole payload, for who collects logs and nothing else.

use tracing::warn;

use crate::core::delivery::Alert;
use crate::notify::error::SendError;
use crate::notify::text;

#[derive(Debug)]
pub struct Log {
    channel: String,
}

impl Log {
    pub fn new(name: &str) -> Self {
        Self { channel: name.to_owned() }
    }

    #[allow(clippy::unnecessary_wraps, reason = "as every channel")]
    pub fn send(&self, alert: &Alert) -> Result<(), SendError> {
        let payload = String::from_utf8_lossy(&super::json(alert)).into_owned();
        warn!(target: "shasta::alert", channel = self.channel, title = text::title(alert), payload, "alert");
        Ok(())
    }
}
