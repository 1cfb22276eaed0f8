//! One call to both, and what has to be the same.

use super::*;

impl Pair<'_> {
    pub(super) fn take(&mut self, step: &Step) {
        match step {
            Step::Call { partition, base, forward, events, refresh } => {
                let call = self.call(*partition, *base, *forward, events, refresh);
                self.make(*partition, call);
            }
            Step::Repeat => {
                if let Some((partition, call)) = self.last.clone() {
                    self.make(partition, call);
                }
            }
            Step::Read { names } => self.read(names),
            Step::Break { path, part } => self.change(*path, *part, true),
            Step::Delete { path, part } => self.change(*path, *part, false),
            Step::Mend { path } => self.mend(*path),
            Step::Expire { path } => self.expire(*path),
            Step::BreakPositions => {
                let key = self.positions_key();
                self.run(&["SET", &key, "x"]);
                self.model.put_positions(slice(), Some(Positions::WrongType));
            }
            Step::DropPosition { partition } => {
                if !matches!(self.model.positions(slice()), Some(Positions::WrongType)) {
                    let key = self.positions_key();
                    self.run(&["HDEL", &key, FIELDS[*partition]]);
                    self.model.set_position(slice(), FIELDS[*partition], None);
                }
            }
            Step::DropPositions => {
                let key = self.positions_key();
                self.run(&["DEL", &key]);
                self.model.put_positions(slice(), None);
            }
            Step::Flush => {
                self.run(&["FLUSHALL"]);
                self.model.flush();
                self.unsure.clear();
            }
        }
        self.compare();
    }

    pub(super) fn run(&mut self, words: &[&str]) -> Value {
        run(self.connection, words).unwrap()
    }

    pub(super) fn positions_key(&self) -> String {
        self.fold.keys.positions(slice())
    }

    pub(super) fn keys(&self, path: usize) -> (String, String) {
        (self.fold.keys.snapshot(slice(), PATHS[path]), self.fold.keys.stream(slice(), PATHS[path]))
    }

    /// A call as the planner makes them: coalesced where it may be, from where the partition stands (or not).
    pub(super) fn call(&self, partition: usize, base: Base, forward: i64, events: &[Event], refresh: &[bool]) -> Call {
        let held = self.model.position(slice(), FIELDS[partition]).cloned();
        let start = held.as_ref().map_or(100, |held| held.next.get());
        let base = match base {
            Base::Right => held,
            Base::Old => Some(position((start - 7).max(0))),
            Base::Absent => None,
        };
        let mut paths: Vec<usize> = Vec::new();
        for event in events {
            if !paths.contains(&event.path) {
                paths.push(event.path);
            }
        }
        let channels: Vec<CallChannel> =
            paths.iter().map(|path| CallChannel { path: PATHS[*path].to_owned(), refresh: refresh[*path] }).collect();
        // Gaps in the offsets are normal.
        let offset = |index: usize| start + 3 * i64::try_from(index).unwrap();
        let next = if events.is_empty() { (start + forward).max(0) } else { offset(events.len()) + forward.max(0) };
        let events = events
            .iter()
            .enumerate()
            .map(|(index, event)| CallEvent {
                offset: Offset::new(offset(index)).unwrap(),
                channel: paths.iter().position(|path| *path == event.path).unwrap(),
                name: NAMES[event.name].to_owned(),
                delta: format!("delta {} {index} {}", offset(index), "d".repeat(event.size)).into_bytes(),
                write: write(events, index),
                expected: self.expected(events, index),
            })
            .collect();
        Call { slice: slice(), base, next: position(next), channels, events }
    }

    pub(super) fn expected(&self, events: &[Event], index: usize) -> Expected {
        let event = &events[index];
        if events[..index].iter().any(|earlier| earlier.path == event.path && earlier.name == event.name) {
            return Expected::Anything;
        }
        let channel = self.model.channel(slice(), PATHS[event.path]);
        let held = channel.snapshot.value().and_then(|objects| objects.get(NAMES[event.name])).map(|stored| stored.entry);
        match (event.kind, held) {
            (Kind::Set | Kind::Delete, _) | (Kind::ChangeRight, None) => Expected::Anything,
            (Kind::ChangeRight, Some(id)) => Expected::Entry(id),
            (Kind::ChangeWrong, held) => Expected::Entry(EntryId { ms: held.map_or(1, |id| id.ms + 1), seq: 11 }),
        }
    }

    pub(super) fn make(&mut self, partition: usize, call: Call) {
        self.fold.field = FIELDS[partition].to_owned();
        let value: Value = script::apply(&self.fold, &call).query(self.connection).unwrap();
        let real = script::outcome(self.node, value).unwrap();
        let (kind, ids) = match &real {
            Outcome::Applied(ids) => ("applied", ids.clone()),
            Outcome::Already => ("already", Vec::new()),
            Outcome::Conflict(_) => ("conflict", Vec::new()),
            Outcome::Stopped { ids, cause: StopCause::Stale, .. } => ("stale", ids.clone()),
            Outcome::Stopped { ids, cause: StopCause::Poison(_), .. } => ("poison", ids.clone()),
            Outcome::Stopped { ids, cause: StopCause::Failed(_), .. } => ("failed", ids.clone()),
        };
        *self.seen.entry(kind).or_default() += 1;
        let applied = ids.len();
        self.model.expect_ids(ids);
        assert_eq!(without_command(real), self.model.apply(&self.fold, &call), "{call:?}");
        let said = self.model.take_notices().into_iter().map(said).collect::<Vec<_>>();
        assert_eq!(self.subscriber.heard(), said, "{call:?}");
        *self.seen.entry(if said.is_empty() { "silent" } else { "said" }).or_default() += 1;
        for event in &call.events[..applied] {
            let channel = &call.channels[event.channel];
            if channel.refresh {
                self.unsure.retain(|path| PATHS[*path] != channel.path);
            }
        }
        self.last = Some((partition, call));
    }

    pub(super) fn read(&mut self, names: &[usize]) {
        let names: Vec<String> = names.iter().map(|name| NAMES[*name].to_owned()).collect();
        let read = Read { slice: slice(), channels: PATHS.iter().map(|path| ((*path).to_owned(), names.clone())).collect() };
        let value: Value = script::read(&self.fold, &read).query(self.connection).unwrap();
        let real = script::values(self.node, &read, value).unwrap();
        assert_eq!(real, self.model.read(&self.fold, &read));
    }

    /// Takes keys of a channel away, or puts strings in their place.
    pub(super) fn change(&mut self, path: usize, part: Part, broken: bool) {
        let (snapshot, stream) = self.keys(path);
        let mut channel = self.model.channel(slice(), PATHS[path]);
        if matches!(part, Part::Snapshot | Part::Both) {
            self.run(&["DEL", &snapshot]);
            channel.snapshot = Key::Absent;
            if broken {
                self.run(&["SET", &snapshot, "x"]);
                channel.snapshot = Key::WrongType;
            }
        }
        if matches!(part, Part::Stream | Part::Both) {
            self.run(&["DEL", &stream]);
            channel.stream = Key::Absent;
            if broken {
                self.run(&["SET", &stream, "x"]);
                channel.stream = Key::WrongType;
            }
            self.unsure.insert(path);
        }
        self.model.put_channel(slice(), PATHS[path], channel);
    }

    pub(super) fn mend(&mut self, path: usize) {
        let channel = self.model.channel(slice(), PATHS[path]);
        match (channel.snapshot == Key::WrongType, channel.stream == Key::WrongType) {
            (true, false) => self.change(path, Part::Snapshot, false),
            (false, true) => self.change(path, Part::Stream, false),
            (true, true) => self.change(path, Part::Both, false),
            (false, false) => {}
        }
    }

    pub(super) fn expire(&mut self, path: usize) {
        let (snapshot, stream) = self.keys(path);
        for key in [snapshot, stream] {
            self.run(&["PEXPIRE", &key, "-1"]);
        }
        self.model.put_channel(slice(), PATHS[path], ModelChannel::default());
        self.unsure.remove(&path);
    }

    pub(super) fn compare(&mut self) {
        let mut keys = vec![self.positions_key()];
        for path in 0..PATHS.len() {
            let (snapshot, stream) = self.keys(path);
            keys.extend([snapshot, stream]);
        }
        let dumps = dump(self.connection, &keys);
        assert_eq!(dumps[0].value, positions_dump(self.model.positions(slice())));
        for (path, real) in dumps[1..].chunks(2).enumerate() {
            let channel = self.model.channel(slice(), PATHS[path]);
            assert_eq!(real[0].value, snapshot_dump(&channel.snapshot), "{}", keys[1 + 2 * path]);
            compare_stream(&real[1].value, &channel.stream);
            self.compare_expiry(path, &channel, real[0].expires_at, real[1].expires_at);
        }
    }

    pub(super) fn compare_expiry(&self, path: usize, channel: &ModelChannel, snapshot: Option<i64>, stream: Option<i64>) {
        // A read may let a key of the wrong type expire: it lies under our prefix, and nothing is lost that we could use.
        if self.unsure.contains(&path) || channel.snapshot == Key::WrongType || channel.stream == Key::WrongType {
            return;
        }
        assert_eq!(snapshot.is_some(), channel.snapshot.expires_at().is_some(), "{}", PATHS[path]);
        assert_eq!(stream.is_some(), channel.stream.expires_at().is_some(), "{}", PATHS[path]);
        if let (Some(snapshot), Some(stream)) = (snapshot, stream) {
            assert_eq!(snapshot, stream, "{}", PATHS[path]);
        }
    }
}

/// A notice as a subscriber hears it.
pub(super) fn said(notice: Notice) -> (String, String) {
    let way = match notice.publish {
        Publish::Sharded => "smessage",
        Publish::Plain => "message",
    };
    assert_eq!(notice.slice, slice());
    (way.to_owned(), notice.paths.join("\n"))
}

/// The script says at which command an error came; the contract does not.
pub(super) fn without_command(outcome: Outcome) -> Outcome {
    let stripped = |error: String| error.rsplit_once(" (").map(|(error, _)| error.to_owned()).unwrap();
    match outcome {
        Outcome::Stopped { at, ids, cause: StopCause::Poison(error) } => {
            Outcome::Stopped { at, ids, cause: StopCause::Poison(stripped(error)) }
        }
        Outcome::Stopped { at, ids, cause: StopCause::Failed(error) } => {
            Outcome::Stopped { at, ids, cause: StopCause::Failed(stripped(error)) }
        }
        other => other,
    }
}

/// A set is put off where a later event of the call has the object, and an earlier one set the channel's hash already.
pub(super) fn write(events: &[Event], index: usize) -> Write {
    let event = &events[index];
    if matches!(event.kind, Kind::Delete) {
        return Write::Delete;
    }
    let earlier_set = events[..index].iter().any(|earlier| earlier.path == event.path && !matches!(earlier.kind, Kind::Delete));
    let later = events[index + 1..].iter().any(|later| later.path == event.path && later.name == event.name);
    let envelope_head = format!("head {index} {}", "h".repeat(event.size)).into_bytes();
    Write::Set { envelope_head, now: !(earlier_set && later) }
}
