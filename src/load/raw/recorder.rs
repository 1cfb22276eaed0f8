//! Writes the rows on a thread of its own: neither a slow disk nor a full one may disturb what is measured.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use zstd::stream::write::Encoder;

use super::error::RawError;
use super::row::{ROW_BYTES, Row};
use super::trailer::Trailer;

/// Batches that may wait for the disk: one comes each tenth of a second.
const WAITING: usize = 100;
/// Fast: the CPU is the generator's.
const LEVEL: i32 = 1;

type Output = Encoder<'static, BufWriter<File>>;

/// Owns the file until it is whole; until then it has another name.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    /// `None`: the disk was too slow.
    batches: Option<SyncSender<Vec<Row>>>,
    thread: JoinHandle<io::Result<(Output, u64)>>,
}

impl Recorder {
    /// Makes the file and begins it.
    ///
    /// # Errors
    /// [`RawError::Write`]
    pub fn create(path: &Path) -> Result<Self, RawError> {
        let failed = |source| RawError::Write { path: path.to_owned(), source };
        let output = begin(&unfinished(path)).map_err(failed)?;
        let (batches, waiting) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("load-events".to_owned()).spawn(move || write_rows(output, &waiting)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), batches: Some(batches), thread })
    }

    /// Takes the next rows and never waits: where the disk can not follow, the events are given up.
    pub fn keep(&mut self, rows: Vec<Row>) {
        // A writer that has gone says why at the end.
        let overrun = self.batches.as_ref().is_some_and(|batches| matches!(batches.try_send(rows), Err(TrySendError::Full(_))));
        if overrun {
            self.batches = None;
        }
    }

    /// Writes the rest and the trailer, and gives the file its name. Returns its rows.
    ///
    /// # Errors
    /// [`RawError::Write`] and [`RawError::TooSlow`]; nothing is left of the file then.
    pub fn finish(self, trailer: &Trailer) -> Result<u64, RawError> {
        let unfinished = unfinished(&self.path);
        let was_too_slow = self.batches.is_none();
        drop(self.batches);
        let written = self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the writing thread panicked")));
        let done = written.and_then(|(output, rows)| if was_too_slow { Ok(rows) } else { end(output, rows, trailer) });
        let named = match done {
            Ok(_) if was_too_slow => Err(RawError::TooSlow { path: self.path.clone() }),
            Ok(rows) => fs::rename(&unfinished, &self.path).map(|()| rows).map_err(|source| RawError::Write { path: self.path, source }),
            Err(source) => Err(RawError::Write { path: self.path, source }),
        };
        if named.is_err() {
            // It may not even be there.
            let _ = fs::remove_file(&unfinished);
        }
        named
    }
}

fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("zst.partial")
}

fn begin(path: &Path) -> io::Result<Output> {
    let mut output = Encoder::new(BufWriter::new(File::create(path)?), LEVEL)?;
    output.include_checksum(true)?;
    writeln!(output, "{}", serde_json::json!({ "schema": super::SCHEMA, "row_bytes": ROW_BYTES }))?;
    Ok(output)
}

/// Until nobody sends any more.
fn write_rows(mut output: Output, batches: &Receiver<Vec<Row>>) -> io::Result<(Output, u64)> {
    let mut rows = 0;
    for batch in batches {
        for row in &batch {
            output.write_all(&row.encode())?;
        }
        rows += batch.len() as u64;
    }
    Ok((output, rows))
}

fn end(mut output: Output, rows: u64, trailer: &Trailer) -> io::Result<u64> {
    let mut text = serde_json::to_vec(trailer)?;
    text.push(b'\n');
    output.write_all(&Row::End { rows, trailer_bytes: text.len() as u64 }.encode())?;
    output.write_all(&text)?;
    let file = output.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(rows)
}
