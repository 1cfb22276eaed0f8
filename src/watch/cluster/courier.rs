//! The way of an alert: from the board into the outbox, and only then written down as handed on.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::core::delivery::Alert;
use crate::notify::Notifier;
use crate::watch::board::{Board, Key, Look};

#[derive(Clone, Debug)]
pub struct Courier {
    pub board: Arc<Board>,
    pub notifier: Arc<Notifier>,
}

impl Courier {
    /// Judges a look, and hands on what is to be told.
    pub async fn take(&self, look: Look) {
        let key = Key::of(&look.header);
        let has_sample = look.sample.is_some();
        let alerts = self.on_board(move |board| board.take(look)).await.unwrap_or_default();
        self.hand_on(&key, alerts).await;
        if has_sample {
            self.refresh(&key).await;
        }
    }

    pub async fn hand_on(&self, key: &Key, alerts: Vec<Alert>) {
        if alerts.is_empty() {
            return;
        }
        for alert in alerts {
            self.notifier.submit(alert).await;
        }
        let key = key.clone();
        self.on_board(move |board| board.handed_on(&key)).await;
    }

    /// Nothing is new but who takes care of it.
    pub async fn acknowledged(&self, key: &Key, alerts: Vec<Alert>) {
        for alert in &alerts {
            if let Some(by) = &alert.acknowledged_by {
                self.notifier.acknowledge(&alert.key, by).await;
            }
        }
        let key = key.clone();
        self.on_board(move |board| board.handed_on(&key)).await;
    }

    /// It is not watched any more: what is open of it is over.
    pub async fn end(&self, key: Key) {
        let ended = key.clone();
        let alerts = self.on_board(move |board| board.end(&ended)).await.unwrap_or_default();
        self.hand_on(&key, alerts).await;
        self.on_board(move |board| board.remove(&key)).await;
    }

    /// What is sent later of the same incidents has the numbers of now.
    async fn refresh(&self, key: &Key) {
        let key = key.clone();
        for alert in self.on_board(move |board| board.open_alerts(&key)).await.unwrap_or_default() {
            self.notifier.refresh(&alert);
        }
    }

    /// Where it may wait for a disk. `None`: the process ends.
    pub async fn on_board<T: Send + 'static>(&self, work: impl FnOnce(&Board) -> T + Send + 'static) -> Option<T> {
        let board = Arc::clone(&self.board);
        spawn_blocking(move || work(&board)).await.ok()
    }
}
