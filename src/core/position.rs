//! Where the fold of one partition stands in one slice: `<topic id>:<next offset>`, stored beside the data it covers.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::offset::NextOffset;

/// A topic's id as Kafka prints it (22 characters of URL-safe base64), or `-` where the broker has none.
/// A topic that was deleted and made again has another id under the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicId(Arc<str>);

impl TopicId {
    /// The id of a broker that knows no topic ids.
    pub fn unknown() -> Self {
        Self(Arc::from("-"))
    }

    pub fn new(id: &str) -> Self {
        Self(Arc::from(id))
    }

    pub fn is_unknown(&self) -> bool {
        &*self.0 == "-"
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both may name the same topic: `-` equals any.
    pub fn matches(&self, other: &Self) -> bool {
        self == other || self.is_unknown() || other.is_unknown()
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A position of a partition in a slice. Two positions are compared by the script as strings, so `Display` is the stored form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub topic_id: TopicId,
    pub next: NextOffset,
}

/// A position that can not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no position: expected <topic id>:<offset>")]
pub struct InvalidPosition(pub String);

impl Position {
    pub fn new(topic_id: TopicId, next: NextOffset) -> Self {
        Self { topic_id, next }
    }

    /// The offset that counts for a reader of `topic_id`: `None` when the position is of a topic that was deleted and made again.
    pub fn next_in(&self, topic_id: &TopicId) -> Option<NextOffset> {
        self.topic_id.matches(topic_id).then_some(self.next)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.topic_id, self.next)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidPosition(text.to_owned());
        let (topic_id, offset) = text.rsplit_once(':').ok_or_else(invalid)?;
        let offset = offset.parse().ok().and_then(NextOffset::at).ok_or_else(invalid)?;
        if topic_id.is_empty() {
            return Err(invalid());
        }
        Ok(Self::new(TopicId::new(topic_id), offset))
    }
}

/// The field of a partition in a slice's `pos` hash.
pub fn position_field(topic: &str, partition: i32) -> String {
    format!("{topic}/{partition}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_read_back() {
        for text in ["Jj0tGvEZQeO-RpJ8kw8K6Q:0", "-:9223372036854775807"] {
            assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        }
        for text in ["", ":1", "abc", "abc:", "abc:-1", "abc:1x"] {
            assert!(text.parse::<Position>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_unknown_topic_id_matches_any_and_a_known_one_only_itself() {
        let [a, b, unknown] = [TopicId::new("a"), TopicId::new("b"), TopicId::unknown()];
        assert!(a.matches(&a) && a.matches(&unknown) && unknown.matches(&b));
        assert!(!a.matches(&b));
        let position = Position::new(a, NextOffset::ZERO);
        assert_eq!(position.next_in(&b), None);
    }
}
