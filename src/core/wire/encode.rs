//! The pieces of a message, appended to a buffer.

use super::field::WireType;

/// Appends a varint.
pub fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The bytes that [`put_varint`] appends, 1 to 10.
pub fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Appends a field's key. `number` is below 2^29, as the format wants it.
pub fn put_tag(number: u32, wire_type: WireType, out: &mut Vec<u8>) {
    put_varint(u64::from(number) << 3 | wire_type as u64, out);
}

/// Appends a whole length-delimited field: bytes, text or a message.
pub fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    put_tag(number, WireType::LengthDelimited, out);
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Appends a whole field of text.
pub fn put_text(number: u32, text: &str, out: &mut Vec<u8>) {
    put_bytes(number, text.as_bytes(), out);
}

/// Appends a whole varint field: `bool` (0 or 1), `uint32`, `uint64`, or `int64` as its two's complement.
pub fn put_uint(number: u32, value: u64, out: &mut Vec<u8>) {
    put_tag(number, WireType::Varint, out);
    put_varint(value, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use prost::encoding::{string, uint64};

    fn put(put: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out);
        out
    }

    #[test]
    fn a_varints_length_is_known_beforehand_at_every_width() {
        for value in (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, u64::MAX >> bit]) {
            assert_eq!(put(|out| put_varint(value, out)).len(), varint_len(value), "{value}");
        }
    }

    proptest! {
        #[test]
        fn fields_are_written_as_prost_writes_them(number in 1u32..1 << 29, value: u64, shift in 0..64, text in "\\PC{0,200}") {
            let value = value >> shift;
            prop_assert_eq!(put(|out| put_uint(number, value, out)), put(|out| uint64::encode(number, &value, out)));
            prop_assert_eq!(put(|out| put_text(number, &text, out)), put(|out| string::encode(number, &text, out)));
        }
    }
}
