//! The promise itself, without servers: whatever goes wrong, each stream holds each event once and in its partition's order, and the hash is
//! what a reader of the stream has. The driver goes the worker's way (start, take, look up, plan, settle, checkpoint) on the model of the script.

mod case;
mod worker;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use prost::Message;

use self::case::check_coalescing;
use super::model::{Key, Model, ModelChannel, Positions as ModelPositions};
use super::script::{Fold, Read};
use crate::core::batch::{Batch, Record};
use crate::core::cache::{CachedValue, ReadCache};
use crate::core::call::{Call, CallEvent, Write};
use crate::core::channel::{Channel, ChannelKey};
use crate::core::checkpoint::Checkpoint;
use crate::core::decode::{Change, Event};
use crate::core::delta::{self, MemberChange};
use crate::core::keys::Keys;
use crate::core::offset::{NextOffset, Offset};
use crate::core::plan::{PlanSettings, Settled};
use crate::core::position::{TopicId, position_field};
use crate::core::positions::{Moved, Positions};
use crate::core::slice::{Slice, SliceCount, SliceSet};
use crate::core::start::{Found, StartAt};
use crate::core::tag_data::{self, Delta, TagData, TagDataEnvelope, TagDataObjectIdentifier};

const TTL_MS: u64 = 1_000;
const CHANNELS: usize = 3;
const NAMES: [&str; 2] = ["x", "y"];

/// A record of the log; `None`: invalid by itself.
type Logged = Option<Event>;

#[derive(Clone, Debug)]
struct Settings {
    partitions: i32,
    slices: u32,
    ttl: bool,
    events_per_call: usize,
    cache_bytes: u64,
    /// Redis may lose what it acknowledged.
    losses: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Produce {
        partition: usize,
        gap: i64,
        event: Produced,
    },
    Take {
        worker: usize,
        records: usize,
    },
    Look {
        worker: usize,
    },
    Round {
        worker: usize,
        faults: Vec<Fault>,
    },
    Finish {
        worker: usize,
    },
    Checkpoint {
        worker: usize,
        answer_lost: bool,
    },
    Crash {
        partition: usize,
    },
    /// The worker goes on as a zombie beside its successor.
    Depose {
        partition: usize,
    },
    Wait(u64),
    Backup,
    Lose {
        slice: u32,
        old_copy: bool,
    },
    Break {
        channel: usize,
        stream: bool,
    },
    Mend,
}

#[derive(Clone, Debug)]
enum Produced {
    Set { channel: usize, name: usize, members: [u8; 3], lifetime: Option<u32>, json: bool },
    Delete { channel: usize, name: usize },
    Invalid,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    /// Carried out, and nobody hears of it.
    AnswerLost,
    /// Never carried out.
    CallLost,
    /// Carried out before something else happens, and nobody hears of it.
    Late,
}

fn channel(number: usize) -> ChannelKey {
    Channel::new("app", format!("room-{number}"), "system").unwrap().key()
}

fn tag_data(channel: usize, name: &str, data: String, lifetime: Option<u32>) -> Vec<u8> {
    let text = |text: &str| Some(text.to_owned());
    let identifier =
        TagDataObjectIdentifier { app_id: text("app"), tag: Some(format!("room-{channel}")), scope: text("system"), name: text(name) };
    TagData { identifier: Some(identifier), deleted: None, lifetime, data: Some(data) }.encode_to_vec()
}

impl Produced {
    fn logged(&self) -> Logged {
        let (number, name, change) = match self {
            Self::Invalid => return None,
            Self::Delete { channel, name } => (*channel, NAMES[*name], Change::Delete),
            Self::Set { channel, name, members, lifetime, json } => {
                let shown = members.iter().enumerate().filter(|(_, value)| **value > 0);
                let members: Vec<String> = shown.map(|(index, value)| format!("\"m{index}\":{value}")).collect();
                let tail = if *json { "}" } else { "" };
                let data = format!(
                    "{{\"always\":\"the same and of some length\",{}\"end\":0{tail}",
                    members.join(",") + if members.is_empty() { "" } else { "," }
                );
                (*channel, NAMES[*name], Change::Set(tag_data(*channel, NAMES[*name], data, *lifetime).into()))
            }
        };
        Some(Event { channel: channel(number), name: name.into(), change })
    }
}

/// Kafka and Redis.
struct World {
    settings: Settings,
    model: Model,
    now_ms: u64,
    logs: Vec<BTreeMap<i64, Logged>>,
    ends: Vec<NextOffset>,
    committed: Vec<Option<(NextOffset, Vec<u8>)>>,
    letters: BTreeSet<(i32, i64)>,
    /// Of the letters those that a wrong-typed key refused.
    poisoned: BTreeSet<(i32, i64)>,
    late: Vec<(u64, i32, Call)>,
    backup: Model,
    seen: BTreeMap<&'static str, usize>,
}

#[derive(Debug)]
struct Rewind;

/// As a `PartitionTask`.
struct Worker {
    partition: i32,
    fold: Fold,
    plan: PlanSettings,
    cache: ReadCache,
    positions: Positions,
    known: SliceSet,
    dead_lettered: Option<Offset>,
    done: NextOffset,
    committed: Option<(NextOffset, Checkpoint)>,
    has_started: bool,
    zombie: bool,
    hand: Option<Hand>,
}

/// The batch in hand.
struct Hand {
    batch: Batch,
    next: NextOffset,
    looked_at_ms: Option<u64>,
}

impl World {
    fn new(settings: Settings) -> Self {
        let partitions = settings.partitions as usize;
        Self {
            model: Model::new(),
            now_ms: 0,
            logs: vec![BTreeMap::new(); partitions],
            ends: vec![NextOffset::ZERO; partitions],
            committed: vec![None; partitions],
            letters: BTreeSet::new(),
            poisoned: BTreeSet::new(),
            late: Vec::new(),
            backup: Model::new(),
            seen: BTreeMap::new(),
            settings,
        }
    }

    fn slices(&self) -> SliceCount {
        SliceCount::new(self.settings.slices).unwrap()
    }

    fn fold(&self, partition: i32) -> Fold {
        let ttl_ms = self.settings.ttl.then_some(TTL_MS);
        let keys = Keys::new("shasta:").unwrap();
        Fold { keys, field: position_field("t", partition), stream_length: 1_000_000, ttl_ms, notices: None }
    }

    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// Calls that were on their way arrive, unless that took longer than a planned call is good for.
    fn deliver_late(&mut self) {
        for (planned_ms, partition, call) in std::mem::take(&mut self.late) {
            if self.now_ms - planned_ms <= TTL_MS / 4 {
                let fold = self.fold(partition);
                self.model.apply(&fold, &call);
            }
        }
    }

    fn commit(&mut self, worker: &Worker, at: NextOffset, checkpoint: &Checkpoint) -> bool {
        if worker.zombie {
            return false;
        }
        let partition = worker.partition as usize;
        let missing = self.logs[partition].range(..at.get()).filter_map(|(offset, logged)| Some((offset, logged.as_ref()?)));
        for (offset, event) in missing {
            let slice = self.slices().slice_of(&event.channel);
            assert!(checkpoint.slices.contains(slice), "the bitmap lacks slice {slice} of offset {offset}, committed {at}");
        }
        if !self.settings.losses {
            for slice in checkpoint.slices.iter() {
                let place = self.model.position(slice, &worker.fold.field).map(|position| position.next);
                assert!(place >= Some(at), "slice {slice} at {place:?} is below the committed {at}");
            }
        }
        self.committed[partition] = Some((at, checkpoint.encode().into_bytes()));
        true
    }
}

/// All workers of all partitions: the members first, by partition, then the zombies.
struct Case {
    world: World,
    workers: Vec<Worker>,
}

fn settings() -> impl Strategy<Value = Settings> {
    let cache_bytes = prop_oneof![Just(0u64), 300u64..1_500, Just(1u64 << 20)];
    (1..3i32, 1..4u32, any::<bool>(), 1..8usize, cache_bytes, any::<bool>()).prop_map(
        |(partitions, slices, ttl, events_per_call, cache_bytes, losses)| Settings {
            partitions,
            slices,
            ttl,
            events_per_call,
            cache_bytes,
            losses,
        },
    )
}

fn produced() -> impl Strategy<Value = Produced> {
    let object = || (0..CHANNELS, 0..NAMES.len());
    let lifetime = prop_oneof![4 => Just(None), 4 => Just(Some(60)), 1 => Just(Some(61))];
    prop_oneof![
        12 => (object(), any::<[bool; 3]>(), 1..4u8, lifetime, prop::bool::weighted(0.93)).prop_map(|((channel, name), shown, value, lifetime, json)| {
            Produced::Set { channel, name, members: shown.map(|shown| if shown { value } else { 0 }), lifetime, json }
        }),
        2 => object().prop_map(|(channel, name)| Produced::Delete { channel, name }),
        1 => Just(Produced::Invalid),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![6 => Just(Fault::None), 1 => Just(Fault::AnswerLost), 1 => Just(Fault::CallLost), 1 => Just(Fault::Late)];
    let worker = || 0..6usize;
    let partition = || 0..2usize;
    prop_oneof![
        20 => (partition(), 0..3i64, produced()).prop_map(|(partition, gap, event)| Step::Produce { partition, gap, event }),
        8 => (worker(), 1..9usize).prop_map(|(worker, records)| Step::Take { worker, records }),
        3 => worker().prop_map(|worker| Step::Look { worker }),
        8 => (worker(), prop::collection::vec(fault, 0..4)).prop_map(|(worker, faults)| Step::Round { worker, faults }),
        6 => worker().prop_map(|worker| Step::Finish { worker }),
        5 => (worker(), prop::bool::weighted(0.2)).prop_map(|(worker, answer_lost)| Step::Checkpoint { worker, answer_lost }),
        1 => partition().prop_map(|partition| Step::Crash { partition }),
        1 => partition().prop_map(|partition| Step::Depose { partition }),
        3 => (1..TTL_MS / 2).prop_map(Step::Wait),
        1 => Just(Step::Wait(TTL_MS)),
        1 => Just(Step::Backup),
        1 => (0..4u32, any::<bool>()).prop_map(|(slice, old_copy)| Step::Lose { slice, old_copy }),
        1 => (0..CHANNELS, any::<bool>()).prop_map(|(channel, stream)| Step::Break { channel, stream }),
        1 => Just(Step::Mend),
    ]
}

fn run(settings: &Settings, steps: &[Step]) -> BTreeMap<&'static str, usize> {
    let mut case = Case::new(settings.clone());
    for step in steps {
        case.take(step);
        case.check();
    }
    case.settle();
    case.check();
    for (partition, log) in case.world.logs.iter().enumerate() {
        for (offset, _) in log.iter().filter(|(_, logged)| logged.is_none()) {
            assert!(case.world.letters.contains(&(partition as i32, *offset)), "an invalid record is nowhere");
        }
    }
    case.world.seen
}

fn plain(ttl: bool) -> Settings {
    Settings { partitions: 1, slices: 1, ttl, events_per_call: 8, cache_bytes: 1 << 20, losses: false }
}

fn sets(member: usize, value: u8) -> Step {
    let mut members = [0; 3];
    members[member] = value;
    Step::Produce { partition: 0, gap: 0, event: Produced::Set { channel: 0, name: 0, members, lifetime: None, json: true } }
}

fn folds(worker: usize) -> [Step; 2] {
    [Step::Take { worker, records: 8 }, Step::Finish { worker }]
}

#[test]
fn a_zombie_that_finds_its_slices_ahead_builds_on_nothing_that_it_knew() {
    let checkpoint = |worker| Step::Checkpoint { worker, answer_lost: false };
    let mut steps = vec![sets(0, 1)];
    steps.extend(folds(0));
    steps.extend([checkpoint(0), Step::Depose { partition: 0 }, sets(1, 1)]);
    steps.extend(folds(0));
    steps.extend([checkpoint(1), sets(0, 1)]);
    steps.extend(folds(1));
    let seen = run(&plain(false), &steps);
    assert_eq!(seen.get("found ahead"), Some(&1), "{seen:?}");
}

#[test]
fn an_object_is_not_what_it_was_before_its_channel_expired_though_the_channel_was_read_since() {
    let mut steps = vec![sets(0, 1)];
    steps.extend(folds(0));
    let other = Produced::Set { channel: 0, name: 1, members: [1; 3], lifetime: None, json: true };
    steps.extend([Step::Wait(TTL_MS), Step::Produce { partition: 0, gap: 0, event: other }]);
    steps.extend(folds(0));
    steps.push(sets(0, 2));
    steps.extend(folds(0));
    run(&plain(true), &steps);
}

proptest! {
    #![proptest_config(crate::core::properties::at_least(400))]
    #[test]
    fn streams_hold_each_event_once_and_in_order_and_hashes_are_their_fold(settings in settings(), steps in prop::collection::vec(step(), 0..120)) {
        run(&settings, &steps);
    }
}
