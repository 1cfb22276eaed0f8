//! What can not be run is refused, with what is wrong and where.

use super::scene::{exit, shasta, stderr};

fn refused(arguments: &[&str]) -> String {
    let output = shasta(arguments);
    assert_eq!(exit(&output), 2, "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn a_pace_that_is_none_is_refused_with_the_column() {
    let why = refused(&["run", "--level", "sink", "--rate", "1000:30,11x0:30"]);
    assert!(why.contains("column 12"), "{why}");
}

#[test]
fn options_that_are_none_are_refused() {
    assert!(refused(&["run", "--level", "sink", "--pace", "1000"]).contains("--pace"));
    assert!(refused(&["run", "--level", "sink", "--faults", "loose=1"]).contains("loose=1"));
    assert!(refused(&["run", "--level", "sink", "--share", "3"]).contains("0/3"));
    assert!(refused(&["run", "--level", "kafka", "--faults", "lose=1"]).contains("--level sink"));
    assert!(refused(&["compare", "a", "b", "--tolerance", "much"]).contains("percentage"));
    assert!(refused(&["merge"]).contains("DIR"));
}
