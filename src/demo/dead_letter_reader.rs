//! Reads the dead-letter topic, as a group of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

use crate::config::Kafka;
use crate::kafka::{ConnectError, Consumer, FetchBounds, GroupEvent, Message, PartitionHandle};

/// Partition and offset of the records that were dead-lettered. They come at least once; here each is once.
pub type DeadLetterOrigins = BTreeSet<(i32, i64)>;

#[derive(Debug)]
pub struct DeadLetterReader {
    consumer: Consumer,
    task: JoinHandle<()>,
    origins: Arc<Mutex<DeadLetterOrigins>>,
}

impl DeadLetterReader {
    /// `kafka`: its topic is the dead-letter topic, its group one that nobody else is in.
    ///
    /// # Errors
    /// Where there is no client.
    pub fn start(kafka: &Kafka) -> Result<Self, ConnectError> {
        let (consumer, events) = Consumer::join(kafka, FetchBounds::default(), Duration::from_secs(1))?;
        let origins = Arc::default();
        let task = tokio::spawn(read(events, Arc::clone(&origins)));
        Ok(Self { consumer, task, origins })
    }

    pub fn origins(&self) -> DeadLetterOrigins {
        lock(&self.origins).clone()
    }

    pub fn count(&self) -> u64 {
        lock(&self.origins).len() as u64
    }

    pub async fn close(self) {
        self.task.abort();
        // Cancelled is what it is meant to be; its partitions must be gone before the consumer closes.
        let _ = self.task.await;
        // The broker ends with this process, whatever becomes of the member.
        let _ = self.consumer.close().await;
    }
}

async fn read(mut events: Receiver<GroupEvent>, origins: Arc<Mutex<DeadLetterOrigins>>) {
    const LOOK: Duration = Duration::from_millis(100);
    let mut handles: Vec<PartitionHandle> = Vec::new();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(GroupEvent::Assigned(assigned)) => handles.extend(assigned),
                Some(GroupEvent::Revoked(..) | GroupEvent::Lost(_)) => handles.retain(|handle| !handle.is_revoked()),
                Some(_) => {}
                None => return,
            },
            () = tokio::time::sleep(LOOK) => {}
        }
        for handle in &handles {
            while let Some(Ok(message)) = handle.poll() {
                if let Some(origin) = origin(&message) {
                    lock(&origins).insert(origin);
                }
            }
        }
    }
}

fn origin(message: &Message<'_>) -> Option<(i32, i64)> {
    let header = |name: &[u8]| {
        let value = message.headers().find(|header| header.name == name)?.value?;
        std::str::from_utf8(value).ok()?.parse::<i64>().ok()
    };
    Some((i32::try_from(header(b"shasta-partition")?).ok()?, header(b"shasta-offset")?))
}

fn lock(origins: &Mutex<DeadLetterOrigins>) -> MutexGuard<'_, DeadLetterOrigins> {
    origins.lock().unwrap_or_else(PoisonError::into_inner)
}
