//! A thread that runs until it is told to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

use super::error::HostError;
use super::monotonic::Monotonic;

/// How long a thread may sleep without asking whether it should end.
const LONGEST_SLEEP_US: i64 = 100_000;

/// Whether a thread was told to end.
#[derive(Clone, Debug, Default)]
pub(super) struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Sleeps until `at_us`; whether it was not told to end before.
    pub fn sleep_until(&self, clock: &Monotonic, at_us: i64) -> bool {
        while !self.is_set() {
            let next = clock.now_us().saturating_add(LONGEST_SLEEP_US);
            if at_us <= next {
                clock.sleep_until(at_us);
                return !self.is_set();
            }
            clock.sleep_until(next);
        }
        false
    }
}

/// The running thread, which is told to end when this is dropped.
#[derive(Debug)]
pub(super) struct Background<T> {
    name: &'static str,
    stop: StopFlag,
    thread: Option<JoinHandle<T>>,
}

impl<T: Send + 'static> Background<T> {
    /// # Errors
    /// [`HostError::Thread`]
    pub fn spawn(name: &'static str, run: impl FnOnce(&StopFlag) -> T + Send + 'static) -> Result<Self, HostError> {
        let stop = StopFlag::default();
        let told = stop.clone();
        let started = Builder::new().name(name.to_owned()).spawn(move || run(&told));
        let thread = started.map_err(|source| HostError::Thread { name, source })?;
        Ok(Self { name, stop, thread: Some(thread) })
    }

    /// Tells it to end.
    pub fn stop(&self) {
        self.stop.set();
    }

    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// [`HostError::Broken`]
    pub fn join(mut self) -> Result<T, HostError> {
        let broken = HostError::Broken { name: self.name };
        self.thread.take().and_then(|thread| thread.join().ok()).ok_or(broken)
    }
}

impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        self.stop.set();
    }
}
