//! A channel's current objects, at hand.

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::change::Change;
use super::error::ClientError;
use super::snapshot::{Object, Snapshot};
use super::subscription::Subscription;
use crate::core::channel::Channel;

/// Follows a channel and keeps its objects in memory. It may be asked at any time, and waits for nothing.
#[derive(Debug)]
pub struct Replica {
    state: watch::Receiver<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    snapshot: Snapshot,
    error: Option<ClientError>,
}

impl Replica {
    /// Of a subscription whose snapshot has been read and not taken.
    pub(super) async fn start(mut subscription: Subscription) -> Result<Self, ClientError> {
        let mut snapshot = Snapshot { objects: Default::default(), token: subscription.token() };
        if let Some(change) = subscription.next().await {
            apply(&mut snapshot, change?);
        }
        let (state, watched) = watch::channel(State { snapshot, error: None });
        let task = async move {
            while let Some(change) = subscription.next().await {
                let token = subscription.token();
                state.send_modify(|state| match change {
                    Ok(change) => {
                        apply(&mut state.snapshot, change);
                        state.snapshot.token = token;
                        state.error = None;
                    }
                    Err(error) => state.error = Some(error),
                });
            }
        };
        Ok(Self { state: watched, task: tokio::spawn(task) })
    }

    pub fn channel(&self) -> Channel {
        self.state.borrow().snapshot.channel().clone()
    }

    /// An object, where it is there.
    pub fn get(&self, name: &str) -> Option<Object> {
        self.state.borrow().snapshot.objects.get(name).cloned()
    }

    /// All objects, and where in the stream they stand.
    pub fn snapshot(&self) -> Snapshot {
        self.state.borrow().snapshot.clone()
    }

    /// Why the replica can not be kept up to date at the moment, where that does not pass by itself.
    pub fn error(&self) -> Option<ClientError> {
        self.state.borrow().error.clone()
    }

    /// Returns once something changed since this was last called. Cancel-safe.
    pub async fn changed(&mut self) {
        // The task ends with the replica only.
        let _ended = self.state.changed().await;
    }
}

fn apply(snapshot: &mut Snapshot, change: Change) {
    match change {
        Change::Snapshot(fresh) | Change::Restarted(fresh) => *snapshot = fresh,
        Change::Set { name, object, .. } => drop(snapshot.objects.insert(name, object)),
        Change::Deleted { name, .. } => drop(snapshot.objects.remove(&name)),
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.task.abort();
    }
}
