//! A double of everything after the load generator, in this process: with it the tool is tested, by faults whose number is known.
//!
//! - [`SinkFaults`]: what it does wrong; [`FaultsMade`]: what it really did.
//! - [`Watcher`]: who is shown the records, as consumers, the store and followers would see them.

mod choice;
mod entry;
mod faults;
mod log;
mod settings;
mod sighting;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use faults::{InvalidFaults, Pause, SinkFaults};
pub use log::FaultsMade;
pub use settings::SinkSettings;
pub use sighting::{Sighting, Stage, Watcher};

use super::desk::Desk;
use super::{FleetError, Refused, Shipment};
use entry::{Entry, Told};
use log::{Log, Steps};

/// The double.
pub struct Sink {
    inner: Arc<Inner>,
    slow: Duration,
    thread: Option<JoinHandle<()>>,
}

struct Inner {
    desk: Arc<Desk>,
    watcher: Arc<dyn Watcher>,
    log: Mutex<Log>,
    changed: Condvar,
    is_closed: AtomicBool,
}

impl Sink {
    pub(super) fn start(settings: &SinkSettings, desk: Arc<Desk>) -> Result<Self, FleetError> {
        let faults = choice::choose(&settings.faults, settings.events.clone(), settings.seed)?;
        let stages = settings.stages.iter().map(|(stage, step)| (*stage, step.as_micros() as i64)).collect();
        let steps = Steps { acknowledged: settings.delay.as_micros() as i64, stages };
        let inner = Arc::new(Inner {
            desk,
            watcher: Arc::clone(&settings.watcher),
            log: Mutex::new(Log::new(steps, settings.faults.pause, faults)),
            changed: Condvar::new(),
            is_closed: AtomicBool::new(false),
        });
        let telling = Arc::clone(&inner);
        let thread = std::thread::Builder::new().name("load-sink".to_owned()).spawn(move || telling.run());
        Ok(Self { inner, slow: settings.faults.slow, thread: Some(thread.map_err(FleetError::Thread)?) })
    }

    pub(super) fn ship(&self, shipment: Shipment) -> Result<(), Refused> {
        if !self.inner.desk.has_room() {
            return Err(Refused::full(shipment));
        }
        self.ship_admitted(shipment)
    }

    /// With a place that was taken already.
    pub(super) fn ship_admitted(&self, shipment: Shipment) -> Result<(), Refused> {
        if !self.slow.is_zero() {
            std::thread::sleep(self.slow);
        }
        self.inner.desk.enter(shipment.event);
        let now_us = self.inner.desk.now_us();
        self.inner.log().append(shipment, now_us);
        self.inner.changed.notify_one();
        Ok(())
    }

    /// What is kept back, to be seen after the next of its key, is seen now: the load is over.
    pub fn release_held(&self) {
        let now_us = self.inner.desk.now_us();
        self.inner.log().release_held(now_us);
        self.inner.changed.notify_one();
    }

    /// The faults that were made until now.
    pub fn faults_made(&self) -> FaultsMade {
        self.inner.log().made()
    }

    pub(super) fn desk(&self) -> &Arc<Desk> {
        &self.inner.desk
    }
}

impl Inner {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while !self.is_closed.load(Ordering::Acquire) {
            for told in self.next() {
                self.tell(told);
            }
        }
    }

    /// What is due; waits until something is, or something changes.
    fn next(&self) -> Vec<Told> {
        let mut log = self.log();
        let due = log.take_due(self.desk.now_us());
        if due.is_empty() && !self.is_closed.load(Ordering::Acquire) {
            let wait = log
                .next_due_us()
                .map_or(Duration::from_secs(1), |at_us| Duration::from_micros(u64::try_from(at_us - self.desk.now_us()).unwrap_or(0)));
            let _changed_or_due = self.changed.wait_timeout(log, wait);
        }
        due
    }

    fn tell(&self, told: Told) {
        match told {
            Told::Answered(event, answer) => self.desk.answer(event, answer),
            Told::Seen(stage, entry) => {
                let Entry { partition, offset, key, value } = entry;
                self.watcher.saw(Sighting { stage, partition, offset, key, value, at_us: self.desk.now_us() });
            }
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        {
            let _so_that_it_is_not_missed = self.inner.log();
            self.inner.is_closed.store(true, Ordering::Release);
        }
        self.inner.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("made", &self.faults_made()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
