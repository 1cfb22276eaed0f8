//! Listens to notices.

use std::collections::BTreeSet;

use redis::{Connection, ConnectionLike, FromRedisValue};

use super::checker::Names;
use super::redis::RedisServer;

/// A connection that has subscribed.
pub struct Subscriber(Connection);

/// The channels of the notices of all slices.
pub fn notes(prefix: &str, slices: u32) -> Vec<String> {
    let names = Names::new(prefix, slices);
    (0..slices).map(|slice| names.note(slice)).collect()
}

impl Subscriber {
    /// Sharded channels, which a server takes for its own slots only.
    pub fn new(server: &RedisServer, channels: &[String]) -> Self {
        let mut connection = server.conn();
        for channel in channels {
            connection.req_command(redis::cmd("SSUBSCRIBE").arg(channel)).unwrap_or_else(|error| panic!("{channel}: {error}"));
        }
        Self(connection)
    }

    /// What was published until now: where, and the message.
    pub fn heard(&mut self) -> Vec<(String, String)> {
        self.0.send_packed_command(&redis::cmd("PING").arg("so far").get_packed_command()).unwrap();
        let mut heard = Vec::new();
        loop {
            let answer = Vec::<String>::from_redis_value(self.0.recv_response().unwrap()).unwrap();
            match &answer[..] {
                [pong, _] if pong == "pong" => return heard,
                [_, channel, message] => heard.push((channel.clone(), message.clone())),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Which channels were named by which note until now.
    pub fn named(&mut self) -> BTreeSet<(String, String)> {
        let split = |(note, message): (String, String)| {
            let named: Vec<_> = message.split('\n').map(|path| (note.clone(), path.to_owned())).collect();
            assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len(), "each is named once: {message:?}");
            named
        };
        self.heard().into_iter().flat_map(split).collect()
    }
}
