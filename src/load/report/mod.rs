//! What a capacity test found, as plain data, and the ways to show it. Nothing here measures or judges: a figure that is wrong was wrong before.
//!
//! | part | is |
//! |---|---|
//! | `document` | [`Report`] and [`Comparison`], the JSON that a run leaves behind |
//! | `chapter` | what is told in words and tables, the same for every form |
//! | `json`, `markdown`, `terminal`, `html` | the forms, each a pure function of the report |
//! | `hlog` | histograms of intervals, for the tools of HdrHistogram |
//! | `number`, `plain` | how numbers and the text of others are told |

mod chapter;
mod document;
mod hlog;
mod html;
mod json;
mod markdown;
mod number;
mod plain;
mod terminal;
#[cfg(test)]
mod tests;

pub use document::*;
pub use hlog::{HlogError, IntervalRecorder};
pub use html::html;
pub use json::{comparison_json, comparison_schema, json, schema};
pub use markdown::{comparison_markdown, markdown};
pub use terminal::{comparison_terminal, terminal};
