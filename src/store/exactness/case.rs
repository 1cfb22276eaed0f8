//! All workers at once, and what has to hold after each step.

use super::*;

impl Case {
    pub(super) fn new(settings: Settings) -> Self {
        let mut case = Self { world: World::new(settings), workers: Vec::new() };
        for partition in 0..case.world.settings.partitions {
            case.workers.push(Worker::new(&case.world, partition));
            case.workers[partition as usize].start(&mut case.world, false);
        }
        case
    }

    pub(super) fn take(&mut self, step: &Step) {
        if !matches!(step, Step::Look { .. } | Step::Take { .. }) {
            self.world.deliver_late();
        }
        let partitions = self.world.settings.partitions as usize;
        match step {
            Step::Produce { partition, gap, event } => {
                let partition = partition % partitions;
                let offset = self.world.ends[partition].get() + gap;
                self.world.logs[partition].insert(offset, event.logged());
                self.world.ends[partition] = Offset::new(offset).unwrap().next();
            }
            Step::Take { worker, records } => self.with(*worker, |worker, world| {
                worker.take(world, *records);
                Ok(())
            }),
            Step::Look { worker } => self.with(*worker, |worker, world| {
                worker.look(world);
                Ok(())
            }),
            Step::Round { worker, faults } => self.with(*worker, |worker, world| worker.round(world, faults).map(|_| ())),
            Step::Finish { worker } => self.with(*worker, Worker::finish),
            Step::Checkpoint { worker, answer_lost } => self.with(*worker, |worker, world| worker.checkpoint(world, *answer_lost)),
            Step::Crash { partition } => {
                let partition = partition % partitions;
                self.workers[partition] = Worker::new(&self.world, partition as i32);
                self.workers[partition].start(&mut self.world, false);
            }
            Step::Depose { partition } => {
                let partition = partition % partitions;
                let mut successor = Worker::new(&self.world, partition as i32);
                successor.start(&mut self.world, false);
                let mut zombie = std::mem::replace(&mut self.workers[partition], successor);
                zombie.zombie = true;
                self.workers.truncate(partitions + 1);
                self.workers.push(zombie);
            }
            Step::Wait(ms) => {
                self.world.now_ms += ms;
                self.world.model.advance(*ms);
            }
            Step::Backup => self.world.backup = self.world.model.clone(),
            Step::Lose { slice, old_copy } if self.world.settings.losses => self.lose(*slice, *old_copy),
            Step::Lose { .. } => {}
            Step::Break { channel: number, stream } => self.break_channel(*number, *stream),
            Step::Mend => self.mend(),
        }
    }

    pub(super) fn with(&mut self, worker: usize, act: impl FnOnce(&mut Worker, &mut World) -> Result<(), Rewind>) {
        let index = worker % self.workers.len();
        let worker = &mut self.workers[index];
        if act(worker, &mut self.world).is_err() {
            self.world.saw("rewind");
            worker.start(&mut self.world, true);
        }
    }

    pub(super) fn lose(&mut self, slice: u32, old_copy: bool) {
        let slice = self.world.slices().slice(slice % self.world.settings.slices).unwrap();
        let old = if old_copy { self.world.backup.clone() } else { Model::new() };
        self.world.model.put_positions(slice, old.positions(slice).cloned());
        for (_, path) in self.paths_of(slice) {
            let mut channel = old.channel(slice, &path);
            let expired =
                [channel.snapshot.expires_at(), channel.stream.expires_at()].into_iter().flatten().any(|at| at <= self.world.now_ms);
            if expired {
                channel = ModelChannel::default();
            }
            self.world.model.put_channel(slice, &path, channel);
        }
        // A loss breaks connections: what was on its way is gone, and whoever had read values gets no answer and reads them again.
        for worker in &mut self.workers {
            if let Some(hand) = &mut worker.hand {
                hand.batch.forget_values(&mut worker.cache);
                hand.looked_at_ms = None;
            }
        }
        self.world.late.clear();
    }

    pub(super) fn paths_of(&self, slice: Slice) -> Vec<(ChannelKey, String)> {
        let keys = (0..CHANNELS).map(channel).filter(|key| self.world.slices().slice_of(key) == slice);
        keys.map(|key| (key.clone(), key.path())).collect()
    }

    pub(super) fn break_channel(&mut self, number: usize, stream: bool) {
        let key = channel(number);
        let slice = self.world.slices().slice_of(&key);
        let held = self.world.model.channel(slice, &key.path());
        if held == ModelChannel::default() {
            let broken =
                if stream { ModelChannel { stream: Key::WrongType, ..held } } else { ModelChannel { snapshot: Key::WrongType, ..held } };
            self.world.model.put_channel(slice, &key.path(), broken);
        }
    }

    pub(super) fn mend(&mut self) {
        for slice in self.world.slices().all() {
            for (_, path) in self.paths_of(slice) {
                let held = self.world.model.channel(slice, &path);
                if held.snapshot == Key::WrongType || held.stream == Key::WrongType {
                    self.world.model.put_channel(slice, &path, ModelChannel::default());
                }
            }
        }
    }

    /// Everything is mended, and the members go on to the end.
    pub(super) fn settle(&mut self) {
        self.world.deliver_late();
        self.mend();
        for partition in 0..self.world.settings.partitions as usize {
            for _ in 0..1_000 {
                self.with(partition, Worker::finish);
                self.with(partition, |worker, world| {
                    worker.take(world, 7);
                    worker.finish(world)
                });
                self.with(partition, |worker, world| worker.checkpoint(world, false));
                // The second one looks whether Redis still has it.
                self.with(partition, |worker, world| worker.checkpoint(world, false));
                let worker = &self.workers[partition];
                let checkpoint = worker.checkpoint_of(&worker.known);
                if worker.done == self.world.ends[partition] && worker.committed == Some((worker.done, checkpoint)) {
                    break;
                }
            }
            assert_eq!(self.workers[partition].done, self.world.ends[partition], "partition {partition} does not come to its end");
            let at = self.world.committed[partition].as_ref().map(|(at, _)| *at);
            assert_eq!(at, Some(self.world.ends[partition]));
        }
    }

    /// What holds at every instant.
    pub(super) fn check(&self) {
        for slice in self.world.slices().all() {
            assert!(!matches!(self.world.model.positions(slice), Some(ModelPositions::WrongType)));
            for (key, path) in self.paths_of(slice) {
                self.check_channel(slice, &key, &self.world.model.channel(slice, &path));
            }
        }
    }

    pub(super) fn check_channel(&self, slice: Slice, key: &ChannelKey, channel: &ModelChannel) {
        let none = Vec::new();
        let entries = channel.stream.value().unwrap_or(&none);
        let mut reader: BTreeMap<String, (TagData, String)> = BTreeMap::new();
        let mut offsets: Vec<Vec<i64>> = vec![Vec::new(); self.world.logs.len()];
        for entry in entries {
            let delta = Delta::decode(entry.delta.as_slice()).unwrap();
            let offset = delta.offset as i64;
            offsets[delta.partition as usize].push(offset);
            let event = self.world.logs[delta.partition as usize][&offset].as_ref().expect("an invalid record was applied");
            assert_eq!((&event.channel, &*event.name), (key, delta.name.as_str()));
            let after = read(&delta, reader.get(&delta.name).map(|(held, _)| held));
            match (&event.change, after) {
                (Change::Delete, None) => drop(reader.remove(&delta.name)),
                (Change::Set(bytes), Some(after)) => {
                    assert_same(&after, &TagData::decode(&**bytes).unwrap());
                    reader.insert(delta.name.clone(), (after, entry.id.to_string()));
                }
                (change, after) => panic!("{change:?} became {after:?}"),
            }
        }
        let held = channel.snapshot.value().cloned().unwrap_or_default();
        assert_eq!(held.keys().collect::<Vec<_>>(), reader.keys().collect::<Vec<_>>(), "the hash and a reader hold other objects");
        for (name, stored) in held {
            let envelope = TagDataEnvelope::decode(stored.bytes().as_slice()).unwrap();
            let (after, id) = &reader[&name];
            assert_eq!(envelope.sequence_number.as_ref(), Some(id));
            assert_same(after, &envelope.tag_data.unwrap());
        }
        for (partition, offsets) in offsets.iter().enumerate() {
            self.check_complete(slice, key, partition, offsets);
        }
    }

    /// The stream holds the channel's events below the position: all of them, or where keys expire the last of them.
    pub(super) fn check_complete(&self, slice: Slice, key: &ChannelKey, partition: usize, offsets: &[i64]) {
        let field = position_field("t", partition as i32);
        let position = self.world.model.position(slice, &field).map_or(0, |position| position.next.get());
        let of_channel = |logged: &Logged| logged.as_ref().is_some_and(|event| event.channel == *key);
        let optional = |offset: &i64| self.world.poisoned.contains(&(partition as i32, *offset)) && !offsets.contains(offset);
        let expected: Vec<i64> =
            self.world.logs[partition].range(..position).filter(|(_, logged)| of_channel(logged)).map(|(offset, _)| *offset).collect();
        let expected: Vec<i64> = expected.into_iter().filter(|offset| !optional(offset)).collect();
        let whole = expected == offsets || (self.world.settings.ttl && expected.ends_with(offsets));
        assert!(whole, "partition {partition} below {position}: {offsets:?} in the stream, {expected:?} in the log");
    }
}

/// A set may be left to a later one of the same object only where the hash is known to take one, and the later one is written. The model
/// writes each event at once, so this is all that there is to see of it here.
pub(super) fn check_coalescing(call: &Call) {
    for (at, event) in call.events.iter().enumerate() {
        if matches!(event.write, Write::Set { now: false, .. }) {
            let is_set_now = |other: &&CallEvent| matches!(other.write, Write::Set { now: true, .. });
            let of_channel = |other: &&CallEvent| other.channel == event.channel;
            assert!(call.events[..at].iter().filter(of_channel).any(|other| is_set_now(&other)), "the first set of a channel waits");
            let last = call.events[at..].iter().rfind(|other| of_channel(other) && other.name == event.name).unwrap();
            assert!(is_set_now(&last) || last.write == Write::Delete, "the last set of an object waits");
        }
    }
}

/// What a reader makes of an entry.
pub(super) fn read(delta: &Delta, held: Option<&TagData>) -> Option<TagData> {
    match delta.change.as_ref().unwrap() {
        tag_data::Change::Deleted(_) => None,
        tag_data::Change::Set(tag_data) => Some(tag_data.clone()),
        tag_data::Change::Changed(changed) => {
            let held = held.expect("a change of an object that is not there");
            let set: Vec<_> = changed.set.iter().map(|member| MemberChange { name: &member.name, json: &member.json }).collect();
            let data = delta::apply(held.data.as_deref().unwrap(), &set, &changed.removed).expect("a change that does not fit");
            Some(TagData { data: Some(data), lifetime: changed.lifetime.or(held.lifetime), ..held.clone() })
        }
    }
}

pub(super) fn assert_same(a: &TagData, b: &TagData) {
    assert_eq!((&a.identifier, a.deleted, a.lifetime), (&b.identifier, b.deleted, b.lifetime));
    assert!(delta::same_data(a.data.as_deref(), b.data.as_deref()), "{a:?} is not {b:?}");
}
