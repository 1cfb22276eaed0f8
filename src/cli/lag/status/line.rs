//! A line of the screen: pieces with a style, as wide as a terminal shows them.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What a style says is always said by a word as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Plain,
    Strong,
    Faint,
    Bad,
    Doubtful,
    Good,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    text: String,
    style: Style,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<Piece>);

impl Piece {
    /// What would move the cursor, end the line or change colours is written as an escape.
    pub fn new(text: &str, style: Style) -> Self {
        let mut visible = String::with_capacity(text.len());
        for letter in text.chars() {
            if letter.is_control() { visible.extend(letter.escape_default()) } else { visible.push(letter) }
        }
        Self { text: visible, style }
    }

    pub fn width(&self) -> usize {
        self.text.width()
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Self::new(&text, Style::Plain)
    }
}

impl From<&str> for Piece {
    fn from(text: &str) -> Self {
        Self::new(text, Style::Plain)
    }
}

impl Line {
    pub fn of(piece: impl Into<Piece>) -> Self {
        Self(vec![piece.into()])
    }

    pub fn push(&mut self, piece: impl Into<Piece>) {
        self.0.push(piece.into());
    }

    pub fn width(&self) -> usize {
        self.0.iter().map(Piece::width).sum()
    }

    /// As a terminal takes it, at most `columns` wide, without the line's end.
    pub fn render(&self, columns: usize, colors: bool) -> String {
        let mut out = String::new();
        let mut left = columns;
        let too_wide = self.width() > columns;
        for (number, piece) in self.0.iter().enumerate() {
            let rest: usize = self.0[number..].iter().map(Piece::width).sum();
            let text = if rest > left { cut(&piece.text, left, too_wide && rest > piece.width()) } else { piece.text.clone() };
            left = left.saturating_sub(text.width());
            let text = if number + 1 == self.0.len() { text.trim_end() } else { &text };
            match piece.style.code().filter(|_| colors && !text.is_empty()) {
                Some(code) => out.push_str(&format!("\x1b[{code}m{text}\x1b[0m")),
                None => out.push_str(text),
            }
        }
        out.trim_end().to_owned()
    }
}

impl Style {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Faint => Some("2"),
            Self::Bad => Some("1;31"),
            Self::Doubtful => Some("33"),
            Self::Good => Some("32"),
        }
    }
}

/// At most so many columns, the last of them `…` where something is left out or `more` follows that has no room.
fn cut(text: &str, columns: usize, more: bool) -> String {
    if text.width() + usize::from(more) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if kept.width() + letter.width().unwrap_or(0) + 1 > columns {
            break;
        }
        kept.push(letter);
    }
    if columns > 0 && !text.is_empty() { kept + "…" } else { kept }
}

/// Text cut to so many columns, and filled up to them on the side that stays free.
pub fn fit(text: &str, columns: usize, right: bool) -> String {
    let text = cut(text, columns, false);
    let gap = " ".repeat(columns.saturating_sub(text.width()));
    if right { gap + &text } else { text + &gap }
}

/// Facts beside each other, and on the next line where there is no room: after the label, further lines below the first fact.
pub fn flow(label: &str, facts: Vec<Vec<Piece>>, columns: usize) -> Vec<Line> {
    const GAP: usize = 3;
    let mut lines: Vec<Line> = Vec::new();
    for fact in facts.into_iter().filter(|fact| !fact.is_empty()) {
        let width: usize = fact.iter().map(Piece::width).sum();
        match lines.last_mut() {
            Some(line) if line.width() + GAP + width <= columns => line.push(" ".repeat(GAP)),
            None => lines.push(Line::of(label)),
            _ => lines.push(Line::of(" ".repeat(label.width()))),
        }
        if let Some(line) = lines.last_mut() {
            fact.into_iter().for_each(|piece| line.push(piece));
        }
    }
    lines
}

/// Words of a text on as many lines as it takes, all indented alike.
pub fn paragraph(label: Piece, text: &str, columns: usize) -> Vec<Line> {
    let indent = label.width();
    let mut lines = vec![Line::of(label)];
    for word in text.split_whitespace() {
        let word = Piece::from(word);
        match lines.last_mut() {
            Some(line) if line.width() == indent => line.push(word),
            Some(line) if line.width() + 1 + word.width() <= columns => {
                line.push(" ");
                line.push(word);
            }
            _ => {
                let mut line = Line::of(" ".repeat(indent));
                line.push(word);
                lines.push(line);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_the_columns_that_it_takes_and_never_inside_a_letter() {
        assert_eq!(fit("größe", 8, false), "größe   ");
        assert_eq!(fit("größe", 4, true), "grö…");
        assert_eq!(fit("消費者グループ", 7, false), "消費者…");
        assert_eq!(fit("消費者グループ", 6, false), "消費… ");
        assert_eq!(fit("a", 0, false), "");
    }

    #[test]
    fn a_line_is_never_wider_than_the_screen_and_says_where_it_is_cut() {
        let mut line = Line::of(Piece::new("STALLED", Style::Bad));
        line.push("  partition 17");
        assert_eq!(line.render(80, false), "STALLED  partition 17");
        assert_eq!(line.render(12, false), "STALLED  pa…");
        assert_eq!(line.render(7, false), "STALLE…");
        assert_eq!(line.render(80, true), "\x1b[1;31mSTALLED\x1b[0m  partition 17");
        assert_eq!(Line::of("\x1b[2J\n").render(80, false), "\\u{1b}[2J\\n");
    }

    #[test]
    fn facts_that_have_no_room_go_on_below_the_first() {
        let facts = || vec![vec!["age 3s".into()], vec!["lag 5".into()], Vec::new(), vec!["in 1/s".into()]];
        let told = |columns| flow("  now  ", facts(), columns).iter().map(|line| line.render(columns, false)).collect::<Vec<_>>();
        assert_eq!(told(80), ["  now  age 3s   lag 5   in 1/s"]);
        assert_eq!(told(22), ["  now  age 3s   lag 5", "       in 1/s"]);
        let words: Vec<String> = paragraph("  why ".into(), "one two three", 11).iter().map(|line| line.render(11, false)).collect();
        assert_eq!(words, ["  why one", "      two", "      three"]);
    }
}
