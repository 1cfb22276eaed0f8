//! The rows of a file, one after another.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use zstd::stream::read::Decoder;

use super::error::RawError;
use super::row::{ROW_BYTES, Row};
use super::trailer::Trailer;

/// The longest first line.
const LONGEST_HEADER: u64 = 4_096;

/// Gives every row to `take` as it comes, then reads the trailer, to the end of the file and its checksum.
///
/// # Errors
/// Where it can not be read, or is not as it was written.
pub fn pass(path: &Path, take: impl FnMut(Row)) -> Result<Trailer, RawError> {
    Rows::open(path)?.pass(take)
}

/// An open file; no more of it is in memory than a block.
struct Rows {
    path: PathBuf,
    input: BufReader<Decoder<'static, BufReader<File>>>,
    passed: u64,
}

#[derive(Deserialize)]
struct Header {
    schema: String,
    row_bytes: usize,
}

impl Rows {
    fn open(path: &Path) -> Result<Self, RawError> {
        let failed = |source| RawError::Read { path: path.to_owned(), source };
        let decoder = Decoder::new(File::open(path).map_err(failed)?).map_err(failed)?;
        let mut rows = Self { path: path.to_owned(), input: BufReader::new(decoder), passed: 0 };
        rows.header().map_err(|why| RawError::Format { path: path.to_owned(), why })?;
        Ok(rows)
    }

    fn header(&mut self) -> Result<(), String> {
        let mut line = Vec::new();
        self.input.by_ref().take(LONGEST_HEADER).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        let header: Header = serde_json::from_slice(&line).map_err(|error| format!("its first line: {error}"))?;
        match (header.schema.as_str(), header.row_bytes) {
            (super::SCHEMA, ROW_BYTES) => Ok(()),
            (schema, bytes) => Err(format!("it is {schema:?} with rows of {bytes} bytes")),
        }
    }

    fn pass(mut self, mut take: impl FnMut(Row)) -> Result<Trailer, RawError> {
        loop {
            match self.next()? {
                Row::End { rows, trailer_bytes } if rows == self.passed => return self.trailer(trailer_bytes),
                Row::End { rows, .. } => return Err(self.damaged(format!("it says that it has {rows} rows"))),
                row => {
                    take(row);
                    self.passed += 1;
                }
            }
        }
    }

    fn next(&mut self) -> Result<Row, RawError> {
        let mut bytes = [0; ROW_BYTES];
        self.input.read_exact(&mut bytes).map_err(|error| self.unreadable(&error))?;
        Row::decode(&bytes).map_err(|why| self.damaged(why))
    }

    fn trailer(mut self, bytes: u64) -> Result<Trailer, RawError> {
        let mut text = Vec::new();
        self.input.by_ref().take(bytes).read_to_end(&mut text).map_err(|error| self.unreadable(&error))?;
        let mut rest = Vec::new();
        self.input.by_ref().take(1).read_to_end(&mut rest).map_err(|error| self.unreadable(&error))?;
        if !rest.is_empty() {
            return Err(self.damaged("something follows the trailer".to_owned()));
        }
        serde_json::from_slice(&text).map_err(|error| self.damaged(format!("its trailer: {error}")))
    }

    fn unreadable(&self, error: &io::Error) -> RawError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it ends there".to_owned()),
            _ => self.damaged(error.to_string()),
        }
    }

    fn damaged(&self, why: String) -> RawError {
        RawError::Damaged { path: self.path.clone(), row: self.passed, why }
    }
}
