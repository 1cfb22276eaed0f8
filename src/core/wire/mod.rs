//! Protocol Buffers on the per-event path: borrowed views of the bytes that came, and encoders that write from parts, so that an
//! event is read without a copy and written without a tree of owned messages. The tests hold both to prost.
//!
//! - [`TagDataRef`], [`IdentifierRef`]: an event and a key as published; [`EnvelopeRef`]: a snapshot's field.
//! - [`encode_delta`]: a stream entry; [`encode_envelope_head`]: an envelope up to the id that only Redis knows.
//! - [`put_varint`], [`put_text`] and their like: what those are made of.

mod delta;
mod encode;
mod envelope;
mod error;
mod field;
mod tag_data;

pub use delta::{DeltaChange, encode_delta};
pub use encode::{put_bytes, put_tag, put_text, put_uint, put_varint, varint_len};
pub use envelope::{EnvelopeRef, decode_envelope, encode_envelope_head};
pub use error::{Problem, WireError};
pub use field::WireType;
pub use tag_data::{IdentifierRef, TagDataRef};
