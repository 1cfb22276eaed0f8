//! What is under the prefix, for those who look after a deployment: all positions, all keys, their sizes.

use std::collections::{BTreeMap, HashSet};

use redis::{Pipeline, Value};

use super::{Node, Store, StoreError};
use crate::core::keys::KeyKind;
use crate::core::slice::{Slice, SliceCount};

/// Keys asked for by one SCAN.
const PAGE: usize = 1_000;
/// The cursor that a scan begins with, and that its last page names.
const FIRST: &[u8] = b"0";

/// A key under the prefix as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundKey {
    pub key: Vec<u8>,
    pub kind: KeyKind,
}

/// Whether a scan goes on at this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    On,
    Stop,
}

impl Store {
    /// Every field of every slice's positions, by slice.
    ///
    /// # Errors
    /// The first error.
    pub async fn position_fields(&self, slices: SliceCount) -> Result<Vec<BTreeMap<String, String>>, StoreError> {
        let command = |slice: Slice| {
            let mut command = redis::cmd("HGETALL");
            command.arg(self.keys().positions(slice));
            (slice, command)
        };
        let commands = slices.all().map(command).collect();
        let answers = self.send(0, commands, |node, _, value| node.checked(value).map(super::layout::fields)).await;
        answers.results.into_iter().collect()
    }

    /// Goes through all keys of all nodes that are in a slice of this prefix, page by page, and gives each page with its node to `visit`. Keys
    /// that are there all the while come once or more.
    ///
    /// # Errors
    /// The first error, of a node or of `visit`.
    pub async fn scan(&self, mut visit: impl AsyncFnMut(&Node, Vec<FoundKey>) -> Result<Go, StoreError>) -> Result<(), StoreError> {
        for node in self.routing().nodes() {
            let mut cursor = Some(FIRST.to_vec());
            while let Some(at) = cursor {
                let (next, found) = self.scan_on(node, &at).await?;
                if visit(node, found).await? == Go::Stop {
                    break;
                }
                cursor = next;
            }
        }
        Ok(())
    }

    /// One page of a node's keys, and where the next begins.
    async fn scan_on(&self, node: &Node, cursor: &[u8]) -> Result<(Option<Vec<u8>>, Vec<FoundKey>), StoreError> {
        let pattern = format!("{}{{s*", glob_escaped(self.keys().prefix()));
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(PAGE);
        let (next, keys) = page(node.ask(scan).await?).map_err(|answer| StoreError::Unexpected {
            node: node.address().to_owned(),
            command: "SCAN",
            answer: answer.chars().take(200).collect(),
        })?;
        let found = keys.into_iter().map(|key| FoundKey { kind: self.keys().kind_of(&key), key }).collect();
        Ok((Some(next).filter(|next| next != FIRST), found))
    }

    /// The escaped forms of all channels that have a stream.
    ///
    /// # Errors
    /// The first error of a node.
    pub async fn channels(&self) -> Result<HashSet<String>, StoreError> {
        let path = |key: &[u8]| Some(std::str::from_utf8(key).ok()?.split_once("}:strm:")?.1.to_owned());
        let mut channels = HashSet::new();
        for node in self.routing().nodes() {
            let mut cursor = Some(FIRST.to_vec());
            while let Some(at) = cursor {
                let (next, found) = self.scan_on(node, &at).await?;
                channels.extend(found.iter().filter(|found| found.kind == KeyKind::Stream).filter_map(|found| path(&found.key)));
                cursor = next;
            }
        }
        Ok(channels)
    }

    /// Removes the positions of all slices, then every snapshot and stream, until none is found. In this order: data without a position is
    /// folded again, a position without its data would be believed.
    ///
    /// # Errors
    /// The first error; what was removed until then stays so.
    pub async fn empty(&self, slices: SliceCount, mut progress: impl FnMut(u64)) -> Result<u64, StoreError> {
        let unlink = |slice: Slice| (slice, redis::cmd("UNLINK").arg(self.keys().positions(slice)).to_owned());
        let answers = self.send(0, slices.all().map(unlink).collect(), |node, _, value| node.checked(value)).await;
        let answers: Vec<Value> = answers.results.into_iter().collect::<Result<_, _>>()?;
        let mut removed = answers.iter().map(count).sum();
        loop {
            let before = removed;
            self.scan(async |node, found| {
                let mut pipeline = Pipeline::new();
                for found in found.iter().filter(|found| found.kind.is_folded()) {
                    pipeline.cmd("UNLINK").arg(&found.key);
                }
                if pipeline.is_empty() {
                    return Ok(Go::On);
                }
                for answer in node.send(0, &pipeline).await? {
                    removed += count(&node.checked(answer)?);
                }
                progress(removed);
                Ok(Go::On)
            })
            .await?;
            if removed == before {
                return Ok(removed);
            }
        }
    }

    /// Bytes that each key takes, as Redis estimates; `None` where it is gone meanwhile.
    ///
    /// # Errors
    /// As the node answers.
    pub async fn memory_usage(&self, node: &Node, keys: &[&[u8]]) -> Result<Vec<Option<u64>>, StoreError> {
        let mut pipeline = Pipeline::new();
        keys.iter().for_each(|key| {
            pipeline.cmd("MEMORY").arg("USAGE").arg(*key);
        });
        let answers = node.send(0, &pipeline).await?;
        let bytes = |answer: Value| match node.checked(answer)? {
            Value::Int(bytes) => Ok(u64::try_from(bytes).ok()),
            _ => Ok(None),
        };
        answers.into_iter().map(bytes).collect()
    }
}

fn count(answer: &Value) -> u64 {
    match answer {
        Value::Int(count) => u64::try_from(*count).unwrap_or_default(),
        _ => 0,
    }
}

fn page(answer: Value) -> Result<(Vec<u8>, Vec<Vec<u8>>), String> {
    let odd = format!("{answer:?}");
    let Value::Array(parts) = answer else { return Err(odd) };
    let Ok([Value::BulkString(cursor), Value::Array(keys)]) = <[Value; 2]>::try_from(parts) else { return Err(odd) };
    let key = |key| match key {
        Value::BulkString(key) => Ok(key),
        other => Err(format!("{other:?}")),
    };
    Ok((cursor, keys.into_iter().map(key).collect::<Result<_, _>>()?))
}

/// A prefix may hold what a pattern gives a meaning.
fn glob_escaped(prefix: &str) -> String {
    let escape = |letter| matches!(letter, '*' | '?' | '[' | ']' | '^' | '\\').then_some('\\').into_iter().chain([letter]);
    prefix.chars().flat_map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scratch::{ScratchRedis, run};
    use super::*;

    #[tokio::test]
    async fn emptying_removes_all_of_this_prefix_and_nothing_else() {
        let redis = ScratchRedis::start();
        let settings = crate::config::Redis { prefix: "a*:".to_owned(), ..redis.settings() };
        let store = Store::connect(&settings).await.unwrap();
        let mut connection = redis.connection();
        let kept = ["a*:layout", "a*:{s1}:note", "ab:{s1}:pos", "a*:{sx}:pos"];
        let gone = ["a*:{s1}:pos", "a*:{s9999}:pos", "a*:{s1}:snap:a/b/c", "a*:{s2}:strm:a/b/c"];
        for key in kept.iter().chain(&gone) {
            run(&mut connection, &["HSET", key, "f", "v"]).unwrap();
        }
        assert_eq!(store.channels().await, Ok(HashSet::from(["a/b/c".to_owned()])));
        assert_eq!(store.position_fields(SliceCount::new(3).unwrap()).await.unwrap()[1]["f"], "v");
        assert_eq!(store.empty(SliceCount::new(3).unwrap(), |_| ()).await, Ok(4));
        for key in kept {
            assert_eq!(run(&mut connection, &["EXISTS", key]), Ok(Value::Int(1)), "{key}");
        }
        assert_eq!(run(&mut connection, &["DBSIZE"]), Ok(Value::Int(4)));
    }
}
