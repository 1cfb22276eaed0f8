//! The fields of a message, one after the other, borrowed.

use super::error::{Problem, WireError};

/// How a field's value lies on the wire; the number is the encoded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WireType {
    Varint = 0,
    SixtyFourBit = 1,
    LengthDelimited = 2,
    StartGroup = 3,
    EndGroup = 4,
    ThirtyTwoBit = 5,
}

/// How deep messages and groups may be nested: prost's limit, so that both accept the same.
const MAX_DEPTH: u32 = 100;

/// Reads a message's fields in their order; after an error it is at its end.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    message: &'a [u8],
    at: usize,
    /// Where `message` begins in the outermost one, for errors.
    base: usize,
    depth: u32,
}

/// A field whose extent is known; its value is checked when it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub number: u32,
    /// Key and value, as they came.
    pub raw: &'a [u8],
    wire_type: WireType,
    varint: u64,
    bytes: &'a [u8],
    /// Places of the key and of `bytes` in the outermost message.
    at: usize,
    bytes_at: usize,
    depth: u32,
}

impl<'a> Fields<'a> {
    pub fn of(message: &'a [u8]) -> Self {
        Self { message, at: 0, base: 0, depth: MAX_DEPTH }
    }

    fn read(&mut self) -> Result<Field<'a>, WireError> {
        let start = self.at;
        let (number, wire_type) = self.key()?;
        let mut varint = 0;
        let mut bytes: &[u8] = &[];
        match wire_type {
            WireType::Varint => varint = self.varint()?,
            WireType::LengthDelimited => bytes = self.delimited()?,
            _ => self.skip(number, wire_type, self.depth)?,
        }
        let raw = &self.message[start..self.at];
        let bytes_at = self.base + self.at - bytes.len();
        Ok(Field { number, raw, wire_type, varint, bytes, at: self.base + start, bytes_at, depth: self.depth })
    }

    fn skip(&mut self, number: u32, wire_type: WireType, depth: u32) -> Result<(), WireError> {
        if depth == 0 {
            return Err(self.error(Problem::TooDeep));
        }
        match wire_type {
            WireType::Varint => self.varint().map(drop),
            WireType::SixtyFourBit => self.take(8).map(drop),
            WireType::LengthDelimited => self.delimited().map(drop),
            WireType::StartGroup => self.skip_group(number, depth),
            WireType::EndGroup => Err(self.error(Problem::UnexpectedGroupEnd)),
            WireType::ThirtyTwoBit => self.take(4).map(drop),
        }
    }

    fn skip_group(&mut self, number: u32, depth: u32) -> Result<(), WireError> {
        loop {
            match self.key()? {
                (inner, WireType::EndGroup) if inner == number => return Ok(()),
                (inner, wire_type) => self.skip(inner, wire_type, depth - 1)?,
            }
        }
    }

    fn key(&mut self) -> Result<(u32, WireType), WireError> {
        let at = self.base + self.at;
        let problem = |problem| WireError { at, problem };
        let key = self.varint()?;
        let key = u32::try_from(key).map_err(|_| problem(Problem::InvalidKey))?;
        let wire_type = match key & 7 {
            0 => WireType::Varint,
            1 => WireType::SixtyFourBit,
            2 => WireType::LengthDelimited,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::ThirtyTwoBit,
            other => return Err(problem(Problem::InvalidWireType(other as u8))),
        };
        if key >> 3 == 0 { Err(problem(Problem::FieldZero)) } else { Ok((key >> 3, wire_type)) }
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let rest = &self.message[self.at..];
        let mut value = 0;
        for (index, byte) in rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                // The tenth byte holds the 64th bit alone.
                if index == 9 && *byte > 1 {
                    break;
                }
                self.at += index + 1;
                return Ok(value);
            }
        }
        Err(self.error(if rest.len() < 10 { Problem::Truncated } else { Problem::InvalidVarint }))
    }

    fn delimited(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.varint()?;
        usize::try_from(length).map_err(|_| self.error(Problem::Truncated)).and_then(|length| self.take(length))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let taken = self.message[self.at..].get(..length).ok_or_else(|| self.error(Problem::Truncated))?;
        self.at += length;
        Ok(taken)
    }

    fn error(&self, problem: Problem) -> WireError {
        WireError { at: self.base + self.at, problem }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.message.len() {
            return None;
        }
        let field = self.read();
        if field.is_err() {
            self.at = self.message.len();
        }
        Some(field)
    }
}

impl<'a> Field<'a> {
    /// The value of a field that is a varint; `name` is for the error.
    pub fn varint(&self, name: &'static str) -> Result<u64, WireError> {
        self.expect(WireType::Varint, name)?;
        Ok(self.varint)
    }

    /// The value of a field that is text.
    pub fn text(&self, name: &'static str) -> Result<&'a str, WireError> {
        let bytes = self.bytes(name)?;
        std::str::from_utf8(bytes)
            .map_err(|error| WireError { at: self.bytes_at + error.valid_up_to(), problem: Problem::NotUtf8 { field: name } })
    }

    /// The bytes of a field that is a message.
    pub fn bytes(&self, name: &'static str) -> Result<&'a [u8], WireError> {
        self.expect(WireType::LengthDelimited, name)?;
        Ok(self.bytes)
    }

    /// The fields of a field that is a message.
    pub fn fields(&self, name: &'static str) -> Result<Fields<'a>, WireError> {
        let message = self.bytes(name)?;
        Ok(Fields { message, at: 0, base: self.bytes_at, depth: self.depth - 1 })
    }

    pub fn is_repeated(&self, name: &'static str) -> WireError {
        WireError { at: self.at, problem: Problem::Repeated { field: name } }
    }

    fn expect(&self, expected: WireType, field: &'static str) -> Result<(), WireError> {
        let found = self.wire_type;
        if found == expected {
            return Ok(());
        }
        Err(WireError { at: self.at, problem: Problem::WrongWireType { field, expected, found } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(message: &[u8]) -> (usize, Problem) {
        let error = Fields::of(message).find_map(Result::err).unwrap();
        (error.at, error.problem)
    }

    #[test]
    fn a_fault_is_named_with_its_place() {
        assert_eq!(problem(b"\x08\x01\x12\x05ab"), (4, Problem::Truncated));
        assert_eq!(problem(b"\x08\x01\x08\x80"), (3, Problem::Truncated));
        assert_eq!(problem(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), (1, Problem::InvalidVarint));
        assert_eq!(problem(b"\x80\x80\x80\x80\x10"), (0, Problem::InvalidKey));
        assert_eq!(problem(b"\x08\x01\x02\x00"), (2, Problem::FieldZero));
        assert_eq!(problem(b"\x0f"), (0, Problem::InvalidWireType(7)));
        assert_eq!(problem(b"\x0c"), (1, Problem::UnexpectedGroupEnd));
        assert_eq!(problem(b"\x0b\x14"), (2, Problem::UnexpectedGroupEnd));
        assert_eq!(problem(&[0x0b; 200]), (101, Problem::TooDeep));
    }

    #[test]
    fn nothing_is_read_after_a_fault() {
        assert_eq!(Fields::of(b"\x0c\x08\x01").count(), 1);
    }

    #[test]
    fn a_field_is_given_with_the_bytes_it_came_in() {
        let message = b"\x08\x01\x13\x0a\x01x\x14\x1d\x01\x02\x03\x04\x21\x01\x02\x03\x04\x05\x06\x07\x08";
        let raw: Vec<_> = Fields::of(message).map(|field| field.unwrap().raw).collect();
        assert_eq!(raw, [&message[..2], &message[2..7], &message[7..12], &message[12..]]);
    }
}
