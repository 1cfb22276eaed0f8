//! Numbers as text without going through a formatter, which would cost more than the rest of a stamp; and JSON strings as what they say.

use std::borrow::Cow;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Eight hexadecimal digits.
pub(super) fn hex(number: u32) -> [u8; 8] {
    [28, 24, 20, 16, 12, 8, 4, 0].map(|shift| DIGITS[(number >> shift) as usize & 15])
}

/// Appends a decimal number without leading zeros.
pub(super) fn put_decimal(number: u64, out: &mut Vec<u8>) {
    let start = out.len();
    let mut left = number;
    loop {
        out.push(DIGITS[(left % 10) as usize]);
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out[start..].reverse();
}

/// What a JSON string says; `None` where the value is no string.
pub(super) fn unquoted(value: &str) -> Option<Cow<'_, str>> {
    let between = value.strip_prefix('"')?.strip_suffix('"')?;
    if between.contains('\\') { serde_json::from_str(value).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(between)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_a_formatter_would() {
        for number in [0, 7, 10, 99, 4_294_967_295, u64::MAX] {
            let mut out = b"-".to_vec();
            put_decimal(number, &mut out);
            out.extend(hex(number as u32));
            assert_eq!(String::from_utf8(out).unwrap(), format!("-{number}{:08x}", number as u32));
        }
    }
}
