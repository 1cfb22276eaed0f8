//! What a command waits on.

use super::Failure;

/// Runs a command to its end. A thread that still waits for a broker then does not hold it up.
pub fn block_on<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    let ended = runtime.block_on(command);
    runtime.shutdown_background();
    ended
}
