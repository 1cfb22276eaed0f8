//! The module against a cluster: the mock in this process.

mod commits;
mod members;
mod reading;
mod writing;

use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::mock::MockKafka;
use super::*;
use crate::config::Kafka;
use crate::core::offset::{NextOffset, Offset};

const TOPIC: &str = "tag-data";
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster with one topic.
struct World {
    mock: MockKafka,
    kafka: Kafka,
}

impl World {
    fn with_partitions(partitions: u32) -> Self {
        let mock = MockKafka::start(1).unwrap();
        mock.create_topic(TOPIC, partitions).unwrap();
        let kafka = mock.settings(TOPIC, "shasta-tags");
        Self { mock, kafka }
    }

    async fn publish(&self, partition: i32, values: impl IntoIterator<Item = String>) {
        let publisher = Producer::new(&self.kafka).unwrap();
        for value in values {
            publisher.send(TOPIC, Some(partition), None, Some(value.as_bytes()), &[], None).await.unwrap();
        }
    }

    fn join(&self) -> Member {
        let (consumer, events) = Consumer::join(&self.kafka, FetchBounds::default(), Duration::from_secs(10)).unwrap();
        Member { consumer, events }
    }
}

struct Member {
    consumer: Consumer,
    events: Receiver<GroupEvent>,
}

impl Member {
    async fn event(&mut self) -> GroupEvent {
        loop {
            match tokio::time::timeout(PATIENCE, self.events.recv()).await.unwrap().unwrap() {
                GroupEvent::Failed(failure) => eprintln!("{failure}"),
                event => return event,
            }
        }
    }

    async fn assigned(&mut self) -> Vec<PartitionHandle> {
        match self.event().await {
            GroupEvent::Assigned(handles) => handles,
            other => panic!("{other:?}"),
        }
    }

    /// The one partition of a topic with one.
    async fn partition(&mut self) -> PartitionHandle {
        self.assigned().await.pop().unwrap()
    }
}

fn entry(next: i64, metadata: &str) -> CommitEntry {
    CommitEntry { partition: 0, next: at(next), metadata: metadata.to_owned(), leader_epoch: None }
}

fn at(offset: i64) -> NextOffset {
    NextOffset::at(offset).unwrap()
}

fn numbers(range: std::ops::Range<u32>) -> impl Iterator<Item = String> {
    range.map(|number| number.to_string())
}

/// Offset and value of the next `count` messages.
async fn read(handle: &PartitionHandle, count: usize) -> Vec<(i64, String)> {
    let read = async {
        let mut got = Vec::new();
        while got.len() < count {
            match handle.poll() {
                None => handle.ready(Duration::from_millis(50)).await,
                Some(message) => {
                    let message = message.unwrap();
                    got.push((message.offset().get(), String::from_utf8(message.value().unwrap().to_vec()).unwrap()));
                }
            }
        }
        got
    };
    tokio::time::timeout(PATIENCE, read).await.unwrap()
}

async fn error(handle: &PartitionHandle) -> PartitionError {
    let error = async {
        loop {
            match handle.poll() {
                None => handle.ready(Duration::from_millis(50)).await,
                Some(Ok(_)) => {}
                Some(Err(error)) => return error,
            }
        }
    };
    tokio::time::timeout(PATIENCE, error).await.unwrap()
}
