//! A worker of one partition, going the way of the real one.

use super::*;

impl Worker {
    pub(super) fn new(world: &World, partition: i32) -> Self {
        let (slices, fold) = (world.slices(), world.fold(partition));
        Self {
            partition,
            plan: PlanSettings {
                partition,
                topic_id: TopicId::new("id"),
                slices,
                changed: true,
                events_per_call: world.settings.events_per_call,
            },
            cache: ReadCache::new(world.settings.cache_bytes, slices, fold.ttl_ms),
            fold,
            positions: Positions::none(slices),
            known: SliceSet::empty(slices),
            dead_lettered: None,
            done: NextOffset::ZERO,
            committed: None,
            has_started: false,
            zombie: false,
            hand: None,
        }
    }

    pub(super) fn start(&mut self, world: &mut World, mut rewind: bool) {
        while self.try_start(world, rewind).is_err() {
            rewind = true;
        }
    }

    pub(super) fn try_start(&mut self, world: &mut World, rewind: bool) -> Result<(), Rewind> {
        self.hand = None;
        self.cache.clear();
        let own = self.checkpoint_of(&self.known).encode();
        let at_kafka = world.committed[self.partition as usize].clone();
        let committed = match &at_kafka {
            _ if self.has_started => Some((self.done, own.as_bytes())),
            at_kafka => at_kafka.as_ref().map(|(at, metadata)| (*at, metadata.as_slice())),
        };
        let positions: Vec<_> = world.slices().all().map(|slice| world.model.position(slice, &self.fold.field).cloned()).collect();
        let found = Found {
            committed,
            positions: &positions,
            log_start: NextOffset::ZERO,
            log_end: world.ends[self.partition as usize],
            slices: world.slices(),
            topic_id: self.plan.topic_id.clone(),
            layout_knows_topic: true,
            start_at: StartAt::Earliest,
        };
        let start = found.start();
        assert_eq!((&start.move_back, &start.lost), (&None, &None), "nothing was cut or lost in Kafka");
        self.positions = Positions::new(self.plan.topic_id.clone(), positions);
        self.known = start.bitmap.clone();
        self.dead_lettered = start.dead_lettered;
        self.done = start.at;
        self.committed = match (&start.commit_first, at_kafka) {
            (None, Some((at, metadata))) if !rewind => Checkpoint::decode(&metadata).ok().map(|checkpoint| (at, checkpoint)),
            _ => None,
        };
        if let Some(slices) = &start.commit_first {
            world.saw("rewound or new");
            self.commit(world, self.checkpoint_of(slices));
        }
        self.has_started = true;
        Ok(())
    }

    pub(super) fn checkpoint_of(&self, slices: &SliceSet) -> Checkpoint {
        Checkpoint { slices: slices.clone(), topic_id: self.plan.topic_id.clone(), dead_lettered: self.dead_lettered }
    }

    pub(super) fn commit(&mut self, world: &mut World, checkpoint: Checkpoint) {
        if world.commit(self, self.done, &checkpoint) {
            self.committed = Some((self.done, checkpoint));
        }
    }

    pub(super) fn take(&mut self, world: &mut World, limit: usize) {
        if self.hand.is_some() {
            return;
        }
        let log = &world.logs[self.partition as usize];
        let taken: Vec<(i64, Logged)> =
            log.range(self.done.get()..).take(limit).map(|(offset, logged)| (*offset, logged.clone())).collect();
        let Some((last, _)) = taken.last() else { return };
        let next = Offset::new(*last).unwrap().next();
        let mut records = Vec::new();
        for (offset, logged) in taken {
            let offset = Offset::new(offset).unwrap();
            match logged {
                Some(event) => records.push(Record { offset, timestamp_ms: Some(offset.get()), event }),
                None if self.dead_lettered.is_some_and(|highest| offset <= highest) => {}
                None => {
                    world.letters.insert((self.partition, offset.get()));
                    self.dead_lettered = self.dead_lettered.max(Some(offset));
                }
            }
        }
        let batch = Batch::new(records, next, self.plan.slices, &self.plan.topic_id, self.positions.as_slice());
        self.hand = Some(Hand { batch, next, looked_at_ms: None });
    }

    pub(super) fn look(&mut self, world: &mut World) {
        let Some(hand) = &mut self.hand else { return };
        let wanted = hand.batch.look_up(&mut self.cache, world.now_ms);
        for wanted in wanted {
            let read = Read { slice: wanted.slice, channels: vec![(wanted.path, vec![wanted.name])] };
            let values = world.model.read(&self.fold, &read);
            let value = values[0].as_deref().and_then(CachedValue::of_envelope);
            hand.batch.fill(wanted.object, value, &mut self.cache, world.now_ms);
        }
        hand.looked_at_ms = Some(world.now_ms);
    }

    /// One round of calls; true when the batch in hand is done.
    pub(super) fn round(&mut self, world: &mut World, faults: &[Fault]) -> Result<bool, Rewind> {
        // A call that is not answered within a quarter of the time to live is planned again; so is one that was not sent by then.
        if self.hand.as_ref().is_some_and(|hand| hand.looked_at_ms.is_none_or(|at| world.now_ms - at > TTL_MS / 8)) {
            self.look(world);
        }
        let Some(hand) = &mut self.hand else { return Ok(true) };
        let planned = hand.batch.plan(&self.plan, &self.cache, world.now_ms);
        planned.iter().for_each(|planned| check_coalescing(&planned.call));
        let mut faults = faults.iter().copied().chain(std::iter::repeat(Fault::None));
        let answers: Vec<_> = planned
            .iter()
            .map(|planned| match faults.next() {
                Some(Fault::AnswerLost) => {
                    world.model.apply(&self.fold, &planned.call);
                    None
                }
                Some(Fault::CallLost) => None,
                Some(Fault::Late) => {
                    world.late.push((world.now_ms, self.partition, planned.call.clone()));
                    None
                }
                Some(Fault::None) | None => Some(world.model.apply(&self.fold, &planned.call)),
            })
            .collect();
        let mut poison = Vec::new();
        let (mut behind, mut unanswered) = (false, false);
        for (planned, answer) in planned.iter().zip(answers) {
            let Some(outcome) = answer else {
                unanswered = true;
                continue;
            };
            let settled = hand.batch.settle(planned, outcome, &self.plan, &mut self.cache, world.now_ms);
            world.saw(match settled {
                Settled::Applied { already: false, .. } => "applied",
                Settled::Applied { already: true, .. } => "already",
                Settled::Overtaken => "overtaken",
                Settled::Ahead { .. } => "ahead",
                Settled::Behind(_) => "behind",
                Settled::Stale { .. } => "stale",
                Settled::Poison { .. } => "poison",
                Settled::Failed { .. } => "failed",
            });
            match settled {
                Settled::Behind(_) => behind = true,
                Settled::Poison { record, .. } => poison.push(record),
                _ => {}
            }
        }
        if unanswered {
            hand.batch.forget_values(&mut self.cache);
        }
        self.positions.take(&hand.batch);
        hand.looked_at_ms = None;
        if behind {
            return Err(Rewind);
        }
        for record in poison {
            let offset = hand.batch.record(record).offset.get();
            world.letters.insert((self.partition, offset));
            world.poisoned.insert((self.partition, offset));
            hand.batch.pass(record);
        }
        if hand.batch.unfinished().next().is_some() {
            return Ok(false);
        }
        if let Some(Hand { batch, next, .. }) = self.hand.take() {
            batch.slices().iter().for_each(|work| self.known.insert(work.slice));
            batch.keep(&mut self.cache);
            self.done = self.done.max(next);
        }
        Ok(true)
    }

    pub(super) fn finish(&mut self, world: &mut World) -> Result<(), Rewind> {
        for _ in 0..1_000 {
            if self.round(world, &[])? {
                return Ok(());
            }
        }
        panic!("a batch does not come to its end");
    }

    pub(super) fn checkpoint(&mut self, world: &mut World, answer_lost: bool) -> Result<(), Rewind> {
        if self.hand.is_some() {
            return Ok(());
        }
        let checkpoint = self.checkpoint_of(&self.known);
        if self.committed.as_ref().is_some_and(|(at, committed)| *at == self.done && *committed == checkpoint) {
            return self.verify_positions(world);
        }
        for slice in self.positions.below(self.done, &self.known) {
            let call = self.positions.call(slice, self.done);
            let outcome = world.model.apply(&self.fold, &call);
            if answer_lost {
                return Ok(());
            }
            if let Moved::Behind(_) = self.positions.moved(&call, outcome, &mut self.cache) {
                return Err(Rewind);
            }
        }
        if self.positions.below(self.done, &self.known).is_empty() {
            self.commit(world, checkpoint);
        }
        Ok(())
    }

    pub(super) fn verify_positions(&mut self, world: &mut World) -> Result<(), Rewind> {
        for slice in self.known.iter().collect::<Vec<_>>() {
            let found = world.model.position(slice, &self.fold.field).cloned();
            if self.positions.found(slice, found, &mut self.cache).map_err(|_| Rewind)? {
                world.saw("found ahead");
            }
        }
        Ok(())
    }
}
