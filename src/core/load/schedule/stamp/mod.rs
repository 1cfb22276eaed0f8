//! What an event carries, so that it is known wherever it is seen: in Kafka, in a snapshot, in a delta, at a follower.

mod error;
mod pad;
#[cfg(test)]
mod tests;
mod text;

use crate::core::json_object::JsonObject;
use text::{hex, put_decimal, unquoted};

pub use error::{NotStamped, PayloadTooSmall};

/// The name of an event of a run. Written, it is the text of a JSON object:
/// `{"id":"<run, 8 hex>-<producer>-<sequence>-<event>","crc":"<8 hex>","pad":"…"}`.
///
/// The crc is CRC-32 (that of zlib) over the texts of `id` and `pad` with a line feed between them, so it does not matter in which order
/// and with which white space the members come back. The pad is drawn from the whole id out of 64 characters: compression takes a quarter
/// of it at most. `event` is part of the id so that whoever sees an event finds it in the ledger without an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The run, so that what an earlier run left behind is told apart: the caller compares it.
    pub run: u32,
    pub producer: u32,
    /// Its number among its producer's events: with the producer it names the event over all hosts of the run.
    pub sequence: u64,
    /// Its number in its host's schedule.
    pub event: u64,
}

const ID: &[u8] = b"{\"id\":\"";
const CRC: &[u8] = b"\",\"crc\":\"";
const PAD: &[u8] = b"\",\"pad\":\"";
const END: &[u8] = b"\"}";
const HEX: usize = 8;
/// The longest id: the run, a `u32` of 10 digits and two `u64` of 20 digits.
const LONGEST_ID: usize = HEX + 1 + 10 + 1 + 20 + 1 + 20;

impl Stamp {
    /// The smallest payload in bytes that has room for every stamp.
    pub const MINIMUM_PAYLOAD: usize = ID.len() + LONGEST_ID + CRC.len() + HEX + PAD.len() + END.len();

    /// Appends the text, exactly `payload` bytes of it: one line of ASCII.
    pub fn write(&self, payload: usize, out: &mut Vec<u8>) -> Result<(), PayloadTooSmall> {
        if payload < Self::MINIMUM_PAYLOAD {
            return Err(PayloadTooSmall { payload });
        }
        let start = out.len();
        out.reserve(payload);
        out.extend_from_slice(ID);
        self.put_id(out);
        let id_end = out.len();
        out.extend_from_slice(CRC);
        out.extend_from_slice(&[b'0'; HEX]);
        out.extend_from_slice(PAD);
        let pad_start = out.len();
        pad::put(self, start + payload - END.len() - pad_start, out);
        let crc = crc(&out[start + ID.len()..id_end], &out[pad_start..]);
        out.extend_from_slice(END);
        out[id_end + CRC.len()..][..HEX].copy_from_slice(&hex(crc));
        Ok(())
    }

    /// Reads the stamp of a text, whatever the order of its members and the white space between them.
    pub fn read(text: &str) -> Result<Self, NotStamped> {
        let object = JsonObject::parse(text).ok_or(NotStamped::NotOurs)?;
        let member = |name| object.find(name, 0).and_then(|index| unquoted(object.members()[index].value));
        let id = member("id").ok_or(NotStamped::NotOurs)?;
        let stamp = Self::from_id(&id).ok_or(NotStamped::NotOurs)?;
        let (Some(told), Some(pad)) = (member("crc"), member("pad")) else { return Err(NotStamped::Corrupt { stamp: None }) };
        let found = hex(crc(id.as_bytes(), pad.as_bytes()));
        if object.members().len() == 3 && told.as_bytes() == found {
            return Ok(stamp);
        }
        Err(NotStamped::Corrupt { stamp: pad::bears_out(&stamp, pad.as_bytes()).then_some(stamp) })
    }

    fn put_id(&self, out: &mut Vec<u8>) {
        out.extend(hex(self.run));
        for number in [self.producer.into(), self.sequence, self.event] {
            out.push(b'-');
            put_decimal(number, out);
        }
    }

    fn from_id(id: &str) -> Option<Self> {
        let mut parts = id.split('-');
        let run = parts.next().filter(|run| run.len() == HEX)?;
        let run = u32::from_str_radix(run, 16).ok()?;
        let (producer, sequence, event) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Self { run, producer, sequence, event })
    }
}

fn crc(id: &[u8], pad: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(id);
    hasher.update(b"\n");
    hasher.update(pad);
    hasher.finalize()
}
