//! A run that goes on, for whoever waits.

use std::io::{IsTerminal, Write, stderr};

use crate::load::run::Progress;

/// On a terminal one line that is written over; else a line each 10 s.
#[derive(Debug)]
pub struct Display {
    is_terminal: bool,
    /// Before each line, such as the step of a search.
    label: String,
}

impl Display {
    pub fn new(label: &str) -> Self {
        Self { is_terminal: stderr().is_terminal(), label: label.to_owned() }
    }

    pub fn show(&self, progress: &Progress) {
        let is_due = self.is_terminal || (progress.at_s as u64).is_multiple_of(10);
        if !is_due {
            return;
        }
        let (begin, end) = if self.is_terminal { ("\r\x1b[K", "") } else { ("", "\n") };
        // Nobody is left to tell where standard error is closed.
        let _ = write!(stderr(), "{begin}{}{}{end}", self.label, line(progress)).and_then(|()| stderr().flush());
    }

    /// Leaves the line as it is, for what comes below.
    pub fn end(&self) {
        if self.is_terminal {
            let _ = writeln!(stderr());
        }
    }
}

fn line(progress: &Progress) -> String {
    let ms = |ms: Option<f64>| ms.map_or("-".to_owned(), |ms| format!("{ms:.1} ms"));
    let left = progress.left_s.map_or("-".to_owned(), |left| format!("{left:.0} s left"));
    let dropped = if progress.dropped > 0 { format!("  not sent {}", progress.dropped) } else { String::new() };
    let phase = if progress.is_warm_up { "warm-up " } else { "" };
    format!(
        "{:>5.0} s {phase}sent {:.0}/s of {:.0}/s  p99 {}  p99.99 {}  slip max {:.1} ms  lag {}  failed {}{dropped}  {left}",
        progress.at_s,
        progress.sent_per_s,
        progress.offered_per_s,
        ms(progress.p99_ms),
        ms(progress.p9999_ms),
        progress.slip_max_ms,
        progress.lag,
        progress.failed,
    )
}
