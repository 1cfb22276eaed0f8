//! A table before anyone has decided how it looks.

#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    /// Numbers stand to the right.
    pub right: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub text: String,
    pub tone: Tone,
}

/// How it is coloured, where there are colours; the words say it as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Warn,
    Bad,
}

impl Table {
    /// Column names; those that begin with `>` are of numbers and stand to the right.
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|name| Column::new(name)).collect(), rows: Vec::new() }
    }

    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Rows as columns: the first cell of each is its name.
    pub fn exchanged(&self) -> Self {
        let names = self.rows.iter().map(|row| row.first().map_or("", |cell| &cell.text));
        let mut columns = vec![Column { name: self.columns.first().map_or(String::new(), |column| column.name.clone()), right: false }];
        columns.extend(names.map(|name| Column { name: name.to_owned(), right: true }));
        let mut exchanged = Self { columns, rows: Vec::new() };
        for (index, column) in self.columns.iter().enumerate().skip(1) {
            let cells = self.rows.iter().map(|row| row.get(index).cloned().unwrap_or_else(|| "".into()));
            exchanged.row([Cell::from(column.name.as_str())].into_iter().chain(cells));
        }
        exchanged
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Column {
    fn new(name: &str) -> Self {
        Self { name: name.trim_start_matches('>').to_owned(), right: name.starts_with('>') }
    }
}

impl Cell {
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}
