//! A connection that hears notices: of the slices that changed, each with its channels.

use std::sync::atomic::{AtomicBool, Ordering};

use redis::aio::{ConnectionLike, MultiplexedConnection, SendError};
use redis::{Cmd, Pipeline, PushInfo, PushKind, Value};

use super::node::Node;
use super::{Store, StoreError};
use crate::core::slice::Slice;

/// What a listening connection hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The escaped forms of channels that were written to, one a line.
    Notice(Vec<u8>),
    /// The server ended subscriptions, as when a slot moves away, or the connection is gone.
    Lost,
}

/// Subscriptions at one node. Without an answer in time it is of no use any more.
#[derive(Debug)]
pub struct Listener {
    node: Node,
    connection: MultiplexedConnection,
    /// Redis 7 keeps a notice in its shard; servers before it send it to all nodes of the cluster.
    is_sharded: AtomicBool,
}

impl Store {
    /// Connects to a node in order to listen. `hear` runs on the connection's own task: it must not wait.
    ///
    /// # Errors
    /// As when connecting for commands.
    pub async fn listen(&self, address: &str, hear: impl Fn(Heard) + Send + Sync + 'static) -> Result<Listener, StoreError> {
        let push = move |push: PushInfo| -> Result<(), SendError> {
            if let Some(heard) = heard(push) {
                hear(heard);
            }
            Ok(())
        };
        let connection = self.connector.connect_listening(address, push).await?;
        Ok(Listener { node: Node::new(address, &self.connector), connection, is_sharded: AtomicBool::new(true) })
    }

    /// The name under which a slice's notices are published.
    pub fn note(&self, slice: Slice) -> String {
        self.keys.note(slice)
    }
}

fn heard(push: PushInfo) -> Option<Heard> {
    match push.kind {
        PushKind::SMessage | PushKind::Message => match push.data.into_iter().nth(1) {
            Some(Value::BulkString(payload)) => Some(Heard::Notice(payload)),
            _ => None,
        },
        PushKind::SUnsubscribe | PushKind::Unsubscribe | PushKind::Disconnection => Some(Heard::Lost),
        _ => None,
    }
}

impl Listener {
    pub fn address(&self) -> &str {
        self.node.address()
    }

    /// Listens under these names too.
    ///
    /// # Errors
    /// The first refusal; which of the names are listened to is not known then.
    pub async fn subscribe(&self, names: &[String]) -> Result<(), StoreError> {
        if self.is_sharded.load(Ordering::Relaxed) {
            match self.send(names.iter().map(|name| command("SSUBSCRIBE", name))).await {
                Err(StoreError::Refused { answer, .. }) if answer.contains("unknown command") => {
                    self.is_sharded.store(false, Ordering::Relaxed);
                }
                subscribed => return subscribed,
            }
        }
        self.send(names.iter().map(|name| command("SUBSCRIBE", name))).await
    }

    /// Whether the node still answers.
    ///
    /// # Errors
    /// Where it does not in time.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.send([redis::cmd("PING")].into_iter()).await
    }

    async fn send(&self, commands: impl Iterator<Item = Cmd>) -> Result<(), StoreError> {
        let mut pipeline = Pipeline::new();
        commands.for_each(|command| {
            pipeline.add_command(command);
        });
        let answers = self.node.answered(self.connection.clone().req_packed_commands(&pipeline, 0, pipeline.len())).await?;
        answers.into_iter().try_for_each(|answer| self.node.checked(answer).map(drop))
    }
}

fn command(name: &str, argument: &str) -> Cmd {
    redis::cmd(name).arg(argument).to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::scratch::{ScratchRedis, run};
    use super::*;
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    async fn listening(redis: &ScratchRedis) -> (Listener, mpsc::UnboundedReceiver<Heard>) {
        let store = Store::connect(&redis.settings()).await.unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        let address = store.routing().nodes()[0].address().to_owned();
        (store.listen(&address, move |heard| drop(sender.send(heard))).await.unwrap(), heard)
    }

    async fn next(heard: &mut mpsc::UnboundedReceiver<Heard>) -> Heard {
        timeout(Duration::from_secs(5), heard.recv()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_notice_of_a_slice_is_heard_and_the_end_of_hearing_too() {
        let redis = ScratchRedis::start();
        let (listener, mut heard) = listening(&redis).await;
        listener.subscribe(&["shasta:{s1}:note".to_owned(), "shasta:{s2}:note".to_owned()]).await.unwrap();
        listener.ping().await.unwrap();
        let mut connection = redis.connection();
        run(&mut connection, &["SPUBLISH", "shasta:{s2}:note", "a/b/c\na/b/d"]).unwrap();
        run(&mut connection, &["SPUBLISH", "shasta:{s3}:note", "a/b/e"]).unwrap();
        assert_eq!(next(&mut heard).await, Heard::Notice(b"a/b/c\na/b/d".to_vec()));
        run(&mut connection, &["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        assert_eq!(next(&mut heard).await, Heard::Lost);
        assert!(listener.ping().await.is_err());
    }

    #[tokio::test]
    async fn a_server_that_knows_no_shards_is_listened_to_all_the_same() {
        let redis = ScratchRedis::start();
        let (listener, mut heard) = listening(&redis).await;
        // What Redis 6.2 answers: found out at the first subscription.
        listener.is_sharded.store(false, Ordering::Relaxed);
        listener.subscribe(&["shasta:{s1}:note".to_owned()]).await.unwrap();
        run(&mut redis.connection(), &["PUBLISH", "shasta:{s1}:note", "a/b/c"]).unwrap();
        assert_eq!(next(&mut heard).await, Heard::Notice(b"a/b/c".to_vec()));
    }
}
