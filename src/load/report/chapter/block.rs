//! What stands in a chapter.

use super::Table;
use crate::load::report::document::Outcome;

#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Verdict { outcome: Outcome, exit_code: u8, why: String },
    Text(String),
    Warning(String),
    Table(Table),
    List(Vec<String>),
    Command(String),
}
