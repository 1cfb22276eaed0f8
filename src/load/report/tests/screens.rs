//! Whole screens, to be read before they are believed.

use std::path::Path;

use unicode_width::UnicodeWidthStr as _;

use super::*;

/// Is the text of the file; SHASTA_WRITE_SCREENS=1 writes it.
fn is_as_written(name: &str, text: &str) {
    let file = Path::new("src/load/report/tests/golden").join(name);
    if std::env::var_os("SHASTA_WRITE_SCREENS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, expected, "{name}:\n{text}");
}

fn compared() -> Comparison {
    let rounded = |number: f64| (number * 1_000.0).round() / 1_000.0;
    let row = |stage: &str, quantile, a_us: f64, b_us: f64, mark, regression| Compared {
        stage: stage.into(),
        quantile,
        a_us: Some(a_us),
        b_us: Some(b_us),
        ratio: Some(rounded(b_us / a_us)),
        low: Some(rounded(b_us / a_us * 0.93)),
        high: (mark == Mark::Sound).then_some(rounded(b_us / a_us * 1.08)),
        mark,
        regression,
    };
    let side = |name: &str, commit: &str| Side {
        name: name.into(),
        commit: Some(commit.into()),
        started_at: "2026-11-21T22:10:04Z".into(),
        host: "bench-1".into(),
    };
    Comparison {
        schema: COMPARISON_SCHEMA.into(),
        a: side("monday.json", "008eb19"),
        b: side("tuesday.json", "36874b7"),
        differences: vec![Difference { setting: "linger".into(), a: "0 ms".into(), b: "5 ms".into() }],
        rows: vec![
            row("delivered", 0.5, 3_400.0, 3_380.0, Mark::Sound, false),
            row("delivered", 0.9999, 41_000.0, 97_000.0, Mark::Sound, true),
            row("delivered", 0.99999, 120_000.0, 140_000.0, Mark::Weak, false),
        ],
        regression: true,
        exit_code: 99,
        why: "p99.99 of delivered is 2.366 times that of A (95 %: 2.200 .. 2.555).".into(),
    }
}

#[test]
fn a_small_run_is_told_as_written() {
    is_as_written("small.md", &markdown(&small()));
    is_as_written("small-80.txt", &terminal(&small(), 80, false));
    is_as_written("small-120.txt", &terminal(&small(), 120, false));
}

#[test]
fn every_section_is_told_as_written() {
    is_as_written("rich.md", &markdown(&rich()));
    is_as_written("rich-160.txt", &terminal(&rich(), 160, false));
}

#[test]
fn a_comparison_is_told_as_written() {
    is_as_written("comparison.md", &comparison_markdown(&compared()));
    is_as_written("comparison-100.txt", &comparison_terminal(&compared(), 100, false));
    assert_eq!(serde_json::from_str::<Comparison>(&comparison_json(&compared())).unwrap(), compared());
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let hostile = {
        let mut report = rich();
        report.left_behind[0].name = "漢字".repeat(90);
        report
    };
    for columns in 1..200 {
        let told = terminal(&hostile, columns, false);
        assert!(told.lines().all(|line| line.width() <= columns), "{columns} columns:\n{told}");
    }
}

#[test]
fn colours_say_nothing_that_words_do_not() {
    let mut plain = String::new();
    let mut escape = false;
    for character in terminal(&rich(), 120, true).chars() {
        match character {
            '\x1b' => escape = true,
            'm' if escape => escape = false,
            _ if !escape => plain.push(character),
            _ => {}
        }
    }
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&plain), lines(&terminal(&rich(), 120, false)));
}
