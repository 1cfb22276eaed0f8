//! One channel of a subscription: what has to be read of it, and what follows from what was read.

use super::change::Change;
use super::error::ClientError;
use super::mirror::{Break, Mirror};
use super::snapshot::Snapshot;
use super::token::{Mark, Token};
use crate::core::channel::Channel;
use crate::store::{ChannelAt, Found, Look};

/// Entries in one read: what a subscription holds at most of a channel beyond its objects.
const PAGE: usize = 128;
/// As many of a stream's last entries are looked at to go on from a token; a stream has about 1,000 by default.
const HISTORY: usize = 10_000;

#[derive(Debug)]
pub struct Followed {
    pub channel: Channel,
    pub at: ChannelAt,
    mirror: Mirror,
    stage: Stage,
    /// Where the caller is: the last change that was handed out.
    pub told: Option<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing was told yet.
    New,
    /// Nothing was told yet, and what came after this entry is wanted.
    Resuming(Mark),
    Live,
    /// There was no stream, and now there is one.
    Appeared,
    /// What was told can not be gone on from.
    Broken,
}

/// What a read came to.
#[derive(Debug, Default)]
pub struct Settled {
    pub changes: Vec<Change>,
    pub error: Option<ClientError>,
    /// There is more to be read at once.
    pub again: bool,
}

impl Followed {
    pub fn new(channel: Channel, at: ChannelAt) -> Self {
        Self { channel, at, mirror: Mirror::default(), stage: Stage::New, told: None }
    }

    /// Goes on from a place, without what was there.
    pub fn resuming(token: &Token, at: ChannelAt) -> Self {
        let stage = token.mark().map_or(Stage::Live, Stage::Resuming);
        Self { stage, told: token.mark(), ..Self::new(token.channel().clone(), at) }
    }

    /// Goes on from what was there.
    pub fn continuing(snapshot: &Snapshot, at: ChannelAt) -> Self {
        let (mirror, told) = (Mirror::of(snapshot), snapshot.token.mark());
        Self { mirror, stage: Stage::Live, told, ..Self::new(snapshot.channel().clone(), at) }
    }

    pub fn token(&self) -> Token {
        Token::new(self.channel.clone(), self.told)
    }

    /// Nothing is there.
    pub fn is_empty(&self) -> bool {
        self.stage == Stage::Live && self.mirror.is_empty()
    }

    pub fn look(&self) -> Look {
        match (self.stage, self.mirror.at()) {
            (Stage::New | Stage::Broken, _) => Look::Snapshot,
            (Stage::Resuming(_) | Stage::Appeared, _) => Look::History { count: HISTORY },
            // The entry it stands at comes first: the proof that the stream goes on from there.
            (Stage::Live, Some(at)) => Look::Page { from: Some(at.id), count: PAGE + 1 },
            (Stage::Live, None) => Look::Page { from: None, count: 1 },
        }
    }

    /// Takes what [`Self::look`] found.
    pub fn settle(&mut self, found: &Found) -> Settled {
        match self.stage {
            Stage::New => self.start(found, Change::Snapshot),
            Stage::Broken => self.start(found, Change::Restarted),
            Stage::Resuming(mark) => self.resume(found, mark),
            Stage::Appeared => self.appear(found),
            Stage::Live if self.mirror.at().is_none() => {
                if !found.entries.is_empty() {
                    self.stage = Stage::Appeared;
                }
                Settled { again: !found.entries.is_empty(), ..Settled::default() }
            }
            Stage::Live => self.advance(found),
        }
    }

    fn start(&mut self, found: &Found, change: fn(Snapshot) -> Change) -> Settled {
        match Snapshot::decode(&self.channel, found) {
            Ok(snapshot) => {
                self.mirror = Mirror::of(&snapshot);
                self.stage = Stage::Live;
                Settled { changes: vec![change(snapshot)], ..Settled::default() }
            }
            Err(error) => Settled { error: Some(error), ..Settled::default() },
        }
    }

    fn resume(&mut self, found: &Found, from: Mark) -> Settled {
        let resumed = Snapshot::decode(&self.channel, found).map(|now| Mirror::resume(&now, &found.entries, from));
        match resumed {
            Ok(Ok((mirror, changes))) => {
                (self.mirror, self.stage) = (mirror, Stage::Live);
                Settled { changes, ..Settled::default() }
            }
            Ok(Err(Break::Gap)) => self.start(found, Change::Restarted),
            Ok(Err(Break::Undecodable(error))) | Err(error) => Settled { error: Some(error), ..Settled::default() },
        }
    }

    /// Every entry that the stream ever had follows from nothing; otherwise something was missed.
    fn appear(&mut self, found: &Found) -> Settled {
        if found.is_whole && self.mirror.is_empty() {
            self.stage = Stage::Live;
            self.advance(found)
        } else {
            self.start(found, Change::Restarted)
        }
    }

    fn advance(&mut self, found: &Found) -> Settled {
        let mut settled = Settled { again: found.entries.len() > PAGE, ..Settled::default() };
        match self.mirror.advance(&self.channel, &found.entries, &mut settled.changes) {
            Ok(()) => {}
            Err(Break::Gap) => (self.stage, settled.again) = (Stage::Broken, true),
            Err(Break::Undecodable(error)) => (self.stage, settled.error) = (Stage::Broken, Some(error)),
        }
        settled
    }
}
