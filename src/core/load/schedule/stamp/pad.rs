//! What fills an event to its size: characters drawn from its name.

use super::super::random::{Random, Stream};
use super::Stamp;

const CHARACTERS_PER_DRAW: usize = 8;
/// 1 in each byte of a word: times a number below 256, that number in each byte.
const EACH: u64 = 0x0101_0101_0101_0101;

/// Appends the first `length` characters of the stamp's pad.
pub(super) fn put(stamp: &Stamp, length: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + length, 0);
    let mut random = Random::new(stamp.run.into(), Stream::Pad).at(stamp.producer.into()).at(stamp.sequence).at(stamp.event);
    // Whole words apart from the rest: a copy of a length that is known beforehand costs nothing.
    let mut words = out[start..].chunks_exact_mut(CHARACTERS_PER_DRAW);
    for word in &mut words {
        word.copy_from_slice(&characters(random.next()));
    }
    let rest = words.into_remainder();
    rest.copy_from_slice(&characters(random.next())[..rest.len()]);
}

/// Whether the pad is this stamp's but for some damage: another stamp's agrees in one character of 64.
pub(super) fn bears_out(stamp: &Stamp, pad: &[u8]) -> bool {
    let mut expected = Vec::with_capacity(pad.len());
    put(stamp, pad.len(), &mut expected);
    let same = expected.iter().zip(pad).filter(|(expected, found)| expected == found).count();
    pad.len() >= CHARACTERS_PER_DRAW && same * 2 > pad.len()
}

/// The lower six bits of each byte as one of `A-Z`, `a-z`, `0-9`, `:` and `;`: eight at a time, since a stamp is written at the moment
/// that an event is sent. No byte ever carries into the next: the highest sum is 134.
fn characters(random: u64) -> [u8; CHARACTERS_PER_DRAW] {
    let places = random & (EACH * 63);
    let small_letters_on = at_least(26, places) * u64::from(b'a' - b'Z' - 1);
    let digits_on = at_least(52, places) * u64::from(b'z' + 1 - b'0');
    (places + EACH * u64::from(b'A') + small_letters_on - digits_on).to_le_bytes()
}

/// 1 in each byte that is at least the limit, else 0, for bytes and limits below 128.
fn at_least(limit: u64, bytes: u64) -> u64 {
    ((bytes + EACH * (128 - limit)) >> 7) & EACH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_gives_its_character_whatever_its_neighbours() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:;";
        for (place, character) in alphabet.iter().enumerate() {
            let neighbour = 63 - place;
            let random = (place as u8, neighbour as u8 | 0xc0);
            let bytes = [random.0, random.1, random.0, random.0, random.1, random.1, random.0, random.1];
            let expected = bytes.map(|byte| alphabet[usize::from(byte & 63)]);
            assert_eq!(characters(u64::from_le_bytes(bytes)), expected);
            assert_eq!(expected[0], *character);
        }
    }
}
