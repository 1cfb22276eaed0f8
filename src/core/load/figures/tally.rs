//! Observations counted as they come, apart from the ledger's columns, so that a mistake in either shows.

/// How often each was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub sent: u64,
    pub dropped: u64,
    pub acknowledged: u64,
    pub failed: u64,
    pub unknown: u64,
    /// In the order of `Stage::SIGHTING`.
    pub sightings: [Sightings; 3],
}

/// The sightings of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sightings {
    /// All of them, corrupt ones apart.
    pub received: u64,
    /// The first of its event.
    pub unique: u64,
    /// Another offset of an event seen before: a producer's retry that was stored twice.
    pub copies: u64,
    /// Seen by another follower than the one that saw the event first.
    pub elsewhere: u64,
    /// The same partition and offset again, by the same observer: our double.
    pub doubled: u64,
    /// Offsets went forward but the producer's sequence went back: a retry was overtaken in Kafka.
    pub overtaken: u64,
    /// The offset went back within a channel and partition: our reordering.
    pub reordered: u64,
    pub corrupt: u64,
}

impl Tally {
    pub(super) fn plus(mut self, other: &Tally) -> Tally {
        self.sent += other.sent;
        self.dropped += other.dropped;
        self.acknowledged += other.acknowledged;
        self.failed += other.failed;
        self.unknown += other.unknown;
        for (mine, theirs) in self.sightings.iter_mut().zip(&other.sightings) {
            mine.add(theirs);
        }
        self
    }
}

impl Sightings {
    fn add(&mut self, other: &Sightings) {
        self.received += other.received;
        self.unique += other.unique;
        self.copies += other.copies;
        self.elsewhere += other.elsewhere;
        self.doubled += other.doubled;
        self.overtaken += other.overtaken;
        self.reordered += other.reordered;
        self.corrupt += other.corrupt;
    }
}
