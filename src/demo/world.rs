//! Everything that runs for a demo.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::children::Launcher;
use super::dead_letter_reader::DeadLetterReader;
use super::display::Display;
use super::error::DemoError;
use super::fleet::{Fleet, WorkerSettings};
use super::options::Options;
use super::private_redis::PrivateRedis;
use super::rooms::Rooms;
use super::worker_view::WorkerView;
use crate::config::Kafka;
use crate::core::channel::Channel;
use crate::core::slice::SliceCount;
use crate::kafka::mock::MockKafka;
use crate::store::ChannelAt;

pub const TOPIC: &str = "tag-data";
pub const GROUP: &str = "shasta-demo";

/// The broker waits so long for the group's members to come: all workers start at once, and who comes later costs a rebalance of seconds.
const MEMBERS_WITHIN: Duration = Duration::from_millis(1_500);
/// After this long it goes on with the workers that have partitions, the others get theirs later.
const ALL_SHARE_WITHIN: Duration = Duration::from_secs(4);
const READY_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct World {
    // The clients go before the broker.
    pub dead_letters: DeadLetterReader,
    pub fleet: Fleet,
    pub redis: PrivateRedis,
    /// The settings of clients of the topic.
    pub kafka: Kafka,
    /// Those of [`Rooms`], by its index, with the partition of each.
    pub channels: Vec<ChannelAt>,
    pub partition_of: Vec<i32>,
    partitions: u32,
    _broker: MockKafka,
}

impl World {
    /// Starts all of it and says so.
    ///
    /// # Errors
    /// What did not start.
    pub async fn start(options: &Options, directory: &Path, display: &mut Display) -> Result<Self, DemoError> {
        let version = PrivateRedis::version().await?;
        let launcher = Launcher::new(directory).await;
        display.say("shasta demo: all of it on this machine; nothing of it stays")?;
        let broker = MockKafka::start_waiting(1, MEMBERS_WITHIN)?;
        let kafka = broker.settings(TOPIC, GROUP);
        let dead_letter_topic = kafka.dead_letter_topic();
        broker.create_topic(TOPIC, options.partitions)?;
        broker.create_topic(&dead_letter_topic, 1)?;
        let (brokers, partitions) = (&kafka.brokers, options.partitions);
        display.say(&format!("  kafka    a broker in this process at {brokers}, {TOPIC} in {partitions} partitions"))?;
        let redis = PrivateRedis::start(&launcher).await?;
        let (redis_at, pid) = (format!("127.0.0.1:{}", redis.port), redis.child.pid());
        display.say(&format!("  redis    redis-server {version} of its own at {redis_at}, pid {pid}"))?;
        let stream_length = options.stream_length();
        let settings = WorkerSettings { brokers: kafka.brokers.clone(), topic: TOPIC, group: GROUP, redis: redis_at, stream_length };
        let fleet = Fleet::start(launcher, &settings, options.workers)?;
        for worker in &fleet.workers {
            display.say(&format!("  worker   {} at http://{}, pid {}", worker.number, worker.address, worker.pid()))?;
        }
        let dead_letters = DeadLetterReader::start(&dead_letter_settings(&kafka, dead_letter_topic))?;
        let (channels, partition_of) = places(partitions);
        Ok(Self { dead_letters, fleet, redis, kafka, channels, partition_of, partitions, _broker: broker })
    }

    /// Waits until every partition is worked on.
    ///
    /// # Errors
    /// Where that takes too long, or something died.
    pub async fn ready(&mut self) -> Result<(), DemoError> {
        let begun = Instant::now();
        loop {
            self.look_after(false)?;
            let views = join_all(self.fleet.workers.iter().map(|worker| WorkerView::of(&worker.address))).await;
            let folding: BTreeSet<i32> = views.iter().flat_map(WorkerView::folding).collect();
            let idle = views.iter().position(|view| view.folding().next().is_none());
            let all_are_worked_on = folding.len() == self.partitions as usize;
            if all_are_worked_on && (idle.is_none() || begun.elapsed() > ALL_SHARE_WITHIN) {
                return Ok(());
            }
            if begun.elapsed() > READY_WITHIN
                && let Some(worker) = self.fleet.workers.get(idle.unwrap_or_default())
            {
                let reason = format!("{} of {} partitions are worked on", folding.len(), self.partitions);
                return Err(worker.not_ready(READY_WITHIN, reason));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Whether everything lives that should; a worker that died is started again where `keep_going`.
    ///
    /// # Errors
    /// What died.
    pub fn look_after(&mut self, keep_going: bool) -> Result<(), DemoError> {
        self.redis.child.ended().map_or(Ok(()), Err)?;
        self.fleet.look_after(keep_going)
    }

    /// Ends what is left after the workers.
    ///
    /// # Errors
    /// Where it does not end well.
    pub async fn end(mut self) -> Result<(), DemoError> {
        const LIMIT: Duration = Duration::from_secs(5);
        self.dead_letters.close().await;
        self.redis.child.terminate();
        self.redis.child.wait(LIMIT).await
    }
}

/// An empty fetch waits its whole time at this broker, so a slow reader costs less.
fn dead_letter_settings(kafka: &Kafka, topic: String) -> Kafka {
    let mut settings = Kafka { topic, group: format!("{GROUP}-accounts"), ..kafka.clone() };
    settings.properties.insert("fetch.wait.max.ms".to_owned(), "100".to_owned());
    settings
}

/// Slice, path and partition of each channel.
fn places(partitions: u32) -> (Vec<ChannelAt>, Vec<i32>) {
    let slices = SliceCount::for_partitions(partitions);
    let place = |channel: &Channel| {
        let key = channel.key();
        (ChannelAt { slice: slices.slice_of(&key), path: key.path() }, (key.hash() % partitions) as i32)
    };
    Rooms::new(0).channels().iter().map(place).unzip()
}
