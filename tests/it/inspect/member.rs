//! A member of a group that consumes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::support::kafka::KafkaBroker;

/// Polls until it is dropped.
pub struct Joined {
    leave: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Joined {
    pub fn new(kafka: &KafkaBroker, group: &str, topic: &str, instance: Option<&str>) -> Self {
        let mut config = kafka.client();
        config.set("group.id", group).set("enable.auto.commit", "false").set("client.id", "a-member");
        if let Some(instance) = instance {
            config.set("group.instance.id", instance);
        }
        let consumer: BaseConsumer = config.create().unwrap();
        consumer.subscribe(&[topic]).unwrap();
        let leave = Arc::new(AtomicBool::new(false));
        let left = Arc::clone(&leave);
        let thread = std::thread::spawn(move || {
            while !left.load(Ordering::Relaxed) {
                let _ = consumer.poll(Duration::from_millis(20));
            }
        });
        Self { leave, thread: Some(thread) }
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.leave.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
