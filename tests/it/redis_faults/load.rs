//! Records that come while the test does something else.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::support::scene::Scene;

/// Sends in small pieces, each acknowledged.
#[derive(Debug)]
pub struct Load(JoinHandle<()>);

impl Load {
    /// Takes about 1 ms an event.
    pub fn start(scene: &mut Scene, events: usize) -> Self {
        let (kafka, topic, records) = (scene.kafka, scene.topic.clone(), scene.events.batch(events));
        Self(thread::spawn(move || {
            for piece in records.chunks(20) {
                kafka.produce(&topic, piece);
                thread::sleep(Duration::from_millis(15));
            }
        }))
    }

    /// Waits for its end.
    pub fn finish(self) {
        self.0.join().unwrap();
    }
}
