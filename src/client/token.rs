//! Where a reader is in a channel, to go on from there later.

use std::fmt;
use std::str::FromStr;

use crate::core::channel::Channel;
use crate::core::entry_id::EntryId;

/// An entry of a stream and the Kafka record that it came from. An id alone proves nothing: after a loss, old events stand in the
/// stream again under new ids, and new ones may get old ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub id: EntryId,
    pub partition: u32,
    pub offset: u64,
}

/// A place in a channel's stream that [`Client::resume`](super::Client::resume) goes on from. As text it may be kept anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    channel: Channel,
    /// `None`: the channel had no stream.
    mark: Option<Mark>,
}

/// A text that is no [`Token`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no token: expected app/tag/scope@<entry id>/<partition>/<offset>, or app/tag/scope@-")]
pub struct InvalidToken(pub String);

impl Token {
    pub(super) const fn new(channel: Channel, mark: Option<Mark>) -> Self {
        Self { channel, mark }
    }

    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The entry that everything up to is known.
    pub fn position(&self) -> Option<EntryId> {
        self.mark.map(|mark| mark.id)
    }

    pub(super) const fn mark(&self) -> Option<Mark> {
        self.mark
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mark {
            Some(Mark { id, partition, offset }) => write!(f, "{}@{id}/{partition}/{offset}", self.channel),
            None => write!(f, "{}@-", self.channel),
        }
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (channel, mark) = text.split_once('@')?;
            Some(Self { channel: channel.parse().ok()?, mark: if mark == "-" { None } else { Some(Mark::read(mark)?) } })
        };
        read().ok_or_else(|| InvalidToken(text.to_owned()))
    }
}

impl Mark {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let mark = Self { id: parts.next()?.parse().ok()?, partition: parts.next()?.parse().ok()?, offset: parts.next()?.parse().ok()? };
        parts.next().is_none().then_some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_from_its_text() {
        for text in ["app/a%2Fb/system@1700000000000-3/12/9007199254740993", "app/room/system@-"] {
            assert_eq!(text.parse::<Token>().unwrap().to_string(), text);
        }
        for text in ["", "app/room/system", "app/room/system@", "app/room@-", "app/room/system@1-1/2", "app/room/system@1-1/2/3/4"] {
            assert_eq!(text.parse::<Token>(), Err(InvalidToken(text.to_owned())));
        }
    }
}
