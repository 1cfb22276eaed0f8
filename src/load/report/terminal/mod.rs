//! What stands on the screen when a run ends.
//!
//! | part | is |
//! |---|---|
//! | `ink` | colours, which say nothing that words do not |
//! | `grid` | a table in so many columns, or beneath each other where it does not fit |
//! | `wrap` | text broken between words |

mod grid;
mod ink;
mod wrap;

use super::chapter::{Block, Chapter, Detail, Tone, chapters, comparison as comparison_chapter};
use super::document::Outcome;
use super::plain::plain;
use super::{Comparison, Report};
use ink::Ink;
use wrap::wrapped;

/// No line is wider than `columns`. The verdict comes last, where the eye is when a run ends.
pub fn terminal(report: &Report, columns: usize, colour: bool) -> String {
    let mut chapters = chapters(report, Detail::Brief);
    chapters.rotate_left(1);
    told(&chapters, columns, colour)
}

pub fn comparison_terminal(comparison: &Comparison, columns: usize, colour: bool) -> String {
    told(&[comparison_chapter(comparison)], columns, colour)
}

fn told(chapters: &[Chapter], columns: usize, colour: bool) -> String {
    let columns = columns.max(1);
    let ink = Ink { colour };
    let mut lines = Vec::new();
    for chapter in chapters {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(wrapped(chapter.kind.title(), columns).into_iter().map(|line| ink.bold(&line)));
        for (index, block) in chapter.blocks.iter().enumerate() {
            let is_table =
                |index: Option<usize>| index.and_then(|index| chapter.blocks.get(index)).is_some_and(|one| matches!(one, Block::Table(_)));
            if is_table(Some(index)) && is_table(index.checked_sub(1)) {
                lines.push(String::new());
            }
            lines.extend(self::block(block, columns, ink));
        }
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn block(block: &Block, columns: usize, ink: Ink) -> Vec<String> {
    let toned = |text: &str, tone: Tone| wrapped(&plain(text), columns).into_iter().map(|line| ink.toned(&line, tone)).collect();
    match block {
        Block::Verdict { outcome, exit_code, why } => toned(&format!("{} (exit {exit_code}): {why}", outcome.as_str()), tone(*outcome)),
        Block::Text(text) | Block::Command(text) => toned(text, Tone::Plain),
        Block::Warning(text) => toned(text, Tone::Bad),
        Block::List(lines) => lines.iter().flat_map(|line| wrapped(&format!("- {}", plain(line)), columns)).collect(),
        Block::Table(table) => grid::lines(table, columns, ink),
    }
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Pass => Tone::Good,
        Outcome::Fail => Tone::Bad,
        Outcome::Inconclusive => Tone::Warn,
    }
}
