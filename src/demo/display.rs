//! Where the figures go: a page that refreshes, or a line now and then.

use std::io::{self, IsTerminal, Write};

use rustix::termios::tcgetwinsize;
use tokio::time::{Duration, Instant};

use super::error::DemoError;
use super::figures::Figures;
use super::line::line;
use super::page::{Screen, page};

const LINE_EVERY: Duration = Duration::from_secs(5);

/// The cursor comes back when this is dropped.
#[derive(Debug)]
pub struct Display {
    /// Standard output is a terminal that can be written all over.
    is_terminal: bool,
    colors: bool,
    /// The page has taken the screen.
    has_screen: bool,
    last_line: Option<Instant>,
}

impl Display {
    pub fn new() -> Self {
        let set = |variable| std::env::var_os(variable).filter(|value| !value.is_empty());
        let is_terminal = io::stdout().is_terminal() && set("TERM").is_none_or(|term| term != "dumb");
        Self { is_terminal, colors: is_terminal && set("NO_COLOR").is_none(), has_screen: false, last_line: None }
    }

    /// Says one thing, below the page if there is one.
    ///
    /// # Errors
    /// Where nobody reads it any more.
    pub fn say(&mut self, text: &str) -> Result<(), DemoError> {
        write(&format!("{text}\n"))
    }

    /// # Errors
    /// Where nobody reads it any more.
    pub fn show(&mut self, figures: &Figures) -> Result<(), DemoError> {
        if self.is_terminal { self.show_page(figures) } else { self.show_line(figures) }
    }

    fn show_page(&mut self, figures: &Figures) -> Result<(), DemoError> {
        let screen = self.screen();
        let mut text = String::new();
        if !self.has_screen {
            // What stands on the screen moves up out of it, and is not overwritten.
            text.push_str(&"\n".repeat(screen.rows));
            text.push_str("\x1b[?25l");
            self.has_screen = true;
        }
        text.push_str("\x1b[H");
        for line in page(figures, &screen).lines() {
            text.push_str(line);
            text.push_str("\x1b[K\r\n");
        }
        text.push_str("\x1b[J");
        write(&text)
    }

    fn show_line(&mut self, figures: &Figures) -> Result<(), DemoError> {
        if self.last_line.is_some_and(|last| last.elapsed() < LINE_EVERY) {
            return Ok(());
        }
        let first = self.last_line.is_none();
        self.last_line = Some(Instant::now());
        // The first second has no figures yet.
        if first { Ok(()) } else { self.say(&line(figures)) }
    }

    fn screen(&self) -> Screen {
        let size = tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
        let (columns, rows) = size.map_or((80, 24), |size| (usize::from(size.ws_col), usize::from(size.ws_row)));
        // The last row stays free: a line end in it would move the page.
        Screen { columns, rows: rows.saturating_sub(1).max(1), colors: self.colors }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if self.has_screen {
            // Nobody is left to tell.
            let _ = write("\x1b[?25h");
        }
    }
}

fn write(text: &str) -> Result<(), DemoError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(DemoError::Output)
}
