//! Runbooks are read at 3 a.m.: what they name has to be there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use shasta::core::lag::Kind;

/// Beside a page for each kind.
const OTHERS: [&str; 2] = ["watcher-gone", "delivery-failing"];

/// Each page by its name.
fn pages() -> BTreeMap<String, String> {
    let files = fs::read_dir("deploy/runbooks").unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())).collect()
}

/// Every command line of ours in a page: in a line of its own, or between backticks.
fn commands(page: &str) -> BTreeSet<String> {
    let lines = page.lines().filter(|line| line.starts_with("    ")).map(str::trim);
    let quoted = page.split('`').skip(1).step_by(2);
    lines.chain(quoted).filter(|line| line.starts_with("shasta ")).map(str::to_owned).collect()
}

/// The words before the first that can be no command.
fn words(command: &str) -> Vec<&str> {
    let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    command.split_whitespace().skip(1).take_while(is_word).collect()
}

/// What is wrong with a command line, by the help of the command that it chooses.
fn fault(command: &str) -> Option<String> {
    let words = words(command);
    let output = Command::new(env!("CARGO_BIN_EXE_shasta")).args(&words).arg("--help").env_clear().output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let usage = help.split_once("Usage: shasta ").map_or("", |(_, usage)| usage);
    let chosen: Vec<&str> = usage.split_whitespace().take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
    if !output.status.success() || chosen.is_empty() || !words.starts_with(&chosen) {
        return Some(format!("there is no `shasta {}`", words.join(" ")));
    }
    let offers = |option: &str| help.split(|c: char| c.is_whitespace() || c == ',' || c == '=').any(|word| word == option);
    let options = command.split_whitespace().filter(|word| word.starts_with("--")).map(|word| word.split('=').next().unwrap());
    let unknown: Vec<&str> = options.filter(|option| !offers(option)).collect();
    (!unknown.is_empty()).then(|| format!("`shasta {}` has no {unknown:?}", chosen.join(" ")))
}

#[test]
fn every_kind_has_a_page_and_every_page_a_kind() {
    let kinds = Kind::ALL.iter().map(|kind| kind.as_str().to_lowercase().replace('_', "-"));
    let expected: BTreeSet<String> = kinds.chain(OTHERS.map(str::to_owned)).collect();
    assert_eq!(pages().into_keys().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn every_page_says_how_bad_it_is_what_to_look_at_what_to_do_and_when_it_is_over() {
    for (name, page) in pages() {
        for part in ["# ", "**How bad.**", "## Look first", "| cause |", "| what to do |", "## Do not", "## Over when"] {
            assert!(page.contains(part) || (name == "recovering" && part == "| cause |"), "{name} has no {part}");
        }
        let title = page.lines().next().unwrap();
        assert!(OTHERS.contains(&name.as_str()) || title.starts_with(&format!("# {}:", name.to_uppercase().replace('-', "_"))), "{title}");
        assert!(page.lines().count() < 60, "{name}: nobody reads that much at night");
    }
}

#[test]
fn every_command_that_a_page_names_is_one() {
    let pages = pages();
    let commands: BTreeSet<(&String, String)> =
        pages.iter().flat_map(|(name, page)| commands(page).into_iter().map(move |command| (name, command))).collect();
    assert!(commands.len() > 30);
    let faults: Vec<_> = commands.iter().filter_map(|(name, command)| Some((name, command, fault(command)?))).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    for (name, page) in pages() {
        let links = page.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)).filter(|link| !link.starts_with("http"));
        links.for_each(|link| assert!(fs::exists(format!("deploy/runbooks/{link}")).unwrap(), "{name}: {link}"));
    }
}

#[test]
fn the_reference_links_the_page_of_each_kind() {
    let reference = fs::read_to_string("deploy/reference.md").unwrap();
    for kind in Kind::ALL {
        let page = kind.as_str().to_lowercase().replace('_', "-");
        assert!(reference.contains(&format!("[`{kind}`](runbooks/{page}.md)")), "{kind}");
    }
}
