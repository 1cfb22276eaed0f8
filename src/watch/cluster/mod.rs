//! Looking at the groups of one cluster, again and again. Each cluster has its own task and connection: one that hangs delays no other.

mod courier;
mod roster;
mod round;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

pub use courier::Courier;
pub use roster::Roster;
pub use round::Round;

use super::pulse::Pulse;

/// Looks every `every` until it is told to stop.
pub async fn watch(round: Round, every: Duration, pulse: Arc<Pulse>, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let round = Arc::new(round);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let began = Instant::now();
        // Also while it is told to stop: what was found is written down, and a look has a limit.
        round.look(every).await;
        pulse.evaluated(round.cluster(), began.elapsed());
    }
}
