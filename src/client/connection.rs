//! A connection to what the workers keep up to date.

use std::time::Duration;

use super::error::ClientError;
use super::snapshot::Snapshot;
use crate::config;
use crate::core::channel::Channel;
use crate::core::slice::SliceCount;
use crate::store::Store;

/// How long is waited before each further try: a slot that moves and a replica that takes over are settled within seconds.
const TRY_AGAIN_AFTER: [Duration; 3] = [Duration::from_millis(20), Duration::from_millis(200), Duration::from_secs(1)];

/// Reads channels. One is enough for a process; its calls may be made at the same time.
#[derive(Debug)]
pub struct Client {
    store: Store,
    slices: SliceCount,
}

impl Client {
    /// Connects to Redis, one server or a cluster, and reads the layout under its prefix.
    ///
    /// # Errors
    /// [`ClientError::NoLayout`] where no worker ever ran, [`ClientError::Layout`] where the layout is of another format,
    /// [`ClientError::Store`] where no node answers.
    pub async fn connect(settings: &config::Redis) -> Result<Self, ClientError> {
        let store = Store::connect(settings).await?;
        let layout = store.layout().await?.ok_or_else(|| ClientError::NoLayout { prefix: settings.prefix.clone() })?;
        Ok(Self { store, slices: layout.slices })
    }

    /// The channel's objects and the stream's last entry, of the same instant. A channel of which nothing is there, because nothing was
    /// ever published or all of it expired, is an empty snapshot.
    ///
    /// # Errors
    /// [`ClientError::Store`] after a few tries where that may help, [`ClientError::Undecodable`] for what no worker wrote.
    pub async fn snapshot(&self, channel: &Channel) -> Result<Snapshot, ClientError> {
        for wait in TRY_AGAIN_AFTER {
            match self.read(channel).await {
                Err(error) if error.is_retryable() => tracing::debug!(%error, "trying again"),
                read => return read,
            }
            tokio::time::sleep(wait).await;
        }
        self.read(channel).await
    }

    async fn read(&self, channel: &Channel) -> Result<Snapshot, ClientError> {
        let slice = self.slices.slice_of(&channel.key());
        let raw = self.store.snapshot(slice, &channel.to_string()).await?;
        Snapshot::decode(channel, &raw)
    }
}
