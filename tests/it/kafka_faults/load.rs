//! Events that keep coming while a test does something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::support::events::Events;
use crate::support::scene::Scene;

const BATCH: usize = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// About 500 events a second from a thread of its own.
pub struct Load {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    /// Goes on with the scene's own sequence of events, which begins anew afterwards.
    pub fn start(scene: &mut Scene) -> Self {
        let fresh = Events::new(scene.events.options().clone());
        let mut events = std::mem::replace(&mut scene.events, fresh);
        let (kafka, topic) = (scene.kafka, scene.topic.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                kafka.produce(&topic, &events.batch(BATCH));
                std::thread::sleep(PAUSE);
            }
        });
        Self { stop, thread: Some(thread) }
    }

    /// Returns when all that was sent is acknowledged.
    pub fn stop(mut self) {
        self.end().expect("the load failed");
    }

    fn end(&mut self) -> std::thread::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map_or(Ok(()), JoinHandle::join)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _failed_already = self.end();
    }
}
