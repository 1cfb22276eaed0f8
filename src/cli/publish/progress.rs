//! How far a publish is, for somebody who looks on.

use std::io::{Write, stderr};
use std::time::{Duration, Instant};

/// Counts, and says so on a terminal.
#[derive(Debug)]
pub struct Progress {
    pub published: u64,
    pub failed: u64,
    is_shown: bool,
    started: Instant,
    shown: Option<Instant>,
}

impl Progress {
    const EVERY: Duration = Duration::from_millis(200);

    pub fn new(is_shown: bool) -> Self {
        Self { published: 0, failed: 0, is_shown, started: Instant::now(), shown: None }
    }

    /// Writes over the line before, now and then.
    pub fn show(&mut self) {
        if self.is_shown && self.shown.is_none_or(|shown| shown.elapsed() >= Self::EVERY) {
            self.shown = Some(Instant::now());
            self.write("");
        }
    }

    /// Makes room for another line on the terminal.
    pub fn clear(&mut self) {
        if self.is_shown && self.shown.take().is_some() {
            let _nobody_looks_on = write!(stderr(), "\r\x1b[K");
        }
    }

    pub fn finish(&self) {
        if self.is_shown {
            self.write("\n");
        }
    }

    fn write(&self, end: &str) {
        let took = self.started.elapsed().as_secs_f64();
        let _nobody_looks_on = write!(stderr(), "\r\x1b[K{} published, {} failed, {took:.1} s{end}", self.published, self.failed);
    }
}
