//! What a report tells in words and tables, the same for every form of it.
//!
//! | part | tells |
//! |---|---|
//! | `verdict` | whether the objective held, and why |
//! | `capacity`, `backpressure`, `catchup` | what a run of that mode was for |
//! | `latency`, `tails` | how long events took, D2 .. D5 |
//! | `accounts` | what became of every event |
//! | `generator`, `clocks` | how far the figures can be believed |
//! | `ran`, `left_behind` | what ran where, and what it did not take away |
//! | `comparison` | two runs beside each other |
//! | `kind`, `block`, `table`, `marks` | what a chapter is made of |

mod accounts;
mod backpressure;
mod block;
mod capacity;
mod catchup;
mod clocks;
mod comparison;
mod generator;
mod kind;
mod latency;
mod left_behind;
mod marks;
mod ran;
mod table;
mod tails;
mod verdict;

use super::Report;
use marks::{MARKS, has_marks, marked, marked_text};

pub use block::Block;
pub use comparison::comparison;
pub use kind::Kind;
pub use table::{Cell, Column, Table, Tone};
pub use tails::REFERENCE_MS;

/// A heading and what is under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter {
    pub kind: Kind,
    pub blocks: Vec<Block>,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What fits a screen at the end of a run.
    Brief,
    Full,
}

impl Chapter {
    fn new(kind: Kind) -> Self {
        Self { kind, blocks: Vec::new() }
    }

    fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    fn warning(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Warning(text.into()));
    }

    fn list(&mut self, lines: Vec<String>) {
        if !lines.is_empty() {
            self.blocks.push(Block::List(lines));
        }
    }

    fn table(&mut self, table: Table) {
        if !table.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }
}

/// Those that have something to tell, the verdict first.
pub fn chapters(report: &Report, detail: Detail) -> Vec<Chapter> {
    let all = [
        verdict::chapter(report, detail),
        capacity::chapter(report),
        backpressure::chapter(report),
        catchup::chapter(report),
        latency::chapter(report, detail),
        tails::chapter(report, detail),
        Chapter::new(Kind::Time),
        accounts::chapter(report, detail),
        generator::chapter(report, detail),
        clocks::chapter(report, detail),
        ran::chapter(report, detail),
        left_behind::chapter(report),
        notes(report),
    ];
    let drawn = |chapter: &Chapter| chapter.kind == Kind::Time && detail == Detail::Full && !report.series.is_empty();
    all.into_iter().filter(|chapter| !chapter.blocks.is_empty() || drawn(chapter)).collect()
}

fn notes(report: &Report) -> Chapter {
    let mut chapter = Chapter::new(Kind::Notes);
    chapter.list(report.notes.clone());
    chapter
}
