//! For a README or a pull request; legible unrendered as well.

use unicode_width::UnicodeWidthStr as _;

use super::chapter::{Block, Chapter, Detail, Table, chapters, comparison as comparison_chapter};
use super::document::Outcome;
use super::plain::plain;
use super::{Comparison, Report};

/// All chapters, the verdict first.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("# shasta load {}\n", report.ran.mode.as_str());
    chapters(report, Detail::Full).iter().for_each(|chapter| write(&mut text, chapter));
    text
}

pub fn comparison_markdown(comparison: &Comparison) -> String {
    let mut text = "# shasta load compare\n".to_owned();
    write(&mut text, &comparison_chapter(comparison));
    text
}

fn write(text: &mut String, chapter: &Chapter) {
    if chapter.blocks.is_empty() {
        return;
    }
    text.push_str(&format!("\n## {}\n", chapter.kind.title()));
    for block in &chapter.blocks {
        text.push('\n');
        text.push_str(&self::block(block));
    }
}

fn block(block: &Block) -> String {
    match block {
        Block::Verdict { outcome, exit_code, why } => verdict(*outcome, *exit_code, why),
        Block::Text(text) => format!("{}\n", escaped(text)),
        Block::Warning(text) => format!("**{}**\n", escaped(text)),
        Block::List(lines) => lines.iter().map(|line| format!("- {}\n", escaped(line))).collect(),
        Block::Command(command) => fenced(command),
        Block::Table(table) => self::table(table),
    }
}

fn verdict(outcome: Outcome, exit_code: u8, why: &str) -> String {
    format!("**{}** (exit {exit_code}). {}\n", outcome.as_str(), escaped(why))
}

/// A fence longer than any run of back-ticks inside.
fn fenced(command: &str) -> String {
    let command = plain(command);
    let longest = command.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}sh\n{command}\n{fence}\n")
}

fn table(table: &Table) -> String {
    let head: Vec<String> = table.columns.iter().map(|column| escaped(&column.name)).collect();
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(|cell| escaped(&cell.text)).collect()).collect();
    let widths: Vec<usize> = (0..head.len()).map(|column| width(&head, &rows, column)).collect();
    let rule = table.columns.iter().zip(&widths).map(|(column, width)| rule(column.right, *width)).collect::<Vec<_>>();
    let mut text = line(table, &head, &widths) + &format!("|{}|\n", rule.join("|"));
    rows.iter().for_each(|row| text.push_str(&line(table, row, &widths)));
    text
}

fn width(head: &[String], rows: &[Vec<String>], column: usize) -> usize {
    rows.iter().map(Vec::as_slice).chain([head]).filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
}

fn rule(right: bool, width: usize) -> String {
    if right { format!("{}:", "-".repeat(width + 1)) } else { "-".repeat(width + 2) }
}

fn line(table: &Table, cells: &[String], widths: &[usize]) -> String {
    let padded = table.columns.iter().zip(cells).zip(widths).map(|((column, cell), width)| {
        let room = " ".repeat(width.saturating_sub(cell.width()));
        if column.right { format!(" {room}{cell} ") } else { format!(" {cell}{room} ") }
    });
    format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
}

/// Nothing in it is markup. An underscore within a word and a `<` before a space or a number are none, and stay legible.
fn escaped(text: &str) -> String {
    let text: Vec<char> = plain(text).chars().collect();
    let is_word = |index: Option<usize>| index.and_then(|index| text.get(index)).is_some_and(|character| character.is_alphanumeric());
    let mut safe = String::with_capacity(text.len());
    for (index, character) in text.iter().enumerate() {
        let next = text.get(index + 1);
        let is_markup = match character {
            '_' => !(is_word(index.checked_sub(1)) && is_word(Some(index + 1))),
            '<' => !next.is_some_and(|next| matches!(next, ' ' | '=' | '0'..='9')),
            other => matches!(other, '\\' | '`' | '*' | '[' | ']' | '|' | '&' | '~' | '#' | '$'),
        };
        if is_markup {
            safe.push('\\');
        }
        safe.push(*character);
    }
    safe
}
