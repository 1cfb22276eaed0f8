//! What is on the screen while it is watched, and what keys do to it.

use super::client::Past;
use super::clock::Clock;
use super::found::Found;
use super::keys::Key;
use super::line::{Line, Piece, Style};
use super::rows::{Sort, Which};
use super::screen::{Look, Page};
use super::sparkline::Memory;

const HELP: &str = "q quit  s sort  p bad/all  arrows, PageUp/Down";

#[derive(Debug)]
pub struct Frame {
    look: Look,
    found: Option<Found>,
    failed: Option<String>,
    memory: Memory,
    /// The first line that is shown of those below the head.
    first: usize,
    /// How many there were.
    lines: usize,
}

impl Frame {
    pub fn new(look: Look) -> Self {
        let which = Some(look.which.unwrap_or(Which::Bad));
        Self { look: Look { which, ..look }, found: None, failed: None, memory: Memory::default(), first: 0, lines: 0 }
    }

    /// What a look gave, with what the watcher remembers of each group from before.
    pub fn take(&mut self, found: Found, past: Vec<Vec<Past>>) {
        found.document.groups.iter().zip(past).for_each(|(watched, past)| self.memory.begin(&watched.view, past));
        self.memory.take(&found.document);
        (self.found, self.failed) = (Some(found), None);
    }

    /// What was seen last stays, with its age.
    pub fn fail(&mut self, why: String) {
        self.failed = Some(why);
    }

    /// Whether it goes on.
    pub fn press(&mut self, key: Key, rows: usize) -> bool {
        let page = rows.saturating_sub(4).max(1) as isize;
        let by = |lines: isize| self.first.saturating_add_signed(lines);
        match key {
            Key::Quit => return false,
            Key::Sort => self.look.sort = self.look.sort.next(),
            Key::Partitions => self.look.which = Some(if self.look.which == Some(Which::All) { Which::Bad } else { Which::All }),
            Key::Scroll(lines) => self.first = by(lines),
            Key::Page(pages) => self.first = by(pages * page),
            Key::First => self.first = 0,
            Key::Last => self.first = usize::MAX,
        }
        true
    }

    /// As many lines as there are rows.
    pub fn draw(&mut self, columns: usize, rows: usize, clock: &Clock) -> Vec<String> {
        self.look.columns = columns;
        let (head, below) = self.lines(clock);
        let room = rows.saturating_sub(head.len() + 1);
        self.lines = below.len();
        self.first = self.first.min(self.lines.saturating_sub(room));
        let shown = below.iter().skip(self.first).take(room);
        let mut lines: Vec<String> = head.iter().chain(shown).map(|line| line.render(columns, self.look.colors)).collect();
        lines.truncate(rows.saturating_sub(1));
        lines.resize(rows.saturating_sub(1), String::new());
        lines.push(self.foot(room).render(columns, self.look.colors));
        lines
    }

    fn lines(&self, clock: &Clock) -> (Vec<Line>, Vec<Line>) {
        let failed = self.failed.as_ref().map(|failed| Line::of(Piece::new(failed, Style::Bad)));
        let Some(found) = &self.found else {
            return (failed.into_iter().collect(), vec![Line::of("looking ..")]);
        };
        let page = Page { found, clock, look: &self.look };
        let head = page.head().into_iter().chain(failed).collect();
        let mut below = Vec::new();
        for watched in page.groups() {
            below.push(Line::default());
            below.extend(page.group(watched, self.memory.lines(&watched.view, self.look.columns)));
        }
        (head, below)
    }

    fn foot(&self, room: usize) -> Line {
        let which = if self.look.which == Some(Which::All) { "all" } else { "bad" };
        let mut foot = Line::of(Piece::new(HELP, Style::Faint));
        foot.push(format!("   by {}, {which}", self.look.sort.name()));
        let hidden = self.lines.saturating_sub(room);
        if hidden > 0 {
            foot.push(format!("   lines {}..{} of {}", self.first + 1, (self.first + room).min(self.lines), self.lines));
        }
        foot
    }
}

impl Sort {
    const fn next(self) -> Self {
        match self {
            Self::Age => Self::Lag,
            Self::Lag => Self::Eta,
            Self::Eta => Self::Expires,
            Self::Expires => Self::Partition,
            Self::Partition => Self::Age,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Lag => "lag",
            Self::Eta => "eta",
            Self::Expires => "expires",
            Self::Partition => "partition",
        }
    }
}
