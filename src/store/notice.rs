//! The notice to readers: which channels a call wrote to. A hint that may get lost: nothing rests on it.

use super::StoreError;
use crate::core::call::Call;

/// How notices are published. Readers have to listen in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// `SPUBLISH`, Redis 7 and newer: a notice stays on the shard of its slice.
    Sharded,
    /// `PUBLISH`: in a cluster every node passes every notice on to all others.
    Plain,
}

impl Publish {
    pub const fn command(self) -> &'static str {
        match self {
            Self::Sharded => "SPUBLISH",
            Self::Plain => "PUBLISH",
        }
    }
}

/// Why no notices can be published.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoNotices {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "redis {node}: user {user:?} may publish none ({error}): `ACL SETUSER {user} +{command} &{prefix}*` and start the worker again, or set fold.notices = false"
    )]
    Refused { node: String, user: String, error: String, command: String, prefix: String },
}

/// The escaped forms of the call's channels, a line each.
pub(super) fn of(call: &Call) -> String {
    let size = call.channels.iter().map(|channel| channel.path.len() + 1).sum();
    call.channels.iter().fold(String::with_capacity(size), |mut notice, channel| {
        if !notice.is_empty() {
            notice.push('\n');
        }
        notice + &channel.path
    })
}
