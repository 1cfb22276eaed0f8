//! The yes-and-no of an event, one bit each.

/// Two bytes an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks(u16);

impl Marks {
    pub const COUNTED: Marks = Marks(1);
    pub const SENT: Marks = Marks(1 << 1);
    pub const DROPPED: Marks = Marks(1 << 2);
    pub const ACKNOWLEDGED: Marks = Marks(1 << 3);
    pub const FAILED: Marks = Marks(1 << 4);
    pub const UNKNOWN: Marks = Marks(1 << 5);

    /// Seen at its home place (the first place known of the event) at a sighting stage.
    pub fn home(sighting: usize) -> Marks {
        Marks(1 << (6 + sighting))
    }

    /// A corrupt record of it was seen at a sighting stage.
    pub fn corrupt(sighting: usize) -> Marks {
        Marks(1 << (9 + sighting))
    }

    pub fn has(self, mark: Marks) -> bool {
        self.0 & mark.0 != 0
    }

    /// True if the mark is new.
    pub fn set(&mut self, mark: Marks) -> bool {
        let new = !self.has(mark);
        self.0 |= mark.0;
        new
    }
}
