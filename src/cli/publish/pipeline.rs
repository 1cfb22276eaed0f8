//! Records on their way: many at once, each channel's in the order of the lines, every one accounted for.

use std::collections::VecDeque;
use std::io::{self, Write, stderr, stdout};

use tokio::sync::mpsc::Receiver;

use crate::publish::{Acknowledgement, PublishError, Published, Publisher};

use super::event::LineReader;
use super::failed::Failed;
use super::lines::Line;
use super::progress::Progress;
use crate::cli::{Exit, Failure};

/// Records that wait for an acknowledgement, and the bytes of their lines.
const RECORDS: usize = 1_000;
const BYTES: usize = 16 << 20;

/// Takes lines and brings them to the topic.
#[derive(Debug)]
pub struct Pipeline {
    publisher: Publisher,
    reader: LineReader,
    progress: Progress,
    prints_offsets: bool,
    waiting: VecDeque<Waiting>,
    bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    line: Vec<u8>,
    acknowledgement: Acknowledgement,
}

impl Pipeline {
    pub fn new(publisher: Publisher, reader: LineReader, progress: Progress, prints_offsets: bool) -> Self {
        Self { publisher, reader, progress, prints_offsets, waiting: VecDeque::new(), bytes: 0 }
    }

    /// Publishes until the lines end, or Ctrl-C; what is on its way then is waited for.
    pub async fn run(mut self, mut lines: Receiver<io::Result<Line>>) -> Result<(), Failure> {
        let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
        let ended = loop {
            let is_full = self.waiting.len() >= RECORDS || self.bytes >= BYTES;
            tokio::select! {
                line = lines.recv(), if !is_full => match line {
                    Some(Ok(line)) => self.take(line).await,
                    Some(Err(error)) => break Err(Failure::failed(format!("standard input: {error}"))),
                    None => break Ok(()),
                },
                outcome = oldest(&mut self.waiting) => self.finish(outcome),
                _ = &mut interrupted => break Err(Failure::failed("interrupted: what follows was not published")),
            }
            self.progress.show();
        };
        while !self.waiting.is_empty() {
            let outcome = oldest(&mut self.waiting).await;
            self.finish(outcome);
            self.progress.show();
        }
        self.progress.finish();
        ended?;
        // Each was told on its own line.
        if self.progress.failed > 0 { Err(Failure::new(Exit::Failed, "")) } else { Ok(()) }
    }

    async fn take(&mut self, Line { number, text }: Line) {
        let Some(line) = text else {
            let limit = self.reader.longest_line();
            return self.fail(&Failed::too_long(number, limit));
        };
        let record = match self.reader.read(&line) {
            Ok(record) => record,
            Err(invalid) => return self.fail(&Failed::invalid(number, &line, &invalid)),
        };
        match self.publisher.enqueue(record).await {
            Ok(acknowledgement) => {
                self.bytes += line.len();
                self.waiting.push_back(Waiting { number, line, acknowledgement });
            }
            Err(error) => self.fail(&Failed::refused(number, &line, &error)),
        }
    }

    /// Of the oldest record: what is said comes in the order of the lines.
    fn finish(&mut self, outcome: Result<Published, PublishError>) {
        let Some(Waiting { number, line, .. }) = self.waiting.pop_front() else { return };
        self.bytes -= line.len();
        match outcome {
            Ok(published) => self.succeed(&published),
            Err(error) => self.fail(&Failed::refused(number, &line, &error)),
        }
    }

    fn succeed(&mut self, Published { partition, offset, .. }: &Published) {
        self.progress.published += 1;
        if self.prints_offsets {
            self.progress.clear();
            // Who reads them may have seen enough; the records go on.
            self.prints_offsets = writeln!(stdout(), r#"{{"partition":{partition},"offset":{offset}}}"#).is_ok();
        }
    }

    fn fail(&mut self, failed: &Failed<'_>) {
        self.progress.failed += 1;
        self.progress.clear();
        // Text, numbers and JSON that was read can be written; the exit code tells where standard error is closed.
        let line = serde_json::to_string(failed).unwrap_or_default();
        let _closed = writeln!(stderr(), "{line}");
    }
}

/// What became of the oldest record; never returns while there is none. Cancel-safe.
async fn oldest(waiting: &mut VecDeque<Waiting>) -> Result<Published, PublishError> {
    match waiting.front_mut() {
        Some(oldest) => (&mut oldest.acknowledgement).await,
        None => std::future::pending().await,
    }
}
