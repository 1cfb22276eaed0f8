//! Words and tables of a chapter.

use super::escape::escaped;
use crate::load::report::chapter::{Block, Cell, Column, Table, Tone};

/// Tables that follow each other stand beside each other where there is room.
pub fn all(blocks: &[Block]) -> String {
    let is_table = |block: &Block| matches!(block, Block::Table(_));
    let groups = blocks.chunk_by(|left, right| is_table(left) && is_table(right));
    let group = |blocks: &[Block]| {
        let inner: String = blocks.iter().map(html).collect();
        if blocks.len() > 1 { format!("<div class=\"tables\">\n{inner}</div>\n") } else { inner }
    };
    groups.map(group).collect()
}

fn html(block: &Block) -> String {
    match block {
        // Stands at the top of the page.
        Block::Verdict { .. } => String::new(),
        Block::Text(text) => format!("<p>{}</p>\n", escaped(text)),
        Block::Warning(text) => format!("<p class=\"warning\">{}</p>\n", escaped(text)),
        Block::List(lines) => format!("<ul>{}</ul>\n", lines.iter().map(|line| format!("<li>{}</li>", escaped(line))).collect::<String>()),
        Block::Command(command) => format!("<pre><code>{}</code></pre>\n", escaped(command)),
        Block::Table(table) => self::table(table),
    }
}

/// With more columns than a narrow screen has room for; exchanged with so few rows it fits.
const BROAD: usize = 7;
const FEW: usize = 5;

fn table(table: &Table) -> String {
    match table.columns.len() >= BROAD && table.rows.len() <= FEW {
        true => framed(table, " broad") + &framed(&table.exchanged(), " slim"),
        false => framed(table, ""),
    }
}

/// Can be pushed aside on a screen that is too narrow for it, by keys as well.
fn framed(table: &Table, class: &str) -> String {
    let head: String = table.columns.iter().map(|column| format!("<th{}>{}</th>", side(column), escaped(&column.name))).collect();
    let rows: String = table.rows.iter().map(|cells| format!("<tr>{}</tr>\n", row(table, cells))).collect();
    let name = table.columns.first().map_or(String::new(), |column| escaped(&column.name));
    let wordy = if table.columns.last().is_some_and(|column| !column.right) { " class=\"wordy\"" } else { "" };
    format!(
        "<div class=\"table{class}\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\"><table{wordy}><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n"
    )
}

fn row(table: &Table, cells: &[Cell]) -> String {
    table.columns.iter().zip(cells).map(|(column, cell)| format!("<td{}>{}</td>", side(column), toned(cell))).collect()
}

fn side(column: &Column) -> &'static str {
    if column.right { " class=\"number\"" } else { "" }
}

fn toned(cell: &Cell) -> String {
    let text = escaped(&cell.text);
    match cell.tone {
        Tone::Plain => text,
        Tone::Good => format!("<span class=\"good\">{text}</span>"),
        Tone::Warn => format!("<span class=\"warn\">{text}</span>"),
        Tone::Bad => format!("<span class=\"bad\">{text}</span>"),
    }
}
