//! From the start to a clean end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::accounts::Accounts;
use super::audit::{compare_positions, find_channels};
use super::display::Display;
use super::error::DemoError;
use super::feed::{Feed, FeedCounts};
use super::figures::Figures;
use super::follower::Follower;
use super::observer::Observer;
use super::options::Options;
use super::rooms::Rooms;
use super::stop::StopSignal;
use super::world::{GROUP, TOPIC, World};
use crate::kafka::{Cluster, Producer};

/// After the last event: longer than the group takes to notice a killed worker.
const STORED_WITHIN: Duration = Duration::from_secs(40);

/// Runs a demo until its end, or until SIGINT, SIGTERM or SIGHUP. A second signal ends it at once. Call it on the main thread.
///
/// # Errors
/// What failed, and [`DemoError::Accounts`] where anything was lost, doubled or is not as it was published.
pub async fn run(options: &Options) -> Result<(), DemoError> {
    let mut stop = StopSignal::listen()?;
    let directory = tempfile::Builder::new().prefix("shasta-demo-").tempdir().map_err(DemoError::io("a temporary directory"))?;
    let ended = tokio::select! {
        ended = demonstrate(options, directory.path(), stop.clone()) => ended,
        () = stop.insisted() => Err(DemoError::Interrupted),
    };
    ended.and(directory.close().map_err(DemoError::io("the temporary directory")))
}

async fn demonstrate(options: &Options, directory: &Path, mut stop: StopSignal) -> Result<(), DemoError> {
    let mut display = Display::new();
    let begun = Instant::now();
    let started = async {
        let mut world = World::start(options, directory, &mut display).await?;
        display.say("waiting until the workers share the partitions")?;
        world.ready().await?;
        Ok::<_, DemoError>(world)
    };
    let mut world = tokio::select! {
        started = started => started?,
        () = stop.requested() => return Ok(()),
    };
    let seconds = begun.elapsed().as_secs_f64();
    display.say(&format!("started in {seconds:.1} s; publishing {} events/s, seed {}", options.rate, options.seed))?;
    let counts = publish(options, &mut world, &mut display, stop).await?;
    display.say("all is published; the workers finish, commit and leave")?;
    let stopped = world.workers.stop().await;
    let right = take_stock(options, &world, &counts, &mut display).await?;
    let ended = world.end().await;
    stopped?;
    ended?;
    if right { Ok(()) } else { Err(DemoError::Accounts) }
}

/// Publishes, and shows what comes of it, until all of it is stored.
async fn publish(options: &Options, world: &mut World, display: &mut Display, mut stop: StopSignal) -> Result<Arc<FeedCounts>, DemoError> {
    let mut kafka = world.kafka.clone();
    // Events come one at a time: waiting for others to go with only makes them late.
    kafka.properties.insert("linger.ms".to_owned(), "0".to_owned());
    let producer = Producer::new(&kafka)?;
    let feed = Feed::new(producer, TOPIC, Rooms::new(options.seed), world.partition_of.clone(), options.rate, options.events());
    let counts = feed.counts();
    let mut observer = Observer::new(Follower::new(&world.channels), counts.clone(), options.workers, fixed_figures(options, world));
    let (tell_stop, told) = watch::channel(false);
    // A thread of its own: drawing a page delays no event.
    let mut publishing = tokio::spawn(feed.run(told));
    let mut every_second = interval(Duration::from_secs(1));
    every_second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = every_second.tick() => {
                let figures = look(options, world, &mut observer, "publishing").await?;
                display.show(&figures)?;
            }
            () = stop.requested(), if !*tell_stop.borrow() => { tell_stop.send_replace(true); }
            _ = &mut publishing => break,
        }
    }
    let ended = Instant::now();
    loop {
        let figures = look(options, world, &mut observer, "storing the last").await?;
        display.show(&figures)?;
        let arrived = observer.stored() + world.dead_letters.count();
        if arrived >= counts.acknowledged.load(Ordering::Relaxed) || ended.elapsed() > STORED_WITHIN {
            return Ok(counts);
        }
        sleep(Duration::from_millis(250)).await;
    }
}

async fn look(options: &Options, world: &mut World, observer: &mut Observer, stage: &'static str) -> Result<Figures, DemoError> {
    /// The kernel may tell of a closed connection before it tells of the process that closed it.
    const ITS_END_IS_KNOWN: Duration = Duration::from_millis(500);
    world.look_after(options.keep_going)?;
    let looked = observer.look(stage, &world.redis.store, &world.workers, world.dead_letters.count()).await;
    if looked.is_err() {
        sleep(ITS_END_IS_KNOWN).await;
        world.look_after(options.keep_going)?;
    }
    looked
}

fn fixed_figures(options: &Options, world: &World) -> Figures {
    let redis = format!("127.0.0.1:{}", world.redis.port);
    let channel = world.channels.first().map(|channel| channel.path.clone()).unwrap_or_default();
    let Options { rate, seed, partitions, workers, .. } = options;
    Figures {
        length: options.length,
        setting: format!("{rate} events/s, seed {seed}, {partitions} partitions, {workers} workers"),
        read_command: vec![options.called_as.clone(), "read".to_owned(), channel, "--set".to_owned(), format!("redis.nodes={redis}")],
        redis,
        ..Figures::default()
    }
}

/// Makes the accounts and says them. False where they do not add up.
async fn take_stock(options: &Options, world: &World, counts: &FeedCounts, display: &mut Display) -> Result<bool, DemoError> {
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let store = &world.redis.store;
    let channels = find_channels(store, &world.channels, &world.partition_of).await?;
    let cluster = Cluster::connect(&world.kafka, GROUP)?;
    let partitions: Vec<i32> = (0..options.partitions).filter_map(|partition| i32::try_from(partition).ok()).collect();
    let positions = compare_positions(store, &cluster, TOPIC, &partitions).await?;
    // The same seed gives the same events again.
    let events = Rooms::new(options.seed).take(usize::try_from(load(&counts.sent)).unwrap_or(usize::MAX));
    let accounts = Accounts::of(events, &channels, &world.dead_letters.origins(), options.stream_length());

    display.say(&accounts.to_string())?;
    for difference in accounts.differences.iter().chain(&positions.wrong) {
        display.say(&format!("  {difference}"))?;
    }
    let (failed, misplaced) = (load(&counts.failed), load(&counts.misplaced));
    if failed + misplaced > 0 {
        display
            .say(&format!("  of the published {failed} were not acknowledged and {misplaced} have another offset than the count says"))?;
    }
    let compared = positions.compared;
    let ahead = if positions.wrong.is_empty() { "none" } else { "some" };
    display.say(&format!(
        "checked every entry and object of {} channels; of the offsets committed {ahead} is ahead of one of {compared} positions",
        channels.len()
    ))?;
    if accounts.trimmed > 0 {
        display
            .say(&format!("each stream keeps about {} entries; what was trimmed counts in the snapshots only", options.stream_length()))?;
    }
    Ok(accounts.are_right() && positions.wrong.is_empty() && failed + misplaced == 0)
}
