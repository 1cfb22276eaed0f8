//! What a client and its subscriptions have in common; the last of them ends it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::error::ClientError;
use super::notices::listen;
use super::registry::Registry;
use crate::core::channel::Channel;
use crate::core::slice::SliceCount;
use crate::store::{ChannelAt, Found, Look, Store, StoreError};

#[derive(Debug)]
pub struct Shared {
    pub store: Arc<Store>,
    pub slices: SliceCount,
    pub registry: Arc<Registry>,
    /// How long it takes to look at every followed channel once, while notices come.
    pub sweep_every: Duration,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl Shared {
    pub fn new(store: Store, slices: SliceCount, sweep_every: Duration) -> Self {
        let registry = Arc::new(Registry::new(slices));
        Self { store: Arc::new(store), slices, registry, sweep_every, listening: Mutex::default() }
    }

    /// Starts to listen to notices, if nobody did yet.
    pub fn start_listening(&self) {
        let mut listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        if listening.as_ref().is_none_or(JoinHandle::is_finished) {
            *listening = Some(tokio::spawn(listen(Arc::clone(&self.store), Arc::clone(&self.registry))));
        }
    }

    pub fn place(&self, channel: &Channel) -> ChannelAt {
        ChannelAt { slice: self.slices.slice_of(&channel.key()), path: channel.to_string() }
    }

    /// Where nothing is found the channels may be elsewhere since: then that is the answer. Looked up each time: what was so a moment ago
    /// is no proof.
    pub async fn look_at(&self, looks: &[(ChannelAt, Look)]) -> Vec<Result<Found, ClientError>> {
        let looks: Vec<(&ChannelAt, Look)> = looks.iter().map(|(channel, look)| (channel, *look)).collect();
        let found = self.store.look_at(&looks).await;
        // A page from an entry on is empty where that entry is gone: then the next look is at all of the channel.
        let is_empty = |(look, found): (&(_, Look), &Result<Found, StoreError>)| {
            !matches!(look.1, Look::Page { from: Some(_), .. }) && found.as_ref().is_ok_and(|found| *found == Found::default())
        };
        let moved = if looks.iter().zip(&found).any(is_empty) { self.check_layout().await.err() } else { None };
        match moved {
            Some(moved) => found.iter().map(|_| Err(moved.clone())).collect(),
            None => found.into_iter().map(|found| found.map_err(ClientError::from)).collect(),
        }
    }

    async fn check_layout(&self) -> Result<(), ClientError> {
        match self.store.layout().await? {
            Some(layout) if layout.slices != self.slices => Err(ClientError::LayoutChanged {
                prefix: self.store.keys().prefix().to_owned(),
                before: self.slices.get(),
                now: layout.slices.get(),
            }),
            // Where there is none, the workers write it again.
            Some(_) | None => Ok(()),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let listening = self.listening.get_mut().unwrap_or_else(PoisonError::into_inner);
        listening.iter().for_each(JoinHandle::abort);
    }
}
