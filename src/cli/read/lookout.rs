//! Looks after Redis while a follower reads from it: the client itself waits in silence.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::outage::Outage;
use super::say;
use crate::client::{Channel, ClientError};
use crate::config;
use crate::core::slice::SliceCount;
use crate::store::{ChannelAt, Look, Store, StoreError};

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Has a connection of its own, and looks as a follower does: it needs no right that a follower has not.
#[derive(Debug)]
pub struct Lookout {
    store: Store,
    slices: SliceCount,
    /// `None`: every node matters.
    channel: Option<Channel>,
}

impl Lookout {
    /// # Errors
    /// As [`Client::connect`](crate::client::Client::connect).
    pub async fn connect(redis: &config::Redis, channel: Option<Channel>) -> Result<Self, ClientError> {
        let store = Store::connect(redis).await?;
        let layout = store.layout().await?.ok_or_else(|| ClientError::NoLayout { prefix: redis.prefix.clone() })?;
        Ok(Self { store, slices: layout.slices, channel })
    }

    /// Says on standard error when Redis is away, and when it is back, for as long as it is polled.
    pub async fn watch(self) {
        let mut outage = Outage::default();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let looked = self.look().await;
            if let Some(text) = outage.settle(looked.as_ref().err(), Instant::now()) {
                say(text);
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let places = self.places();
        let looks: Vec<_> = places.iter().map(|place| (place, Look::Page { from: None, count: 1 })).collect();
        self.store.look_at(&looks).await.into_iter().find_map(Result::err).map_or(Ok(()), Err)
    }

    /// The channel, or a place on each node; no channel has an empty name.
    fn places(&self) -> Vec<ChannelAt> {
        if let Some(channel) = &self.channel {
            return vec![ChannelAt { slice: self.slices.slice_of(&channel.key()), path: channel.to_string() }];
        }
        let mut seen = HashSet::new();
        let first_of_node = |slice: &_| seen.insert(self.store.node_of(*slice));
        self.slices.all().filter(first_of_node).map(|slice| ChannelAt { slice, path: String::new() }).collect()
    }
}
