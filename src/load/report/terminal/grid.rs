//! A table on a screen.

use unicode_width::UnicodeWidthStr as _;

use super::ink::Ink;
use super::wrap::wrapped;
use crate::load::report::chapter::{Cell, Table};
use crate::load::report::plain::plain;

const GAP: usize = 2;
/// Words beside numbers need at least this much to be read.
const LEAST_WORDS: usize = 24;

/// Beside each other where that fits, with the words of the last column broken if need be; else with rows and columns exchanged; else each row
/// beneath its first cell.
pub fn lines(table: &Table, columns: usize, ink: Ink) -> Vec<String> {
    let mut widths = widths(table);
    let needed = needed(&widths);
    let is_words = table.columns.last().is_some_and(|column| !column.right);
    let Some(last) = widths.last_mut() else { return Vec::new() };
    let left = (*last + columns).saturating_sub(needed);
    if needed > columns && is_words && left >= LEAST_WORDS {
        *last = left;
        return beside(table, &widths, ink);
    }
    let exchanged = table.exchanged();
    let exchanged_widths = self::widths(&exchanged);
    match (needed <= columns, self::needed(&exchanged_widths) <= columns) {
        (true, _) => beside(table, &widths, ink),
        (false, true) => beside(&exchanged, &exchanged_widths, ink),
        (false, false) => beneath(table, columns, ink),
    }
}

fn widths(table: &Table) -> Vec<usize> {
    (0..table.columns.len()).map(|column| width(table, column)).collect()
}

fn needed(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn width(table: &Table, column: usize) -> usize {
    let cells = table.rows.iter().filter_map(|row| row.get(column)).map(|cell| plain(&cell.text).width());
    let name = table.columns.get(column).map(|column| plain(&column.name).width());
    cells.chain(name).max().unwrap_or(0)
}

fn beside(table: &Table, widths: &[usize], ink: Ink) -> Vec<String> {
    let head: Vec<Cell> = table.columns.iter().map(|column| Cell::from(column.name.as_str())).collect();
    let mut lines: Vec<String> = row(table, &head, widths, Ink { colour: false }).iter().map(|line| ink.faint(line.trim_end())).collect();
    lines.extend(table.rows.iter().flat_map(|cells| row(table, cells, widths, ink)));
    lines
}

/// More than one line where the words of the last cell are broken.
fn row(table: &Table, cells: &[Cell], widths: &[usize], ink: Ink) -> Vec<String> {
    let wraps: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| wrapped(&plain(&cell.text), *width)).collect();
    let height = wraps.iter().map(Vec::len).max().unwrap_or(0);
    (0..height).map(|index| line(table, cells, &wraps, widths, index, ink)).collect()
}

fn line(table: &Table, cells: &[Cell], wraps: &[Vec<String>], widths: &[usize], index: usize, ink: Ink) -> String {
    let parts = table.columns.iter().zip(cells).zip(wraps).zip(widths).map(|(((column, cell), wrap), width)| {
        let text = wrap.get(index).map_or("", String::as_str);
        let room = " ".repeat(width.saturating_sub(text.width()));
        let toned = ink.toned(text, cell.tone);
        if column.right { room + &toned } else { toned + &room }
    });
    parts.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
}

fn beneath(table: &Table, columns: usize, ink: Ink) -> Vec<String> {
    let mut lines = Vec::new();
    for cells in &table.rows {
        let pairs = table.columns.iter().zip(cells).filter(|(_, cell)| !cell.text.is_empty());
        for (index, (column, cell)) in pairs.enumerate() {
            let indent = if index > 0 && columns > LEAST_WORDS { "  " } else { "" };
            let text = format!("{}: {}", column.name, plain(&cell.text));
            lines.extend(wrapped(&text, columns - indent.len()).iter().map(|line| format!("{indent}{}", ink.toned(line, cell.tone))));
        }
    }
    lines
}
