//! What lies under channels' keys, as it is: for whoever checks or counts. Nothing is renewed by looking.

use redis::{Cmd, Value};

use super::{Node, Store, StoreError};
use crate::core::entry_id::EntryId;
use crate::core::slice::Slice;

/// Where a channel's keys are: its slice and its escaped form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelAt {
    pub slice: Slice,
    pub path: String,
}

/// One entry of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    /// The bytes of its `Delta`.
    pub delta: Vec<u8>,
}

impl Store {
    /// Up to `count` entries of each channel's stream that come after an id, oldest first.
    ///
    /// # Errors
    /// The first error.
    pub async fn entries_after<'a>(
        &self,
        channels: impl Iterator<Item = (&'a ChannelAt, EntryId)>,
        count: usize,
    ) -> Result<Vec<Vec<Entry>>, StoreError> {
        let command = |(channel, after): (&ChannelAt, EntryId)| {
            let mut command = redis::cmd("XRANGE");
            command.arg(self.keys.stream(channel.slice, &channel.path)).arg(format!("({after}")).arg("+").arg("COUNT").arg(count);
            (channel.slice, command)
        };
        self.look(channels.map(command).collect(), "XRANGE", entries).await
    }

    /// The fields of each channel's snapshot hash: names and the bytes of their `TagDataEnvelope`.
    ///
    /// # Errors
    /// The first error.
    pub async fn snapshots<'a>(&self, channels: impl Iterator<Item = &'a ChannelAt>) -> Result<Vec<Vec<(String, Vec<u8>)>>, StoreError> {
        let command = |channel: &ChannelAt| {
            let mut command = redis::cmd("HGETALL");
            command.arg(self.keys.snapshot(channel.slice, &channel.path));
            (channel.slice, command)
        };
        self.look(channels.map(command).collect(), "HGETALL", fields).await
    }

    async fn look<T>(
        &self,
        commands: Vec<(Slice, Cmd)>,
        command: &'static str,
        read: impl Fn(Value) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        let read = |node: &Node, _, value| {
            let unexpected = || StoreError::Unexpected { node: node.address().to_owned(), command, answer: "of another form".to_owned() };
            read(node.checked(value)?).ok_or_else(unexpected)
        };
        self.send(0, commands, read).await.results.into_iter().collect()
    }
}

pub(super) fn entries(answer: Value) -> Option<Vec<Entry>> {
    array(answer)?.into_iter().map(entry).collect()
}

fn entry(answer: Value) -> Option<Entry> {
    let [id, fields] = <[Value; 2]>::try_from(array(answer)?).ok()?;
    let [_, delta] = <[Value; 2]>::try_from(array(fields)?).ok()?;
    Some(Entry { id: String::from_utf8(bytes(id)?).ok()?.parse().ok()?, delta: bytes(delta)? })
}

pub(super) fn fields(answer: Value) -> Option<Vec<(String, Vec<u8>)>> {
    let pairs: Vec<(Value, Value)> = match answer {
        Value::Map(pairs) => pairs,
        other => {
            let mut values = array(other)?.into_iter();
            std::iter::from_fn(|| Some((values.next()?, values.next()?))).collect()
        }
    };
    pairs.into_iter().map(|(name, value)| Some((String::from_utf8(bytes(name)?).ok()?, bytes(value)?))).collect()
}

fn array(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scratch::{ScratchRedis, run};
    use super::*;
    use crate::core::slice::SliceCount;

    #[tokio::test]
    async fn streams_and_hashes_are_read_as_they_are() {
        let server = ScratchRedis::start();
        let store = Store::connect(&server.settings()).await.unwrap();
        let at = |path: &str| ChannelAt { slice: SliceCount::new(8).unwrap().slice(3).unwrap(), path: path.to_owned() };
        let mut connection = server.connection();
        for (id, delta) in [("1-1", "a"), ("1-2", "b"), ("2-0", "c")] {
            run(&mut connection, &["XADD", "shasta:{s3}:strm:a/b/c", id, "d", delta]).unwrap();
        }
        run(&mut connection, &["HSET", "shasta:{s3}:snap:a/b/c", "n", "e"]).unwrap();
        let channels = [at("a/b/c"), at("a/b/d")];

        let after = EntryId { ms: 1, seq: 1 };
        let entries = store.entries_after(channels.iter().map(|channel| (channel, after)), 10).await.unwrap();
        let read: Vec<_> = entries[0].iter().map(|entry| (entry.id.to_string(), entry.delta.clone())).collect();
        assert_eq!(read, [("1-2".to_owned(), b"b".to_vec()), ("2-0".to_owned(), b"c".to_vec())]);
        assert_eq!(entries[1], []);
        let first = store.entries_after([(&channels[0], EntryId::default())].into_iter(), 1).await.unwrap();
        assert_eq!(first[0][0].delta, b"a");

        let snapshots = store.snapshots(channels.iter()).await.unwrap();
        assert_eq!(snapshots, [vec![("n".to_owned(), b"e".to_vec())], vec![]]);
        run(&mut connection, &["SET", "shasta:{s3}:snap:a/b/d", "1"]).unwrap();
        assert!(store.snapshots(channels.iter()).await.is_err());
    }
}
