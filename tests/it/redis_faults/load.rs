//! Records that come while the test does something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::support::scene::Scene;

/// Longer than any test waits: what a test waits for under load comes under load.
const AT_MOST: usize = 20;

/// Sends in small pieces, each acknowledged, until it is told to finish.
#[derive(Debug)]
pub struct Load {
    thread: JoinHandle<()>,
    finish: Arc<AtomicBool>,
}

impl Load {
    /// About 1 ms an event, and at least so many events.
    pub fn start(scene: &mut Scene, events: usize) -> Self {
        let (kafka, topic, records) = (scene.kafka, scene.topic.clone(), scene.events.batch(AT_MOST * events));
        let finish = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&finish);
        let thread = thread::spawn(move || {
            for (number, piece) in records.chunks(20).enumerate() {
                if told.load(Ordering::Relaxed) && 20 * number >= events {
                    return;
                }
                kafka.produce(&topic, piece);
                thread::sleep(Duration::from_millis(15));
            }
        });
        Self { thread, finish }
    }

    /// Waits for its end.
    pub fn finish(self) {
        self.finish.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}
