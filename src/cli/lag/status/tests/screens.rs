use std::path::Path;

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr as _;

use crate::core::lag::{Kind, Severity};
use crate::watch::document::{ClusterDocument, Document, Window};

use super::super::clock::{By, Clock};
use super::super::found::Found;
use super::super::health::Health;
use super::super::plain;
use super::super::rows::{Sort, Which};
use super::super::screen::{Look, Page};
use super::two_days::{HOUR, document};

const LOOK: Look = Look { columns: 120, colors: false, which: None, sort: Sort::Age, by: None };

fn found(document: &Document) -> Found {
    Found { document: document.clone(), by: "http://w1:9465 (w1, 1.8.2)".into(), sampled_s: None, text: None }
}

fn text(document: &Document, look: Look) -> String {
    let found = found(document);
    Page { found: &found, clock: &clock(document), look: &look }.text()
}

fn clock(document: &Document) -> Clock {
    Clock::at(document.at + 1.0, TimeZone::fixed(jiff::tz::offset(1)))
}

/// Is the text of the file; SHASTA_WRITE_SCREENS=1 writes it, to be read before it is believed.
fn is_as_written(name: &str, text: &str) {
    let file = Path::new("src/cli/lag/status/tests/golden").join(name);
    if std::env::var_os("SHASTA_WRITE_SCREENS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, expected, "{name}:\n{text}");
}

#[test]
fn the_two_days_are_told_at_every_width_and_no_line_is_wider_than_the_screen() {
    let moments = [("well", 5.5), ("stopped", 6.1), ("two-days-later", 53.9), ("drains", 54.4), ("poison", 56.0)];
    for (name, hours) in moments {
        let document = document(hours);
        for columns in [80, 120, 160] {
            let told = text(&document, Look { columns, ..LOOK });
            assert!(told.lines().all(|line| line.width() <= columns), "{told}");
            is_as_written(&format!("{name}-{columns}.txt"), &told);
        }
        for columns in 1..200 {
            let told = text(&document, Look { columns, which: Some(Which::All), ..LOOK });
            assert!(told.lines().all(|line| line.width() <= columns), "{columns} columns:\n{told}");
        }
    }
}

#[test]
fn colours_say_nothing_that_words_do_not() {
    let document = document(56.0);
    let colored = text(&document, Look { colors: true, ..LOOK });
    is_as_written("poison-120-colours.txt", &colored);
    let mut bare = colored;
    for code in ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[33m", "\x1b[32m"] {
        bare = bare.replace(code, "");
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&bare), trimmed(&text(&document, LOOK)));
    assert!(bare.contains("SLOW_DRAIN") || bare.contains("STALLED"));
}

#[test]
fn partitions_are_sorted_and_the_ten_worst_shown_unless_more_are_asked_for() {
    let mut document = document(56.0);
    let view = &mut document.groups[0].view;
    let one = view.partitions[1].clone();
    view.partitions = (0..256)
        .map(|number| {
            let mut partition = one.clone();
            (partition.partition, partition.age_s, partition.lag) = (number, Some(1_000.0 + number as f64), Some(5_000 - number as i64));
            (partition.ttl_s, partition.eta_s) = (Some(1e6 - number as f64), (number != 7).then_some(number as f64));
            partition
        })
        .collect();
    let numbers = |look: Look| -> Vec<usize> {
        let told = text(&document, look);
        let rows = told.lines().skip_while(|line| !line.starts_with("PART")).skip(1);
        rows.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
    };
    assert_eq!(numbers(LOOK), (246..256).rev().collect::<Vec<_>>());
    assert!(text(&document, LOOK).ends_with("      and 246 more: --partitions bad\n"));
    let all = |sort| numbers(Look { which: Some(Which::All), sort, ..LOOK });
    let first = [Sort::Lag, Sort::Age, Sort::Partition, Sort::Eta, Sort::Expires].map(|sort| (all(sort).len(), all(sort)[0], all(sort)[1]));
    assert_eq!(first, [(256, 0, 1), (256, 255, 254), (256, 0, 1), (256, 7, 255), (256, 255, 254)]);
}

#[test]
fn what_is_not_known_is_a_dash_and_old_figures_say_that_they_are_old() {
    let mut document = document(5.5);
    document.clusters.push(ClusterDocument {
        name: "prod".into(),
        last_success: None,
        error: Some("timed out".into()),
        throttle_ms: Some(250),
    });
    let read_at = document.groups[0].view.read_at.unwrap();
    document.groups[0].view = super::two_days::group(5.5).view(read_at + 600.0);
    document.at = read_at + 600.0;
    let told = text(&document, Look { which: Some(Which::All), ..LOOK });
    for words in [
        "(prod)   state -   members -",
        "read 10m 1s ago: OLD",
        "age -   lag -   in -   out -   out/in -",
        "members -",
        "CLUSTER  prod  never read: timed out   brokers hold answers back by 250 ms",
    ] {
        assert!(told.contains(words), "{words:?} in\n{told}");
    }
    let figures = told.lines().skip_while(|line| !line.starts_with("PART")).skip(1).flat_map(|line| line.split_whitespace().skip(1));
    assert!(figures.clone().count() > 0 && figures.clone().all(|figure| figure == "-"), "{told}");
    let mut later = document.clone();
    later.at -= 100.0;
    let found = Found { document: later.clone(), by: "w".into(), sampled_s: None, text: None };
    let head = Page { found: &found, clock: &clock(&document), look: &LOOK }.text();
    assert!(head.contains("w, 1m 41s old: OLD"), "{head}");
}

#[test]
fn the_rate_that_is_needed_is_that_of_the_longest_time_that_still_is_in_time() {
    let document = document(56.0);
    let by = |text_of: &str| {
        let told = text(&document, Look { columns: 160, by: Some(By::parse(text_of).unwrap()), ..LOOK });
        told.split("to finish by ").nth(1).map(|rest| rest.split(" you need").next().unwrap().to_owned())
    };
    // It is 09:00 there.
    assert_eq!(by("14:00").as_deref(), Some("13:00 (in 4h)"));
    assert_eq!(by("17:00").as_deref(), Some("17:00 (in 8h)"));
    assert_eq!(by("30m"), None, "nothing is invented");
}

#[test]
fn what_people_said_and_what_to_do_stands_beside_it() {
    let mut document = document(56.0);
    let told = text(&document, Look { columns: 160, ..LOOK });
    let offset = document.groups[0].view.partitions[3].committed.unwrap();
    assert!(told.contains(&format!("  next shasta lag peek tag-data/3@{offset} --cluster prod\n")), "{told}");
    assert!(told.contains("[acknowledged by ada at "), "{told}");
    document.groups[0].maintenance = Some(Window {
        cluster: None,
        group: "shasta-tags".into(),
        began: document.at,
        until: document.at + HOUR,
        reason: "\x1b[2Jmigration".into(),
        by: "bob".into(),
    });
    document.groups[0].view.group = "o'brien's".into();
    document.groups[0].view.clock_suspect = true;
    let told = text(&document, Look { columns: 160, ..LOOK });
    assert!(told.contains("note maintenance until 10:00 by bob: \\u{1b}[2Jmigration"), "{told}");
    assert!(told.contains("shasta lag explain --group 'o'\\''brien'\\''s'") && told.contains("do not agree"), "{told}");
}

#[test]
fn the_exit_code_is_that_of_the_worst_group() {
    let health = |document: &Document| Health::of(&found(document));
    let [well, stopped] = [5.5, 6.1].map(document);
    assert_eq!([&well, &stopped].map(health), [Health::Well, Health::Page]);
    let mut both = well.clone();
    both.groups.extend(stopped.groups.clone());
    assert_eq!(health(&both), Health::Page);
    let mut unread = well.clone();
    unread.groups[0].view.state = Some(Kind::Unknown);
    unread.groups[0].view.severity = Severity::Page;
    assert_eq!(health(&unread), Health::Unknown, "to be blind is not to know");
    unread.groups.extend(stopped.groups);
    assert_eq!(health(&unread), Health::Page);
    let mut warns = well.clone();
    (warns.groups[0].view.state, warns.groups[0].view.severity) = (Some(Kind::FallingBehind), Severity::Warn);
    assert_eq!(health(&warns), Health::Warning);
    assert_eq!(health(&Document { groups: Vec::new(), ..well.clone() }), Health::Unknown);
    let mut sampled = Found { sampled_s: Some(30.0), ..found(&well) };
    assert_eq!(Health::of(&sampled), Health::Well);
    sampled.document.groups[0].view.age_s = Some(1_000.0);
    assert_eq!(Health::of(&sampled), Health::Unknown, "seconds do not tell what a trouble is");
}

#[test]
fn own_samples_say_that_they_are_and_know_no_state() {
    let document = document(5.5);
    let sampled = Found { sampled_s: Some(30.0), by: "own samples (no watcher)".into(), ..found(&document) };
    let look = Look { which: Some(Which::All), ..LOOK };
    let told = Page { found: &sampled, clock: &clock(&document), look: &look }.text();
    assert!(told.contains("(prod)   state -   members 4") && !told.contains("  ok  "), "{told}");
    assert_eq!(told.matches("  in time  ").count(), 4, "{told}");
    assert!(told.contains("own samples (no watcher)") && told.contains("  note own samples of 30s only: "), "{told}");
}

#[test]
fn a_sample_is_a_line_where_there_is_no_screen() {
    let document = document(54.4);
    let found = Found { document: document.clone(), by: String::new(), sampled_s: None, text: None };
    let page = Page { found: &found, clock: &clock(&document), look: &LOOK };
    let line = plain::line(&document.groups[0], &page).render(usize::MAX, false);
    assert!(line.starts_with("07:24:00  prod/shasta-tags/tag-data  SLOW_DRAIN (page) since 07:") && line.contains("  eta "), "{line}");
}
