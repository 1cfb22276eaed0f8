//! What a reader asks of a channel. Each look is of one instant, and none is a script: who only reads needs no right to run any.

use redis::{Cmd, Value};

use super::contents::{ChannelAt, Entry, entries, fields};
use super::node::Node;
use super::{Store, StoreError, slot_of};
use crate::core::entry_id::EntryId;

/// Which part of a channel is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Up to `count` entries of the stream from an id on, that one included; from its beginning where there is no id.
    Page { from: Option<EntryId>, count: usize },
    /// All objects, and the last entry of the stream.
    Snapshot,
    /// All objects, and up to `count` of the stream's last entries.
    History { count: usize },
}

/// What a look found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The name of each object and its encoded `TagDataEnvelope`; empty for a page.
    pub objects: Vec<(String, Vec<u8>)>,
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Of a history: these are all entries that this stream ever had. Servers before Redis 7 can not tell.
    pub is_whole: bool,
}

impl Store {
    /// Looks at some channels, one pipeline per node, so that a node that does not answer holds up no other; the answers in their order.
    pub async fn look_at(&self, looks: &[(&ChannelAt, Look)]) -> Vec<Result<Found, StoreError>> {
        let commands = looks.iter().flat_map(|(channel, look)| {
            let slot = slot_of(&self.keys.snapshot(channel.slice, &channel.path));
            self.commands(channel, *look).into_iter().map(move |command| (slot, command))
        });
        let answers = self.send_by_slot(0, commands.collect(), |node, _, value| checked(node, value)).await;
        let mut answers = answers.results.into_iter();
        let found = |(channel, look): &(&ChannelAt, Look)| {
            // The first error says why: EXEC would only say that there was one.
            let answers: Result<Vec<Value>, StoreError> = answers.by_ref().take(length(*look)).collect::<Vec<_>>().into_iter().collect();
            let last = answers?.pop().unwrap_or(Value::Nil);
            read(*look, last).ok_or_else(|| StoreError::Unexpected {
                node: self.node_of(channel.slice).unwrap_or_default(),
                command: look.name(),
                answer: "of another form".to_owned(),
            })
        };
        looks.iter().map(found).collect()
    }

    fn commands(&self, channel: &ChannelAt, look: Look) -> Vec<Cmd> {
        let (hash, stream) = (self.keys.snapshot(channel.slice, &channel.path), self.keys.stream(channel.slice, &channel.path));
        let read_hash = || redis::cmd("HGETALL").arg(&hash).to_owned();
        let read_last = |count: usize| redis::cmd("XREVRANGE").arg(&stream).arg("+").arg("-").arg("COUNT").arg(count).to_owned();
        match look {
            Look::Page { from, count } => {
                let from = from.map_or_else(|| "-".to_owned(), |id| id.to_string());
                vec![redis::cmd("XRANGE").arg(&stream).arg(from).arg("+").arg("COUNT").arg(count).to_owned()]
            }
            Look::Snapshot => vec![redis::cmd("MULTI"), read_hash(), read_last(1), redis::cmd("EXEC")],
            Look::History { count } => {
                let about = redis::cmd("XINFO").arg("STREAM").arg(&stream).to_owned();
                vec![redis::cmd("MULTI"), read_hash(), read_last(count), about, redis::cmd("EXEC")]
            }
        }
    }
}

impl Look {
    const fn name(self) -> &'static str {
        match self {
            Self::Page { .. } => "XRANGE",
            Self::Snapshot => "HGETALL and XREVRANGE",
            Self::History { .. } => "HGETALL, XREVRANGE and XINFO",
        }
    }
}

/// The commands that a look takes.
const fn length(look: Look) -> usize {
    match look {
        Look::Page { .. } => 1,
        Look::Snapshot => 4,
        Look::History { .. } => 5,
    }
}

/// Also the answers inside of EXEC's. XINFO calls a stream that is not there an error: that is no fault here.
fn checked(node: &Node, value: Value) -> Result<Value, StoreError> {
    let part = |part| match node.checked(part) {
        Err(StoreError::Refused { answer, .. }) if answer.contains("no such key") => Ok(Value::Nil),
        checked => checked,
    };
    match node.checked(value)? {
        Value::Array(parts) => Ok(Value::Array(parts.into_iter().map(part).collect::<Result<_, _>>()?)),
        value => Ok(value),
    }
}

fn read(look: Look, answer: Value) -> Option<Found> {
    if let Look::Page { .. } = look {
        return Some(Found { entries: entries(answer)?, ..Found::default() });
    }
    let Value::Array(parts) = answer else { return None };
    let mut parts = parts.into_iter();
    let objects = fields(parts.next()?)?;
    let mut entries = entries(parts.next()?)?;
    entries.reverse();
    let is_whole = parts.next().is_some_and(|about| added(about) == Some(entries.len()));
    Some(Found { objects, entries, is_whole })
}

/// How many entries a stream ever had.
fn added(about: Value) -> Option<usize> {
    let pairs: Vec<(Value, Value)> = match about {
        Value::Map(pairs) => pairs,
        Value::Array(values) => {
            let mut values = values.into_iter();
            std::iter::from_fn(|| Some((values.next()?, values.next()?))).collect()
        }
        _ => return None,
    };
    let is_it = |name: &Value| match name {
        Value::BulkString(name) => name == b"entries-added",
        Value::SimpleString(name) => name == "entries-added",
        _ => false,
    };
    match pairs.into_iter().find(|(name, _)| is_it(name))? {
        (_, Value::Int(added)) => usize::try_from(added).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scratch::{ScratchRedis, run};
    use super::*;
    use crate::core::slice::SliceCount;

    fn at(path: &str) -> ChannelAt {
        ChannelAt { slice: SliceCount::most().slice(3).unwrap(), path: path.to_owned() }
    }

    fn id(text: &str) -> EntryId {
        text.parse().unwrap()
    }

    fn ids(found: &Result<Found, StoreError>) -> Vec<String> {
        found.as_ref().unwrap().entries.iter().map(|entry| entry.id.to_string()).collect()
    }

    #[tokio::test]
    async fn each_look_finds_its_part() {
        let redis = ScratchRedis::start();
        let store = Store::connect(&redis.settings()).await.unwrap();
        let (there, nothing) = (at("a/b/c"), at("a/b/d"));
        let mut connection = redis.connection();
        for entry in ["5-1", "7-2", "7-3"] {
            run(&mut connection, &["XADD", "shasta:{s3}:strm:a/b/c", entry, "d", "x"]).unwrap();
        }
        run(&mut connection, &["HSET", "shasta:{s3}:snap:a/b/c", "n", "v"]).unwrap();
        let history = Look::History { count: 9 };
        let looks = [
            (&there, Look::Snapshot),
            (&nothing, Look::Snapshot),
            (&there, Look::Page { from: None, count: 2 }),
            (&nothing, history),
            (&there, Look::Page { from: Some(id("7-2")), count: 9 }),
            (&there, history),
            (&there, Look::History { count: 2 }),
        ];
        let found = store.look_at(&looks).await;
        let objects = vec![("n".to_owned(), b"v".to_vec())];
        assert_eq!(found[0].as_ref().unwrap().objects, objects);
        assert_eq!(ids(&found[0]), ["7-3"]);
        assert_eq!(found[1], Ok(Found::default()));
        assert_eq!(ids(&found[2]), ["5-1", "7-2"]);
        assert_eq!(found[3], Ok(Found::default()));
        assert_eq!(ids(&found[4]), ["7-2", "7-3"]);
        assert_eq!((ids(&found[5]).len(), found[5].as_ref().unwrap().is_whole, &found[5].as_ref().unwrap().objects), (3, true, &objects));
        assert_eq!((ids(&found[6]), found[6].as_ref().unwrap().is_whole), (vec!["7-2".to_owned(), "7-3".to_owned()], false));
    }

    #[tokio::test]
    async fn a_stream_that_lost_entries_is_not_whole() {
        let redis = ScratchRedis::start();
        let store = Store::connect(&redis.settings()).await.unwrap();
        let mut connection = redis.connection();
        for (path, losing) in [("trimmed", ["XTRIM", "MAXLEN", "1"]), ("undone", ["XDEL", "7-2", ""])] {
            let stream = format!("shasta:{{s3}}:strm:{path}");
            for entry in ["5-1", "7-2"] {
                run(&mut connection, &["XADD", &stream, entry, "d", "x"]).unwrap();
            }
            let losing: Vec<&str> = [losing[0], &stream, losing[1], losing[2]].into_iter().filter(|word| !word.is_empty()).collect();
            run(&mut connection, &losing).unwrap();
            let found = store.look_at(&[(&at(path), Look::History { count: 9 })]).await;
            assert_eq!((ids(&found[0]).len(), found[0].as_ref().unwrap().is_whole), (1, false), "{path}");
        }
    }

    #[tokio::test]
    async fn a_key_of_another_type_is_an_error_of_its_channel_alone() {
        let redis = ScratchRedis::start();
        let store = Store::connect(&redis.settings()).await.unwrap();
        run(&mut redis.connection(), &["SET", "shasta:{s3}:strm:a/b/c", "x"]).unwrap();
        let (broken, good) = (at("a/b/c"), at("a/b/d"));
        let looks = [(&broken, Look::Snapshot), (&good, Look::Snapshot), (&broken, Look::Page { from: None, count: 1 })];
        let found = store.look_at(&looks).await;
        for broken in [&found[0], &found[2]] {
            assert!(matches!(broken, Err(StoreError::Refused { answer, .. }) if answer.contains("WRONGTYPE")), "{broken:?}");
        }
        assert_eq!(found[1], Ok(Found::default()));
    }
}
