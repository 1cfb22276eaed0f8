//! The page, read as a browser would.

use super::*;

/// Tags in their order, each with what stands between its brackets; asserts that every one is closed where it should be.
fn tags(page: &str) -> Vec<&str> {
    const VOID: [&str; 6] = ["!doctype", "meta", "path", "rect", "circle", "br"];
    let style = page.find("<style>").unwrap()..page.find("</style>").unwrap();
    assert!(!page[style.start + 7..style.end].contains('<'));
    let mut open = Vec::new();
    let mut tags = Vec::new();
    for (at, _) in page.match_indices('<') {
        let inner = page[at + 1..].split('>').next().unwrap();
        assert!(!inner.contains('<'), "{inner}");
        let name = inner.trim_end_matches('/').split_whitespace().next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{}", &page[at.saturating_sub(200)..at]),
            None if VOID.contains(&name) => {}
            None => open.push(name),
        }
        tags.push(inner);
    }
    assert_eq!(open, Vec::<&str>::new());
    tags
}

/// Every text that is no word of the schema, with markup behind it.
fn hostile(value: &mut Value) {
    const WORDS: [&str; 5] = ["mode", "model", "outcome", "mark", "schema"];
    match value {
        Value::String(text) => text.push_str("</title><script>alert(1)</script>\" onload=\"alert(2)' x='&\u{0}\u{202e}`|"),
        Value::Array(elements) => elements.iter_mut().for_each(hostile),
        Value::Object(members) => {
            members.iter_mut().filter(|(name, _)| !WORDS.contains(&name.as_str())).for_each(|(_, member)| hostile(member))
        }
        _ => {}
    }
}

#[test]
fn no_name_becomes_markup() {
    let mut value: Value = serde_json::from_str(&json(&rich())).unwrap();
    hostile(&mut value);
    let page = html(&serde_json::from_value(value).unwrap());
    assert!(page.contains("&lt;script&gt;alert(1)"), "the hostile names are told");
    const KNOWN: [&str; 38] = [
        "!doctype",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "section",
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "li",
        "pre",
        "code",
        "div",
        "dl",
        "dt",
        "dd",
        "span",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "text",
    ];
    for tag in tags(&page) {
        let name = tag.trim_start_matches('/').split_whitespace().next().unwrap();
        assert!(KNOWN.contains(&name), "{tag}");
        // Attributes begin after every second quotation mark.
        let outside: String = tag.split('"').step_by(2).collect();
        assert!(!outside.contains(" on") && !outside.contains('\''), "{tag}");
    }
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let page = html(&rich());
    assert!(!["<script", "<link", "src=", "href=", "url(", "@import", "http://", "https://"].iter().any(|outside| page.contains(outside)));
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn every_question_of_a_reader_has_its_picture() {
    let page = html(&rich());
    for title in [
        "Percentiles",
        "Throughput",
        "Latency of delivered over time",
        "Lag and outstanding",
        "Slip and hiccups of the load host",
        "D2 .. D5 of delivered by host",
        "Drift of the median of delivered",
        "Where the time goes: p50",
        "Where the time goes: p99",
        "Memory",
        "Processors",
        "Capacity: p99.99 at each rate",
        "Backlog",
        "Consumed and ingested",
    ] {
        assert!(page.contains(&format!("<h3>{title}</h3>")), "{title}");
    }
    let empty = html(&Report::default());
    assert!(!empty.contains("<figure>"), "of nothing nothing is drawn");
    tags(&empty);
    tags(&html(&one()));
}

#[test]
fn a_page_stays_small_enough_to_be_sent() {
    let mut report = rich();
    report.series = (0..43_200).map(|second| Second { at_s: f64::from(second), ..report.series[second as usize % 800].clone() }).collect();
    let page = html(&report);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

/// To be looked at: SHASTA_WRITE_SCREENS=1 writes it beside the other temporary files.
#[test]
fn the_page_is_written_for_eyes() {
    for (name, report) in [("rich", rich()), ("one", one()), ("empty", Report::default())] {
        let page = html(&report);
        if std::env::var_os("SHASTA_WRITE_SCREENS").is_some() {
            std::fs::write(std::env::temp_dir().join(format!("shasta-load-{name}.html")), &page).unwrap();
        }
        assert!(page.ends_with("</html>\n"));
    }
}
