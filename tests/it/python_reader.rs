//! What `deploy/layout.md` tells application developers is enough: a reader in another language, with nothing of ours, sees what was published.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::checker::{Event, EventChange, Rules, TagData, judge};
use crate::support::events::{EventOptions, channel};
use crate::support::process::{Process, Program};
use crate::support::redis::RedisOptions;
use crate::support::scene::Scene;
use crate::support::scratch::Scratch;
use crate::support::wait::until;

const LIMIT: Duration = Duration::from_secs(60);
/// The channel that is read: its parts have to be escaped.
const ROOM: u32 = 1;

type State = BTreeMap<String, Value>;

/// The channel's events in order, and the state after so many of them.
struct Published {
    events: Vec<Event>,
    states: Vec<State>,
}

impl Published {
    fn read(scene: &Scene) -> Self {
        let log = scene.kafka.read_topic(&scene.topic);
        let judged = log.iter().map(|record| judge(record, &Rules::default()).unwrap());
        let events: Vec<Event> = judged.filter(|event| event.channel == channel(ROOM)).collect();
        let mut states = vec![State::new()];
        for event in &events {
            let mut state = states.last().unwrap().clone();
            match &event.change {
                EventChange::Set { tag_data, .. } => drop(state.insert(event.name.clone(), object(tag_data))),
                EventChange::Delete => drop(state.remove(&event.name)),
            }
            states.push(state);
        }
        Self { events, states }
    }

    /// How many events there were up to this one.
    fn count_to(&self, partition: &Value, offset: &Value) -> usize {
        let is_it = |event: &Event| json!(event.partition) == *partition && json!(event.offset) == *offset;
        1 + self.events.iter().position(is_it).unwrap_or_else(|| panic!("{partition}/{offset} is no event of the channel"))
    }
}

/// Data that is JSON is the same when its members are.
fn comparable(data: &str) -> Value {
    serde_json::from_str(data).unwrap_or_else(|_| Value::from(data))
}

fn object(tag_data: &TagData) -> Value {
    json!({ "data": comparable(tag_data.data.as_deref().unwrap_or_default()), "lifetime": tag_data.lifetime })
}

/// An object as the reader prints it.
fn printed(object: &Value) -> Value {
    json!({ "data": comparable(object["data"].as_str().unwrap()), "lifetime": object["lifetime"] })
}

fn printed_state(objects: &Value) -> State {
    objects.as_object().unwrap().iter().map(|(name, object)| (name.clone(), printed(object))).collect()
}

/// What came of holding the reader's lines against what was published.
#[derive(Debug, Default)]
struct Seen {
    snapshots: usize,
    kinds: BTreeMap<String, usize>,
    /// The events up to the last line.
    reached: usize,
}

fn hold(lines: &[Value], published: &Published) -> Seen {
    let mut seen = Seen::default();
    for line in lines {
        if line["snapshot"].is_object() {
            let at = &line["at"];
            let reached = if at.is_null() { 0 } else { published.count_to(&at[1], &at[2]) };
            assert!(reached >= seen.reached, "{line}");
            seen.reached = reached;
            seen.snapshots += 1;
            assert_eq!(printed_state(&line["snapshot"]), published.states[seen.reached], "{line}");
        } else if let Some(kind) = line["change"].as_str() {
            // The very next one, and it leads to the next state.
            assert_eq!(published.count_to(&line["partition"], &line["offset"]), seen.reached + 1, "{line}");
            let event = &published.events[seen.reached];
            seen.reached += 1;
            *seen.kinds.entry(kind.to_owned()).or_default() += 1;
            assert_eq!(line["name"], json!(event.name), "{line}");
            let object = published.states[seen.reached].get(&event.name);
            assert_eq!((!line["object"].is_null()).then(|| printed(&line["object"])).as_ref(), object, "{line}");
        }
    }
    seen
}

fn lines(reader: &Process) -> Vec<Value> {
    let log = reader.log();
    // The last line may not be whole yet.
    let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{}", reader.log_tail()))).collect()
}

/// Waits until the reader has come to the last event, and holds all that it said against what was published.
fn caught_up(reader: &Process, scene: &Scene) -> Seen {
    scene.settle();
    let published = Published::read(scene);
    until("the reader to come to the last event", LIMIT, || {
        let seen = hold(&lines(reader), &published);
        (seen.reached == published.events.len()).then_some(seen)
    })
}

/// The words of the ACL rule in `deploy/layout.md`.
fn documented_rights() -> Vec<String> {
    let layout = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/layout.md")).unwrap();
    let rule = layout.lines().find(|line| line.trim().starts_with("ACL SETUSER reader ")).unwrap();
    rule.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_reader_in_python_sees_every_change_and_knows_when_it_can_not_go_on() {
    let events = EventOptions { channels: 3, deletes: 0.15, plain: 0.1, ..EventOptions::default() };
    let mut scene = Scene::with("python", events, RedisOptions::default());
    let _worker = crate::support::worker::Worker::start(scene.config().set("fold.stream_length", 100));
    // Just the rights that the layout names.
    let rights: Vec<String> = documented_rights().iter().map(|word| word.replace("shasta:", &scene.prefix).replace("~", "%R~")).collect();
    let _: String = scene.redis.command(&rights.iter().map(String::as_str).collect::<Vec<_>>());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = Scratch::new("python");
    let script = root.join("tests/reader.py").display().to_string();
    let program = Program::new("reader", "python3", dir.path())
        .args([script, format!("redis://reader:password@{}", scene.redis.address()), scene.prefix.clone(), channel(ROOM).escaped()])
        .env("PYTHONPATH", &root.join(".cache/python/libs").display().to_string());
    // The channel is not there yet.
    let mut reader = Process::spawn(&program);
    until("the first snapshot", LIMIT, || (!lines(&reader).is_empty()).then_some(()));

    scene.publish(20);
    let first = caught_up(&reader, &scene);
    // Fewer at a time than its stream keeps.
    let [.., seen] = [(); 3].map(|()| {
        scene.publish(100);
        caught_up(&reader, &scene)
    });
    assert_eq!(seen.snapshots, first.snapshots, "it went on without a new one");
    assert!(["set", "changed", "deleted"].iter().all(|kind| seen.kinds.get(*kind).is_some_and(|count| *count > 5)), "{seen:?}");

    // While it stands still, its place is trimmed away.
    reader.signal(nix::sys::signal::Signal::SIGSTOP);
    scene.publish(1_200);
    scene.settle();
    reader.signal(nix::sys::signal::Signal::SIGCONT);
    let after = caught_up(&reader, &scene);
    assert_eq!(after.snapshots, seen.snapshots + 1, "it took a new one");
    scene.publish(60);
    let last = caught_up(&reader, &scene);
    assert_eq!(last.snapshots, after.snapshots);

    assert!(reader.terminate(LIMIT).success(), "{}", reader.log_tail());
    let state = lines(&reader).pop().unwrap();
    assert_eq!(printed_state(&state["state"]), *Published::read(&scene).states.last().unwrap());
}
