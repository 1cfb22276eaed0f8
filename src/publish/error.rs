//! Why a record is not, or may not be, in the topic; the record comes back with it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::core::decode::{Invalid, Reason};
use crate::core::publication::{KeyForm, Publication, object_of};
use crate::core::tag_data::TagData;
use crate::kafka::{FailureKind, KafkaFailure, Undelivered, UndeliveredKind};

/// A record that was not acknowledged, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpublished {
    pub record: TagData,
    /// What its key names.
    pub key: KeyForm,
    pub topic: Arc<str>,
    /// Where it was sent; `None` where it never was.
    pub partition: Option<i32>,
    /// Whether it may be in the topic all the same: it was sent, and no answer says that it was not written.
    pub may_have_been_stored: bool,
}

/// Why a record is not, or may not be, in the topic. Each has one record, and is about that record alone.
///
/// ```
/// use shasta::PublishError;
///
/// /// What to do with a record that came back.
/// fn verdict(error: &PublishError) -> &'static str {
///     match error {
///         PublishError::QueueFull { .. } => "slow down, then publish it again",
///         error if error.may_have_been_stored() => "it may be there already: publish it again if twice does no harm",
///         error if error.is_retryable() => "publish it again",
///         _ => "somebody has to look at it",
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Larger than `fold.limits.record_bytes`, or than the topic takes. Not stored.
    #[error("{unpublished}: too large: {why}")]
    TooLarge { unpublished: Box<Unpublished>, why: String },
    /// A worker would dead-letter it. Not sent.
    #[error("{unpublished}: invalid: {invalid}")]
    Invalid { unpublished: Box<Unpublished>, invalid: Invalid },
    /// No room in the publisher's queue. Not sent: wait, then publish again.
    #[error("{unpublished}: the queue is full")]
    QueueFull { unpublished: Box<Unpublished> },
    /// The credentials may not write to the topic. Not stored.
    #[error("{unpublished}: {failure}")]
    NotAuthorized { unpublished: Box<Unpublished>, failure: KafkaFailure },
    /// No acknowledgement within `publish.delivery_timeout`. Whether it was stored is **unknown**, unless it was never sent:
    /// [`may_have_been_stored`](Self::may_have_been_stored) says which.
    #[error("{unpublished}: no acknowledgement within {after:?}, {}{}", outcome(unpublished), because(cause.as_ref()))]
    Expired { unpublished: Box<Unpublished>, after: Duration, cause: Option<KafkaFailure> },
    /// The topic does not exist. Not stored. Somebody may make it.
    #[error("{unpublished}: {failure}")]
    UnknownTopic { unpublished: Box<Unpublished>, failure: KafkaFailure },
    /// The publisher can not go on: connect another one. All that it had on its way comes back so.
    #[error("{unpublished}: the publisher can not go on, {}: {failure}", outcome(unpublished))]
    Fatal { unpublished: Box<Unpublished>, failure: KafkaFailure },
    /// The publisher was dropped first.
    #[error("{unpublished}: the publisher was closed, {}", outcome(unpublished))]
    Closed { unpublished: Box<Unpublished> },
    /// The broker refused it for another reason.
    #[error("{unpublished}: {}: {failure}", outcome(unpublished))]
    Failed { unpublished: Box<Unpublished>, failure: KafkaFailure },
}

fn outcome(unpublished: &Unpublished) -> &'static str {
    if unpublished.may_have_been_stored { "it may have been stored" } else { "it was not stored" }
}

fn because(cause: Option<&KafkaFailure>) -> String {
    cause.map_or_else(String::new, |cause| format!(": {cause}"))
}

impl PublishError {
    /// Whether publishing the same record again may succeed without anybody's action. See also
    /// [`may_have_been_stored`](Self::may_have_been_stored): then it may be there twice.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::QueueFull { .. } | Self::Expired { .. } | Self::UnknownTopic { .. } => true,
            Self::TooLarge { .. } | Self::Invalid { .. } | Self::NotAuthorized { .. } | Self::Fatal { .. } | Self::Closed { .. } => false,
            Self::Failed { failure, .. } => failure.is_retryable(),
        }
    }

    /// Whether the record may be in the topic all the same.
    pub fn may_have_been_stored(&self) -> bool {
        self.unpublished().may_have_been_stored
    }

    /// A short fixed code, one for each variant.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::QueueFull { .. } => "queue_full",
            Self::NotAuthorized { .. } => "not_authorized",
            Self::Expired { .. } => "expired",
            Self::UnknownTopic { .. } => "unknown_topic",
            Self::Fatal { .. } => "fatal",
            Self::Closed { .. } => "closed",
            Self::Failed { .. } => "failed",
        }
    }

    /// The record, where it was to go, and whether it may be there.
    pub fn unpublished(&self) -> &Unpublished {
        match self {
            Self::TooLarge { unpublished, .. }
            | Self::Invalid { unpublished, .. }
            | Self::QueueFull { unpublished }
            | Self::NotAuthorized { unpublished, .. }
            | Self::Expired { unpublished, .. }
            | Self::UnknownTopic { unpublished, .. }
            | Self::Fatal { unpublished, .. }
            | Self::Closed { unpublished }
            | Self::Failed { unpublished, .. } => unpublished,
        }
    }

    /// The record as it was given.
    pub fn into_record(self) -> TagData {
        self.into_unpublished().record
    }

    /// The record with all that is known of it.
    pub fn into_unpublished(self) -> Unpublished {
        match self {
            Self::TooLarge { unpublished, .. }
            | Self::Invalid { unpublished, .. }
            | Self::QueueFull { unpublished }
            | Self::NotAuthorized { unpublished, .. }
            | Self::Expired { unpublished, .. }
            | Self::UnknownTopic { unpublished, .. }
            | Self::Fatal { unpublished, .. }
            | Self::Closed { unpublished }
            | Self::Failed { unpublished, .. } => *unpublished,
        }
    }

    /// A record that no worker would apply.
    pub(super) fn invalid(unpublished: Unpublished, invalid: Invalid) -> Self {
        let unpublished = Box::new(unpublished);
        match invalid.reason {
            Reason::RecordTooLarge => Self::TooLarge { unpublished, why: invalid.error },
            _ => Self::Invalid { unpublished, invalid },
        }
    }

    /// What the broker or the client library said of a record. `fatal`: what ended the producer, if it ended.
    pub(super) fn undelivered(
        unpublished: Unpublished,
        undelivered: Undelivered,
        fatal: Option<KafkaFailure>,
        after: Duration,
        cause: Option<KafkaFailure>,
    ) -> Self {
        let Undelivered { kind, failure, may_have_been_stored } = undelivered;
        let unpublished = Box::new(Unpublished { may_have_been_stored, ..unpublished });
        let failure = fatal.unwrap_or(failure);
        match (kind, failure.kind()) {
            (UndeliveredKind::QueueFull, _) => Self::QueueFull { unpublished },
            (UndeliveredKind::TooLarge, _) => Self::TooLarge { unpublished, why: failure.reason().to_owned() },
            (_, FailureKind::Authorization) => Self::NotAuthorized { unpublished, failure },
            _ if failure.is_fatal() => Self::Fatal { unpublished, failure },
            (UndeliveredKind::Purged, _) => Self::Closed { unpublished },
            (_, FailureKind::TimedOut) => Self::Expired { unpublished, after, cause },
            (_, FailureKind::UnknownTopic) => Self::UnknownTopic { unpublished, failure },
            _ => Self::Failed { unpublished, failure },
        }
    }
}

impl Unpublished {
    /// One that was not sent.
    pub(super) fn unsent(topic: &Arc<str>, record: TagData, key: KeyForm) -> Self {
        Self { record, key, topic: Arc::clone(topic), partition: None, may_have_been_stored: false }
    }

    pub(super) fn of(topic: &Arc<str>, publication: Publication, partition: Option<i32>) -> Self {
        let key = publication.form();
        Self { partition, may_have_been_stored: partition.is_some(), ..Self::unsent(topic, publication.into_tag_data(), key) }
    }
}

/// `publish to tag-data/3: app/room-7/system "light/1"`
impl fmt::Display for Unpublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "publish to {}", self.topic)?;
        if let Some(partition) = self.partition {
            write!(f, "/{partition}")?;
        }
        write!(f, ": {}", object_of(&self.record))
    }
}
