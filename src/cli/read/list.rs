//! Every channel that there is, once.

use futures_util::StreamExt;
use futures_util::stream;

use super::follow::is_of_a_channel;
use super::printer::Printer;
use super::{failure, output, say};
use crate::cli::{Exit, Failure};
use crate::client::{Channel, Client};
use crate::config::Config;
use crate::store::Store;

/// Snapshots that are asked for ahead; no more are in memory.
const AHEAD: usize = 16;

/// Prints the snapshot of each channel, by name; each is of an instant of its own.
///
/// # Errors
/// The first that is not of one channel alone. Those of a channel are said, and the others printed all the same.
pub async fn run(client: &Client, config: &Config, mut printer: Printer) -> Result<(), Failure> {
    let store = Store::connect(&config.redis).await.map_err(|error| failure(error.into()))?;
    let found = store.channels().await.map_err(|error| failure(error.into()))?;
    let mut channels: Vec<Channel> = found.iter().filter_map(|path| path.parse().ok()).collect();
    channels.sort_unstable();
    let read = async |channel: Channel| (client.snapshot(&channel).await, channel);
    let mut snapshots = std::pin::pin!(stream::iter(channels).map(read).buffered(AHEAD));
    let mut failed = false;
    while let Some((snapshot, channel)) = snapshots.next().await {
        match snapshot {
            // Expired since.
            Ok(snapshot) if snapshot.is_empty() => {}
            Ok(snapshot) => output::write(printer.snapshot(&snapshot)?).await?,
            Err(error) if is_of_a_channel(&error) => {
                failed = true;
                say(format_args!("{channel} can not be read: {error}"));
            }
            Err(error) => return Err(failure(error)),
        }
    }
    // Each was told on its own line.
    if failed { Err(Failure::new(Exit::Failed, "")) } else { Ok(()) }
}
