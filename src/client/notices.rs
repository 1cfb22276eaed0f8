//! Listens to the notices of all slices that somebody follows a channel of, over one connection per node.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Notify;

use super::registry::Registry;
use crate::core::slice::Slice;
use crate::store::{Heard, Listener, Store, StoreError, slot_of};

/// A node that is gone without a word is noticed by this, and a slot that moved.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Where something is not listened to that should be.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Keeps listening, whatever happens to connections and nodes, for as long as it is polled. Notices may be missed meanwhile: followers
/// read again when a slice is listened to anew, and now and then anyway.
pub async fn listen(store: Arc<Store>, registry: Arc<Registry>) {
    let mut ears = Ears { store, registry, lost: Arc::default(), by_node: HashMap::new(), said_refused: false };
    loop {
        let interest = ears.registry.interest();
        let heard = ears.attend(&interest).await;
        // What is of interest may be more by now.
        ears.registry.set_listening(heard && ears.registry.interest().len() <= interest.len());
        let wait = if heard { LOOK_AGAIN_AFTER } else { TRY_AGAIN_AFTER };
        tokio::select! {
            () = ears.registry.changed.notified() => {}
            () = ears.lost.notified() => {}
            () = tokio::time::sleep(wait), if !interest.is_empty() => {}
        }
    }
}

struct Ears {
    store: Arc<Store>,
    registry: Arc<Registry>,
    lost: Arc<Notify>,
    by_node: HashMap<String, Ear>,
    /// A user without the right is told once.
    said_refused: bool,
}

/// A connection and the slices that are listened to over it. Those that nobody follows any more stay: a notice for nobody costs little.
struct Ear {
    listener: Listener,
    slices: HashSet<Slice>,
    is_lost: Arc<AtomicBool>,
}

impl Ears {
    /// Whether all of these slices are listened to now.
    async fn attend(&mut self, interest: &[Slice]) -> bool {
        let routing = self.store.routing();
        let mut wanted: HashMap<&str, HashSet<Slice>> = HashMap::new();
        let mut is_complete = true;
        for slice in interest {
            match routing.node(slot_of(&self.store.note(*slice))) {
                Some(node) => drop(wanted.entry(node.address()).or_default().insert(*slice)),
                None => is_complete = false,
            }
        }
        let mut before = std::mem::take(&mut self.by_node);
        let (store, registry, lost) = (&*self.store, &self.registry, &self.lost);
        let attending = wanted.into_iter().map(|(address, slices)| {
            let ear = before.remove(address).filter(|ear| !ear.is_lost.load(Ordering::Relaxed));
            async move {
                let attended = attend_node(store, registry, lost, address, slices, ear).await;
                if let Err(error) = &attended {
                    store.reconsider(error).await;
                }
                (address.to_owned(), attended)
            }
        });
        for (address, attended) in join_all(attending).await {
            match attended {
                Ok(ear) => drop(self.by_node.insert(address, ear)),
                Err(error) => {
                    is_complete = false;
                    self.tell(&error);
                }
            }
        }
        is_complete
    }

    fn tell(&mut self, error: &StoreError) {
        if matches!(error, StoreError::Denied { .. }) && !std::mem::replace(&mut self.said_refused, true) {
            tracing::warn!(%error, "notices can not be listened to: changes are found by looking, which is slower and costs more");
        } else {
            tracing::debug!(%error, "notices are not listened to now");
        }
    }
}

async fn attend_node(
    store: &Store,
    registry: &Arc<Registry>,
    lost: &Arc<Notify>,
    address: &str,
    slices: HashSet<Slice>,
    ear: Option<Ear>,
) -> Result<Ear, StoreError> {
    let mut ear = match ear {
        Some(ear) => {
            ear.listener.ping().await?;
            ear
        }
        None => Ear::open(store, registry, lost, address).await?,
    };
    let new: HashSet<Slice> = slices.difference(&ear.slices).copied().collect();
    if !new.is_empty() {
        let names: Vec<String> = new.iter().map(|slice| store.note(*slice)).collect();
        ear.listener.subscribe(&names).await?;
        registry.missed(&new);
        ear.slices.extend(new);
    }
    Ok(ear)
}

impl Ear {
    async fn open(store: &Store, registry: &Arc<Registry>, lost: &Arc<Notify>, address: &str) -> Result<Self, StoreError> {
        let is_lost = Arc::new(AtomicBool::new(false));
        let hear = {
            let (registry, lost, is_lost) = (Arc::clone(registry), Arc::clone(lost), Arc::clone(&is_lost));
            move |heard| match heard {
                Heard::Notice(payload) => registry.notice(&payload),
                Heard::Lost => {
                    is_lost.store(true, Ordering::Relaxed);
                    registry.set_listening(false);
                    lost.notify_one();
                }
            }
        };
        Ok(Self { listener: store.listen(address, hear).await?, slices: HashSet::new(), is_lost })
    }
}
