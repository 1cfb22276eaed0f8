//! Why a partition goes on from somewhere else than where it, or its owner before, had been.

/// What made it start again. A closed list: operators count by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewindReason {
    /// At work: a call found its slice below what Redis had acknowledged.
    Conflict,
    /// At work: so did the look at the positions of a partition that had nothing new to commit.
    Idle,
    /// At an assignment: slices of the commit have a lower position.
    Behind,
    /// At an assignment: slices of the commit have no position that counts, so they lost everything.
    Empty,
    /// The log ends below what was applied.
    Truncated,
    /// At work: Kafka has no record at the offset; most often its retention overtook the partition.
    OutOfRange,
    /// At an assignment: the topic was deleted and made again.
    TopicMadeAgain,
    /// At an assignment: the commit is of another number of slices.
    OtherSlices,
    /// At an assignment: the commit is another tool's, and Redis has positions or knows the topic.
    ForeignCommit,
    /// At an assignment: nothing is committed, and Redis has positions.
    NoCommit,
    /// At work: after a refusal of Kafka the partition could not go on where it was.
    Refused,
}

impl RewindReason {
    pub const ALL: [Self; 11] = [
        Self::Conflict,
        Self::Idle,
        Self::Behind,
        Self::Empty,
        Self::Truncated,
        Self::OutOfRange,
        Self::TopicMadeAgain,
        Self::OtherSlices,
        Self::ForeignCommit,
        Self::NoCommit,
        Self::Refused,
    ];

    /// The value of the label `reason` of `shasta_rewinds_total`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Idle => "idle",
            Self::Behind => "behind",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::OutOfRange => "out_of_range",
            Self::TopicMadeAgain => "topic_made_again",
            Self::OtherSlices => "other_slices",
            Self::ForeignCommit => "foreign_commit",
            Self::NoCommit => "no_commit",
            Self::Refused => "refused",
        }
    }

    /// Whether Redis went back behind what it had acknowledged.
    pub const fn is_loss_of_redis(self) -> bool {
        matches!(self, Self::Conflict | Self::Idle | Self::Behind | Self::Empty)
    }
}
