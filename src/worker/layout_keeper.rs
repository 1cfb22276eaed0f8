//! The layout is written once and read by everybody; if Redis loses it, it is written again from what this worker knows.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::shared::Shared;
use crate::store::layout::LayoutError;
use crate::telemetry::facts::LayoutNotWhole;

/// Looks at the pace of commits; ends, and the process with it, when somebody else wrote another layout meanwhile.
pub async fn keep(shared: Arc<Shared>, fatal: mpsc::Sender<String>) {
    loop {
        tokio::time::sleep(shared.config.worker.commit_interval).await;
        let kafka = &shared.config.kafka;
        let agreed = match shared.store.layout().await {
            Ok(Some(layout)) if layout.groups.get(&kafka.topic) == Some(&kafka.group) => Ok(layout),
            Ok(_) => {
                LayoutNotWhole.emit(&shared.sampler, Instant::now());
                shared.store.agree(shared.slices, false, &kafka.topic, &kafka.group).await
            }
            Err(error) => Err(error),
        };
        let refused = match agreed {
            Ok(layout) if layout.slices == shared.slices => continue,
            Ok(layout) => {
                let (own, found) = (shared.slices.get(), layout.slices.get());
                LayoutError::Changed { key: shared.store.keys().layout(), own, found }
            }
            Err(LayoutError::Store(error)) => {
                tracing::debug!(%error, "the layout can not be read or written");
                continue;
            }
            Err(refused) => refused,
        };
        // Full means that the process is about to end for another reason.
        let _ = fatal.try_send(refused.to_string());
        return;
    }
}
