//! A table for people, whose rows come over time.

use std::fmt::Write as _;

/// A cell that is longer moves the rest of its row only.
const WIDEST: usize = 40;

/// Columns with a name, each as wide as what was seen in it.
#[derive(Debug)]
pub struct Table {
    names: Vec<&'static str>,
    widths: Vec<usize>,
    is_begun: bool,
}

impl Table {
    pub fn new(names: Vec<&'static str>) -> Self {
        Self { widths: vec![0; names.len()], names, is_begun: false }
    }

    /// The next rows, the first of all below the columns' names, each on a line of at most `screen` characters. Where a column was narrower
    /// before, what was printed stays as it is.
    pub fn rows(&mut self, rows: Vec<Vec<String>>, screen: Option<usize>) -> String {
        let begins = !std::mem::replace(&mut self.is_begun, true);
        let head = begins.then(|| self.names.iter().map(|name| (*name).to_owned()).collect());
        let rows: Vec<Vec<String>> = head.into_iter().chain(rows).map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
        for row in &rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count().min(WIDEST));
            }
        }
        let mut out = String::new();
        for row in &rows {
            // Writing to a String can not fail.
            let _ = writeln!(out, "{}", cut(&self.line(row), screen));
        }
        out
    }

    fn line(&self, row: &[String]) -> String {
        let cells = row.iter().zip(&self.widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// What would move the cursor, end the line or change colours is written as an escape.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() { out.extend(letter.escape_default()) } else { out.push(letter) }
    }
    out
}

fn cut(line: &str, screen: Option<usize>) -> String {
    match screen {
        Some(columns) if line.chars().count() > columns => line.chars().take(columns.saturating_sub(1)).chain(['…']).collect(),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; 3]) -> Vec<Vec<String>> {
        vec![cells.map(str::to_owned).to_vec()]
    }

    #[test]
    fn columns_are_as_wide_as_what_was_seen_in_them() {
        let mut table = Table::new(vec!["name", "n", "data"]);
        let first = [row(["light/1", "10s", "{}"]), row(["ü", "-", ""])].concat();
        assert_eq!(table.rows(first, None), "name     n    data\nlight/1  10s  {}\nü        -\n");
        let long = "x".repeat(50);
        assert_eq!(table.rows(row([&long, "-", "1"]), None), format!("{long}  -    1\n"));
        assert_eq!(table.rows(row(["a", "-", "1"]), None), format!("{:<40}  -    1\n", "a"));
    }

    #[test]
    fn a_row_is_cut_and_can_not_write_all_over_the_screen() {
        let mut table = Table::new(vec!["name", "n", "data"]);
        assert_eq!(table.rows(Vec::new(), Some(80)), "name  n  data\n");
        assert_eq!(table.rows(row(["\x1b[2J", "\n", "\u{9b}1m"]), Some(80)), "\\u{1b}[2J  \\n  \\u{9b}1m\n");
        assert_eq!(table.rows(row(["a", "b", "some text"]), Some(17)), "a          b   s…\n");
    }
}
