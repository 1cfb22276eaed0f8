use crate::core::load::figures::{Observation, Scheduled, Stage, What};

/// Bytes of a row.
pub const ROW_BYTES: usize = 32;

const END: u8 = 0;
const SCHEDULED: u8 = 1;
const SENT: u8 = 2;
const DROPPED: u8 = 3;
const ACKNOWLEDGED: u8 = 4;
const FAILED: u8 = 5;
const UNKNOWN: u8 = 6;
const CONSUMED: u8 = 7;
const STORED: u8 = 8;
const DELIVERED: u8 = 9;
const CORRUPT: u8 = 10;

/// One thing that the ledger was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Scheduled {
        event: u64,
        scheduled: Scheduled,
    },
    Observed(Observation),
    /// After the last row; the trailer follows.
    End {
        rows: u64,
        trailer_bytes: u64,
    },
}

/// The columns of a row, as they lie in the file.
#[derive(Clone, Copy, Debug, Default)]
struct Columns {
    kind: u8,
    flag: u8,
    witness: u16,
    partition: i32,
    event: u64,
    at_us: i64,
    offset: i64,
}

impl Row {
    pub fn encode(&self) -> [u8; ROW_BYTES] {
        match *self {
            Self::Scheduled { event, scheduled } => of_scheduled(event, scheduled),
            Self::Observed(Observation { event, at_us, what }) => Columns { event, at_us, ..of_what(what) },
            Self::End { rows, trailer_bytes } => Columns { kind: END, event: rows, at_us: trailer_bytes as i64, ..Columns::default() },
        }
        .encode()
    }

    /// # Errors
    /// What is wrong with it.
    pub fn decode(bytes: &[u8; ROW_BYTES]) -> Result<Self, String> {
        let columns = Columns::decode(bytes);
        match columns.kind {
            END => {
                let trailer_bytes = u64::try_from(columns.at_us).map_err(|_| "the trailer has a negative length".to_owned())?;
                Ok(Self::End { rows: columns.event, trailer_bytes })
            }
            SCHEDULED => Ok(Self::Scheduled { event: columns.event, scheduled: columns.scheduled()? }),
            _ => Ok(Self::Observed(Observation { event: columns.event, at_us: columns.at_us, what: columns.what()? })),
        }
    }
}

fn of_scheduled(event: u64, scheduled: Scheduled) -> Columns {
    Columns {
        kind: SCHEDULED,
        flag: u8::from(scheduled.counted),
        witness: 0,
        partition: scheduled.producer.cast_signed(),
        event,
        at_us: scheduled.intended_us,
        offset: (u64::from(scheduled.sequence) | u64::from(scheduled.channel) << 32).cast_signed(),
    }
}

fn of_what(what: What) -> Columns {
    let plain = |kind: u8| Columns { kind, ..Columns::default() };
    let seen = |kind: u8, partition: i32, offset: i64, witness: u16| Columns { kind, witness, partition, offset, ..Columns::default() };
    match what {
        What::Sent => plain(SENT),
        What::Dropped => plain(DROPPED),
        What::Acknowledged { partition, offset } => seen(ACKNOWLEDGED, partition, offset, 0),
        What::Failed => plain(FAILED),
        What::Unknown => plain(UNKNOWN),
        What::Consumed { partition, offset } => seen(CONSUMED, partition, offset, 0),
        What::Stored { partition, offset, owner } => seen(STORED, partition, offset, owner),
        What::Delivered { partition, offset, follower } => seen(DELIVERED, partition, offset, follower),
        What::Corrupt { stage } => Columns { flag: kind_of(stage), ..plain(CORRUPT) },
    }
}

const fn kind_of(stage: Stage) -> u8 {
    match stage {
        Stage::Sent => SENT,
        Stage::Acknowledged => ACKNOWLEDGED,
        Stage::Consumed => CONSUMED,
        Stage::Stored => STORED,
        Stage::Delivered => DELIVERED,
    }
}

impl Columns {
    fn encode(self) -> [u8; ROW_BYTES] {
        let mut bytes = [self.kind; ROW_BYTES];
        let columns: [&[u8]; 6] = [
            &[self.flag],
            &self.witness.to_le_bytes(),
            &self.partition.to_le_bytes(),
            &self.event.to_le_bytes(),
            &self.at_us.to_le_bytes(),
            &self.offset.to_le_bytes(),
        ];
        bytes.iter_mut().skip(1).zip(columns.into_iter().flatten()).for_each(|(byte, value)| *byte = *value);
        bytes
    }

    fn decode(bytes: &[u8; ROW_BYTES]) -> Self {
        let [kind, flag, w0, w1, p0, p1, p2, p3, rest @ ..] = *bytes;
        let [e0, e1, e2, e3, e4, e5, e6, e7, a0, a1, a2, a3, a4, a5, a6, a7, o0, o1, o2, o3, o4, o5, o6, o7] = rest;
        Self {
            kind,
            flag,
            witness: u16::from_le_bytes([w0, w1]),
            partition: i32::from_le_bytes([p0, p1, p2, p3]),
            event: u64::from_le_bytes([e0, e1, e2, e3, e4, e5, e6, e7]),
            at_us: i64::from_le_bytes([a0, a1, a2, a3, a4, a5, a6, a7]),
            offset: i64::from_le_bytes([o0, o1, o2, o3, o4, o5, o6, o7]),
        }
    }

    fn scheduled(&self) -> Result<Scheduled, String> {
        let names = self.offset.cast_unsigned();
        let counted = match self.flag {
            0 => false,
            1 => true,
            other => return Err(format!("flag {other} of a scheduled event: expected 0 or 1")),
        };
        Ok(Scheduled {
            intended_us: self.at_us,
            producer: self.partition.cast_unsigned(),
            sequence: names as u32,
            channel: (names >> 32) as u32,
            counted,
        })
    }

    fn what(&self) -> Result<What, String> {
        let Self { partition, offset, witness, .. } = *self;
        Ok(match self.kind {
            SENT => What::Sent,
            DROPPED => What::Dropped,
            ACKNOWLEDGED => What::Acknowledged { partition, offset },
            FAILED => What::Failed,
            UNKNOWN => What::Unknown,
            CONSUMED => What::Consumed { partition, offset },
            STORED => What::Stored { partition, offset, owner: witness },
            DELIVERED => What::Delivered { partition, offset, follower: witness },
            CORRUPT => What::Corrupt { stage: self.corrupt_stage()? },
            other => return Err(format!("kind {other}: expected 0 to {CORRUPT}")),
        })
    }

    fn corrupt_stage(&self) -> Result<Stage, String> {
        let stage = Stage::SIGHTING.into_iter().find(|stage| kind_of(*stage) == self.flag);
        stage.ok_or_else(|| format!("flag {} of a corrupt record: expected {CONSUMED} to {DELIVERED}", self.flag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_comes_back_as_it_was_written() {
        let scheduled = Scheduled { intended_us: -3, producer: u32::MAX, sequence: 7, channel: u32::MAX - 1, counted: true };
        let place = (i32::MAX, i64::MAX - 1);
        let (partition, offset) = place;
        let told = [
            What::Sent,
            What::Dropped,
            What::Acknowledged { partition: -1, offset: -1 },
            What::Failed,
            What::Unknown,
            What::Consumed { partition, offset },
            What::Stored { partition, offset, owner: u16::MAX - 1 },
            What::Delivered { partition, offset, follower: 2 },
            What::Corrupt { stage: Stage::Delivered },
        ];
        let observed = told.map(|what| Row::Observed(Observation { event: u64::MAX, at_us: i64::MIN, what }));
        let others = [Row::Scheduled { event: 9, scheduled }, Row::End { rows: u64::MAX, trailer_bytes: 12 }];
        for row in observed.into_iter().chain(others) {
            assert_eq!(Row::decode(&row.encode()), Ok(row));
        }
    }

    /// Whoever reads the file elsewhere relies on it.
    #[test]
    fn the_columns_lie_where_the_documentation_says() {
        let what = What::Stored { partition: 0x0403_0201, offset: 0x0807_0605_0403_0201, owner: 0x0201 };
        let row = Row::Observed(Observation { event: 0x18, at_us: -2, what }).encode();
        assert_eq!(row[..8], [8, 0, 1, 2, 1, 2, 3, 4]);
        assert_eq!(row[8..24], [0x18, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(row[24..], [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn what_is_no_row_is_refused() {
        let refused = |kind: u8, flag: u8| {
            let mut bytes = [0; ROW_BYTES];
            (bytes[0], bytes[1]) = (kind, flag);
            Row::decode(&bytes).unwrap_err()
        };
        assert!(refused(11, 0).contains("kind 11"));
        assert!(refused(SCHEDULED, 2).contains("flag 2"));
        assert!(refused(CORRUPT, SENT).contains("flag 2"));
    }
}
