//! Many followers, and what each was told, held against what Kafka says.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shasta::{Change, Client, Snapshot, Subscription};
use tokio::runtime::{Builder, Runtime};

use crate::support::checker::json::same_data;
use crate::support::checker::{Channel, Event, EventChange, Rules, judge};
use crate::support::kafka::{KafkaBroker, KafkaRecord};
use crate::support::wait::until_ok;

/// The place of a record in its topic.
type Place = (i32, i64);

pub struct Crowd {
    runtime: Runtime,
    clients: Vec<Client>,
    followers: Vec<Follower>,
}

struct Follower {
    channel: Channel,
    told: Arc<Mutex<Vec<Change>>>,
}

/// What a follower ought to hold: name, data, entry.
type Objects = BTreeMap<String, (String, String)>;

impl Crowd {
    /// `each` followers of every channel, spread over some clients. A slow one pauses after each change.
    pub fn gather(settings: &shasta::config::Redis, channels: &[Channel], each: usize, clients: usize, pause: Duration) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let connect = || runtime.block_on(Client::connect(settings)).unwrap();
        let clients: Vec<Client> = (0..clients).map(|_| connect()).collect();
        let follower = |number: usize| {
            let channel = channels[number % channels.len()].clone();
            let told = Arc::new(Mutex::new(Vec::new()));
            let following = follow(clients[number % clients.len()].clone(), channel.clone(), Arc::clone(&told), pause);
            runtime.spawn(following);
            Follower { channel, told }
        };
        let followers = (0..channels.len() * each).map(follower).collect();
        Self { runtime, clients, followers }
    }

    pub fn len(&self) -> usize {
        self.followers.len()
    }

    /// How often followers were told that there is a gap.
    pub fn restarts(&self) -> usize {
        let restarts =
            |follower: &Follower| follower.told.lock().unwrap().iter().filter(|change| matches!(change, Change::Restarted(_))).count();
        self.followers.iter().map(restarts).sum()
    }

    /// Waits until every follower holds what Redis holds, and judges what each was told on the way.
    #[track_caller]
    pub fn assert_right(&self, kafka: &KafkaBroker, topic: &str, limit: Duration) {
        let log = kafka.read_topic(topic);
        until_ok("every follower to hold what redis holds", limit, || self.compare());
        for follower in &self.followers {
            let events = events_of(&log, &follower.channel);
            if let Err(fault) = judge_history(&follower.told.lock().unwrap(), &events) {
                panic!("a follower of {}: {fault}", follower.channel.escaped());
            }
        }
    }

    fn compare(&self) -> Result<(), String> {
        let mut snapshots: BTreeMap<String, Objects> = BTreeMap::new();
        for follower in &self.followers {
            let path = follower.channel.escaped();
            let now = snapshots
                .entry(path.clone())
                .or_insert_with(|| objects(&self.runtime.block_on(self.clients[0].snapshot(&path.parse().unwrap())).unwrap()));
            let held = fold(&follower.told.lock().unwrap());
            let same = held.len() == now.len()
                && held
                    .iter()
                    .zip(&*now)
                    .all(|((name, (data, entry)), (of, (current, id)))| name == of && entry == id && same_data(data, current));
            if !same {
                return Err(format!("a follower of {path} holds {held:?}, redis {now:?}"));
            }
        }
        Ok(())
    }
}

async fn follow(client: Client, channel: Channel, told: Arc<Mutex<Vec<Change>>>, pause: Duration) {
    let mut subscription: Subscription = client.follow(channel.escaped().parse().unwrap()).await.unwrap();
    while let Some(change) = subscription.next().await {
        told.lock().unwrap().push(change.unwrap());
        tokio::time::sleep(pause).await;
    }
}

fn objects(snapshot: &Snapshot) -> Objects {
    let object = |object: &shasta::Object| (object.data().to_owned(), object.entry.unwrap().to_string());
    snapshot.objects.iter().map(|(name, held)| (name.clone(), object(held))).collect()
}

fn fold(told: &[Change]) -> Objects {
    let mut state = Objects::new();
    for change in told {
        match change {
            Change::Snapshot(snapshot) | Change::Restarted(snapshot) => state = objects(snapshot),
            Change::Set { name, object, .. } => {
                state.insert(name.clone(), (object.data().to_owned(), object.entry.unwrap().to_string()));
            }
            Change::Deleted { name, .. } => drop(state.remove(name)),
        }
    }
    state
}

fn events_of(log: &[KafkaRecord], channel: &Channel) -> Vec<Event> {
    let events = log.iter().filter_map(|record| judge(record, &Rules::default()).ok());
    let mut events: Vec<Event> = events.filter(|event| event.channel == *channel).collect();
    events.sort_by_key(|event| (event.partition, event.offset));
    events
}

/// Between two announced gaps each event follows the one before it, and says what Kafka's record says.
fn judge_history(told: &[Change], events: &[Event]) -> Result<(), String> {
    let index: BTreeMap<Place, usize> = events.iter().enumerate().map(|(index, event)| ((event.partition, event.offset), index)).collect();
    if !matches!(told.first(), Some(Change::Snapshot(_))) {
        return Err(format!("the first change is {:?}", told.first()));
    }
    let mut next = 0;
    for (number, change) in told.iter().enumerate() {
        match change {
            Change::Snapshot(_) if number > 0 => return Err(format!("change {number} is a second snapshot")),
            Change::Snapshot(snapshot) | Change::Restarted(snapshot) => next = place_after(snapshot, &index)?,
            Change::Set { name, object, event, .. } => {
                let expected = events.get(next).ok_or(format!("change {number} is of no event"))?;
                same_place(number, (event.partition, event.offset), expected)?;
                let EventChange::Set { tag_data, .. } = &expected.change else {
                    return Err(format!("change {number} sets, the event deletes"));
                };
                if *name != expected.name || !same_data(object.data(), tag_data.data.as_deref().unwrap_or_default()) {
                    return Err(format!("change {number} sets {name} to {}, the event {expected:?}", object.data()));
                }
                next += 1;
            }
            Change::Deleted { name, event } => {
                let expected = events.get(next).ok_or(format!("change {number} is of no event"))?;
                same_place(number, (event.partition, event.offset), expected)?;
                if *name != expected.name || expected.change != EventChange::Delete {
                    return Err(format!("change {number} deletes {name}, the event {expected:?}"));
                }
                next += 1;
            }
        }
    }
    Ok(())
}

fn same_place(number: usize, (partition, offset): (u32, u64), expected: &Event) -> Result<(), String> {
    let is = (i32::try_from(partition).unwrap(), i64::try_from(offset).unwrap());
    let must = (expected.partition, expected.offset);
    if is == must { Ok(()) } else { Err(format!("change {number} is of {is:?}, the next event is {must:?}")) }
}

/// Where the events after a snapshot begin: its token names the record that it stands at.
fn place_after(snapshot: &Snapshot, index: &BTreeMap<Place, usize>) -> Result<usize, String> {
    let token = snapshot.token.to_string();
    let mark = token.rsplit_once('@').unwrap().1;
    if mark == "-" {
        return Ok(0);
    }
    let mut parts = mark.split('/').skip(1);
    let place = (parts.next().unwrap().parse().unwrap(), parts.next().unwrap().parse().unwrap());
    index.get(&place).map(|at| at + 1).ok_or(format!("a snapshot stands at {place:?}, which is no event"))
}

/// The channels that events are of.
pub fn channels_of(log: &[KafkaRecord]) -> Vec<Channel> {
    let channels: HashSet<Channel> = log.iter().filter_map(|record| Some(judge(record, &Rules::default()).ok()?.channel)).collect();
    let mut channels: Vec<Channel> = channels.into_iter().collect();
    channels.sort();
    channels
}
