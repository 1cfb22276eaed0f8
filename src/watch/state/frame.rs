//! Bytes with their length and checksum: what was written by half, or changed since, is seen.

use sha1_smol::Sha1;

const LENGTH: usize = 4;
/// Of the digest. It stands against accidents, not against people.
const CHECKSUM: usize = 8;

/// The payload as it is written.
pub fn framed(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(LENGTH + CHECKSUM + payload.len());
    // No payload is near 4 GiB: a snapshot has 40 kB a partition.
    frame.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    frame.extend_from_slice(&checksum(payload));
    frame.extend_from_slice(payload);
    frame
}

/// The first payload and what follows its frame; `None` where the frame is not whole.
pub fn unframed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
    let (expected, rest) = rest.split_first_chunk::<CHECKSUM>()?;
    let (payload, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    (checksum(payload) == *expected).then_some((payload, rest))
}

fn checksum(payload: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha1::from(payload).digest().bytes();
    let mut checksum = [0; CHECKSUM];
    checksum.copy_from_slice(&digest[..CHECKSUM]);
    checksum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_cut_or_changed_anywhere_is_none() {
        let two = [framed(b"first"), framed(b"")].concat();
        let (first, rest) = unframed(&two).unwrap();
        assert_eq!((first, unframed(rest)), (&b"first"[..], Some((&b""[..], &b""[..]))));
        let one = framed(b"first");
        assert!((0..one.len()).all(|cut| unframed(&one[..cut]).is_none()));
        for at in 0..one.len() {
            let mut spoiled = one.clone();
            spoiled[at] ^= 1;
            assert_eq!(unframed(&spoiled), None, "{at}");
        }
    }
}
