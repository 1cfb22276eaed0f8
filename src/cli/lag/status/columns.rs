//! A table on a screen that may be too narrow for it: columns give way one after the other, lines are never broken.

use unicode_width::UnicodeWidthStr as _;

use super::line::{Line, Piece, Style, fit};

const GAP: usize = 2;
/// Less than this says nothing.
const LEAST: usize = 8;

/// How a column is shown.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    /// Numbers stand at the right.
    pub right: bool,
    /// The lowest rank gives way first; the last column, whose text is free, takes what is left.
    pub rank: u8,
    /// What is wider is cut.
    pub widest: usize,
}

/// A row: a cell for each column, and the style of one of them.
#[derive(Clone, Debug)]
pub struct Row {
    pub cells: Vec<String>,
    pub styled: (usize, Style),
}

/// Lines with the names above them. Columns in which nothing stands are left out.
pub fn table(columns: &[Column], rows: &[Row], screen: usize) -> Vec<Line> {
    let mut widths: Vec<usize> = (0..columns.len()).map(|number| width(columns, rows, number)).collect();
    let mut shown: Vec<usize> = (0..columns.len()).filter(|number| has_content(rows, *number)).collect();
    let last = columns.len() - 1;
    let needed = |shown: &[usize]| shown.iter().filter(|number| **number != last).map(|number| widths[*number] + GAP).sum::<usize>();
    while needed(&shown) > screen + GAP
        && let Some(weakest) = shown.iter().copied().filter(|number| *number != last).min_by_key(|number| columns[*number].rank)
    {
        shown.retain(|number| *number != weakest);
    }
    let left = screen.saturating_sub(needed(&shown));
    if left < widths[last].min(LEAST) {
        shown.retain(|number| *number != last);
    }
    widths[last] = widths[last].min(left);
    let head = Row { cells: columns.iter().map(|column| column.name.to_owned()).collect(), styled: (0, Style::Plain) };
    std::iter::once(&head).chain(rows).enumerate().map(|(number, row)| line(columns, &widths, &shown, row, number == 0)).collect()
}

fn line(columns: &[Column], widths: &[usize], shown: &[usize], row: &Row, is_head: bool) -> Line {
    let mut line = Line::default();
    for (position, number) in shown.iter().copied().enumerate() {
        if position > 0 {
            line.push(" ".repeat(GAP));
        }
        let style = match row.styled {
            _ if is_head => Style::Strong,
            (styled, style) if styled == number => style,
            _ => Style::Plain,
        };
        let text = Piece::new(&row.cells[number], style);
        let fitted = fit(text.text(), widths[number], columns[number].right);
        line.push(Piece::new(&fitted, style));
    }
    line
}

fn has_content(rows: &[Row], number: usize) -> bool {
    rows.iter().any(|row| !row.cells[number].is_empty())
}

fn width(columns: &[Column], rows: &[Row], number: usize) -> usize {
    let cells = rows.iter().map(|row| Piece::new(&row.cells[number], Style::Plain).width());
    let widest = cells.max().unwrap_or(0).min(columns[number].widest);
    widest.max(columns[number].name.width())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column { name: "PART", right: true, rank: 9, widest: 9 },
        Column { name: "OWNER", right: false, rank: 1, widest: 10 },
        Column { name: "LAG", right: true, rank: 5, widest: 20 },
        Column { name: "NOTE", right: false, rank: 0, widest: 80 },
    ];

    fn rows(note: &str) -> Vec<Row> {
        let row = |cells: [&str; 4]| Row { cells: cells.map(str::to_owned).to_vec(), styled: (0, Style::Plain) };
        vec![row(["17", "w3-ip-10-0-0-17", "650,140", note]), row(["3", "w1", "1", ""])]
    }

    fn shown(screen: usize, note: &str) -> Vec<String> {
        table(&COLUMNS, &rows(note), screen).iter().map(|line| line.render(screen, false)).collect()
    }

    #[test]
    fn columns_give_way_by_rank_and_the_note_is_cut() {
        let wide = ["PART  OWNER           LAG  NOTE", "  17  w3-ip-10-…  650,140  poison?", "   3  w1                1"];
        assert_eq!(shown(80, "poison?"), wide);
        assert_eq!(shown(36, "poison? 3 owners")[1], "  17  w3-ip-10-…  650,140  poison? …");
        assert_eq!(shown(27, "poison? 3 owners")[1], "  17  w3-ip-10-…  650,140");
        assert_eq!(shown(20, "poison?"), ["PART      LAG", "  17  650,140", "   3        1"]);
        assert_eq!(shown(5, "poison?"), ["PART", "  17", "   3"]);
        assert_eq!(shown(80, "")[0], "PART  OWNER           LAG", "no empty column");
    }
}
