//! Threads of the fleet's own, so that its work is told apart from the load generator's.

use tokio::runtime::{Builder, Handle, Runtime};

use super::error::FleetError;

const THREADS: usize = 2;

/// A runtime that may be dropped anywhere: what still runs on it is given up.
#[derive(Debug)]
pub(super) struct Workers(Option<Runtime>);

impl Workers {
    pub fn start() -> Result<Self, FleetError> {
        let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("load-fleet").enable_all().build();
        runtime.map(|runtime| Self(Some(runtime))).map_err(FleetError::Thread)
    }

    /// `None` only while it is dropped.
    pub fn handle(&self) -> Option<&Handle> {
        self.0.as_ref().map(Runtime::handle)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
