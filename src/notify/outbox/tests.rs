use proptest::prelude::*;

use super::*;
use crate::core::delivery::tests::scene::page;
use crate::core::delivery::{Entry, State};

fn change(number: u64) -> Change {
    let told = crate::core::delivery::Told {
        state: State::Open,
        severity: crate::core::lag::Severity::Page,
        called: crate::core::lag::Severity::Page,
        kind: crate::core::lag::Kind::Stopped,
        sequence: number,
        at: number as f64 + 0.5,
        since: 0.25,
    };
    let mut entry = Entry::default();
    entry.told = Some(told);
    Change::Entry { channel: "pager".to_owned(), key: format!("prod/\"t\n\u{1f600}\u{2028}/{number}"), entry }
}

fn kept(key: &str) -> Change {
    let kept = crate::core::delivery::Kept { newest: page(key), page: Some(page(key)) };
    Change::Kept { key: key.to_owned(), kept: Box::new(kept) }
}

fn contents(directory: &Path) -> Vec<Change> {
    Outbox::open(directory).unwrap().1.changes
}

#[test]
fn what_was_appended_is_there_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let all = [change(1), kept("a"), change(2), Change::Gone { key: "x".to_owned() }];
    let (mut outbox, before) = Outbox::open(directory.path()).unwrap();
    assert!(before.changes.is_empty() && before.damaged == 0);
    outbox.append(&all[..1]).unwrap();
    outbox.append(&all[1..]).unwrap();
    drop(outbox);
    assert_eq!(contents(directory.path()), all);
}

#[test]
fn cut_at_any_byte_it_has_all_whole_lines_and_takes_more() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("outbox.jsonl");
    let all: Vec<Change> = (0..2).map(change).chain([Change::Gone { key: "x".to_owned() }]).collect();
    let (mut outbox, _) = Outbox::open(directory.path()).unwrap();
    outbox.append(&all).unwrap();
    drop(outbox);
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (mut outbox, read) = Outbox::open(directory.path()).unwrap();
        // A line is whole without its end, too.
        let lines = ends.iter().filter(|end| **end <= cut).count();
        assert_eq!((read.changes.as_slice(), read.damaged), (&all[..lines], 0), "cut at {cut}");
        outbox.append(&[change(9)]).unwrap();
        drop(outbox);
        let again = contents(directory.path());
        assert_eq!(again[..], [&all[..lines], &[change(9)]].concat(), "cut at {cut} and appended");
    }
}

#[test]
fn what_is_damaged_is_put_aside_and_the_rest_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let (mut outbox, _) = Outbox::open(directory.path()).unwrap();
    outbox.append(&[change(1), change(2), change(3)]).unwrap();
    drop(outbox);
    let path = directory.path().join("outbox.jsonl");
    let text = fs::read_to_string(&path).unwrap().replacen("/2\"", "/7\"", 1);
    fs::write(&path, text).unwrap();
    let (mut outbox, read) = Outbox::open(directory.path()).unwrap();
    assert_eq!((read.changes, read.damaged), (vec![change(1), change(3)], 1));
    assert!(outbox.is_untidy());
    outbox.rewrite([change(1), change(3)].into_iter()).unwrap();
    assert!(!outbox.is_untidy());
    assert!(fs::read_to_string(directory.path().join("outbox.damaged")).unwrap().contains("/7\""));
}

#[test]
fn a_second_process_is_told_that_the_directory_is_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let first = Outbox::open(directory.path()).unwrap();
    assert!(matches!(Outbox::open(directory.path()), Err(OutboxError::InUse { .. })));
    drop(first);
    Outbox::open(directory.path()).unwrap();
}

#[test]
fn written_anew_it_has_what_it_was_given_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let (mut outbox, _) = Outbox::open(directory.path()).unwrap();
    let many: Vec<Change> = (0..10_000).map(change).collect();
    outbox.append(&many).unwrap();
    assert!(outbox.is_untidy());
    outbox.rewrite([change(1)].into_iter()).unwrap();
    assert!(!outbox.is_untidy());
    outbox.append(&[change(2)]).unwrap();
    drop(outbox);
    assert_eq!(contents(directory.path()), [change(1), change(2)]);
}

#[test]
fn killed_while_it_is_written_anew_the_old_one_counts() {
    let directory = tempfile::tempdir().unwrap();
    let (mut outbox, _) = Outbox::open(directory.path()).unwrap();
    outbox.append(&[change(1)]).unwrap();
    drop(outbox);
    fs::write(directory.path().join("outbox.new"), "{\"sum\":\"ha").unwrap();
    assert_eq!(contents(directory.path()), [change(1)]);
}

#[test]
fn a_file_that_can_not_be_written_says_so_and_takes_all_when_it_can() {
    let directory = tempfile::tempdir().unwrap();
    let (mut outbox, _) = Outbox::open(directory.path()).unwrap();
    outbox.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = outbox.append(&[change(1)]).unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("No space left"), "{error}");
    outbox.rewrite([change(1), change(2)].into_iter()).unwrap();
    drop(outbox);
    assert_eq!(contents(directory.path()), [change(1), change(2)]);
}

proptest! {
    #![proptest_config(crate::core::properties::at_least(200))]

    /// Each line comes back whole, or not at all.
    #[test]
    fn no_damage_makes_up_a_change(at in 0..4_000_usize, bytes in prop::collection::vec(any::<u8>(), 0..40), replaces in any::<bool>()) {
        let all: Vec<Change> = (0..6).map(change).chain([kept("a")]).collect();
        let mut text: Vec<u8> = all.iter().flat_map(|change| line::encode(change).unwrap().into_bytes()).collect();
        let at = at.min(text.len());
        let end = if replaces { (at + bytes.len()).min(text.len()) } else { at };
        text.splice(at..end, bytes);
        let (contents, _) = read(&text);
        prop_assert!(contents.changes.iter().all(|change| all.contains(change)));
        // The damage is in one place: it touches the lines there and their neighbours.
        prop_assert!(contents.changes.len() + 4 >= all.len());
    }

    #[test]
    fn any_bytes_are_read(text in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let (contents, _) = read(&text);
        prop_assert!(contents.changes.is_empty());
    }
}
