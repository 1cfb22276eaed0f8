//! One file that can be sent to a colleague: no script, no network, light and dark, on paper.
//!
//! | part | is |
//! |---|---|
//! | `head` | the verdict and the figures that one asks for first |
//! | `block` | words and tables |
//! | `figure` | the pictures, each of one question |
//! | `chart` | how a picture is drawn |
//! | `escape` | text that can not become markup |

mod block;
mod chart;
mod escape;
mod figure;
mod head;

use super::Report;
use super::chapter::{Chapter, Detail, chapters};
use escape::escaped;

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub fn html(report: &Report) -> String {
    let title = escaped(&head::title(report));
    let sections: String = chapters(report, Detail::Full).iter().map(|chapter| section(report, chapter)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n{}<main>\n{sections}</main>\n</body>\n</html>\n",
        head::html(report)
    )
}

fn section(report: &Report, chapter: &Chapter) -> String {
    let charts: String = figure::charts(report, chapter.kind).iter().map(chart::Chart::html).collect();
    let charts = if charts.is_empty() { charts } else { format!("<div class=\"charts\">\n{charts}</div>\n") };
    let blocks = block::all(&chapter.blocks);
    if charts.is_empty() && blocks.is_empty() {
        return String::new();
    }
    format!("<section>\n<h2>{}</h2>\n{charts}{blocks}</section>\n", chapter.kind.title())
}
