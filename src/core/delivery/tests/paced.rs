//! How often a channel is told of what.

use super::super::{Partitions, Repeat, State};
use super::scene::*;
use crate::core::delivery::{Alert, ChannelRules, Desk, Outcome, Pacing};
use crate::core::lag::{Kind, Severity};

const DELIVERED: Outcome = Outcome::Delivered;

#[test]
fn an_incident_is_told_once_and_its_end_once() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page)), ("chat", rules(Severity::Warn))]);
    scene.submit(page("a"));
    for channel in ["pager", "chat"] {
        assert_eq!(scene.run(channel, DELIVERED), [sent("a", State::Open, 1)]);
    }
    assert!(scene.run_for("pager", DELIVERED, 1_000).is_empty());
    scene.submit(resolve("a"));
    assert_eq!(scene.run("pager", DELIVERED), [sent("a", State::Resolved, 2)]);
    scene.submit(close("a"));
    assert_eq!(scene.run("pager", DELIVERED), [sent("a", State::Closed, 3)]);
    assert_eq!(scene.run("chat", DELIVERED), [sent("a", State::Closed, 3)], "the end is told once, however far it came");
    scene.tick();
    assert_eq!(scene.desk.changes().count(), 0, "nothing is kept of what is over");
}

#[test]
fn a_change_of_numbers_waits_five_minutes_and_a_change_of_severity_or_kind_does_not() {
    let mut scene = Scene::new(&[("chat", rules(Severity::Warn))]);
    scene.submit(warn("a"));
    scene.run("chat", DELIVERED);
    let more = || Alert { partitions: Partitions::new(&[3, 4], 8), ..warn("a") };
    scene.submit(more());
    assert!(scene.run_for("chat", DELIVERED, 200).is_empty());
    scene.submit(more());
    assert_eq!(scene.run_for("chat", DELIVERED, 100), [sent("a", State::Open, 3)], "the newest, 300 s after the first");
    scene.submit(page("a"));
    assert_eq!(scene.run("chat", DELIVERED), [sent("a", State::Open, 4)]);
    scene.submit(Alert { kind: Kind::SlowDrain, ..page("a") });
    assert_eq!(scene.run("chat", DELIVERED), [sent("a", State::Open, 5)]);
}

#[test]
fn a_warning_does_not_call_who_wants_pages_only_and_becomes_a_page_there_at_once() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page))]);
    scene.submit(warn("a"));
    assert!(scene.run("pager", DELIVERED).is_empty());
    scene.submit(resolve("a"));
    assert!(scene.run("pager", DELIVERED).is_empty(), "nobody was called");
    scene.submit(page("a"));
    assert_eq!(scene.run("pager", DELIVERED), [sent("a", State::Open, 3)]);
}

#[test]
fn an_open_page_is_told_again_after_four_hours_unless_somebody_takes_care_of_it() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page))]);
    scene.submit(page("a"));
    scene.submit(warn("b"));
    scene.run("pager", DELIVERED);
    let told = scene.run_long("pager", DELIVERED, 2_890, 10.0);
    assert_eq!(told, [sent("a", State::Open, 2), sent("a", State::Open, 3)]);
    scene.disk.extend(scene.desk.acknowledge("a", "anna"));
    scene.restart();
    scene.submit(page("a"));
    scene.desk.refresh(&Alert { age_s: Some(9_999.0), ..page("a") });
    assert_eq!(scene.run_long("pager", DELIVERED, 2_890, 10.0), [sent("a", State::Open, 4)], "the update alone");
    assert_eq!(scene.desk.open().find(|alert| alert.key == "a").unwrap().age_s, Some(9_999.0), "the numbers are those of now");
}

#[test]
fn who_was_called_hears_the_end_even_when_the_next_incident_is_only_a_warning() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page))]);
    scene.submit(page("a"));
    scene.run("pager", DELIVERED);
    for alert in [resolve("a"), close("a"), Alert { opened: 9, ..warn("a") }] {
        scene.submit(alert);
    }
    assert_eq!(scene.run("pager", DELIVERED), [sent("a", State::Resolved, 4)]);
}

#[test]
fn a_watcher_that_forgot_goes_on_with_the_incident_that_is_open() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page))]);
    scene.submit(page("a"));
    scene.run("pager", DELIVERED);
    scene.restart();
    scene.submit(Alert { opened: 77, ..page("a") });
    assert!(scene.run("pager", DELIVERED).is_empty(), "no second page");
    assert_eq!(scene.desk.open().next().unwrap().opened, 1);
}

#[test]
fn a_receiver_that_forgets_is_told_again_and_hears_the_end_for_five_minutes() {
    let repeat = Some(Repeat { every_s: 60.0, ends_for_s: 300.0 });
    let mut scene = Scene::new(&[("manager", ChannelRules { repeat, hears_close: false, ..rules(Severity::Warn) })]);
    scene.submit(page("a"));
    assert_eq!(scene.run_for("manager", DELIVERED, 250).len(), 5);
    scene.submit(resolve("a"));
    scene.submit(close("a"));
    let ends = scene.run_for("manager", DELIVERED, 1_000);
    assert!(ends.len() == 6 && ends.iter().all(|told| *told == sent("a", State::Closed, 3)), "{ends:?}");
    assert_eq!(scene.desk.changes().count(), 0);
}

#[test]
fn an_update_that_waits_for_its_time_does_not_let_a_receiver_forget() {
    let repeat = Some(Repeat { every_s: 60.0, ends_for_s: 300.0 });
    let mut scene = Scene::new(&[("manager", ChannelRules { repeat, ..rules(Severity::Warn) })]);
    scene.submit(warn("a"));
    scene.run("manager", DELIVERED);
    scene.submit(warn("a"));
    assert_eq!(scene.run_for("manager", DELIVERED, 240).len(), 4);
}

#[test]
fn sends_keep_their_distance_and_pages_go_first() {
    let mut scene = Scene::new(&[("chat", ChannelRules { gap_s: 1.0, ..rules(Severity::Warn) })]);
    for number in 0..500 {
        scene.submit(warn(&format!("w{number:03}")));
        scene.submit(page(&format!("p{number:03}")));
    }
    let mut told = scene.run_for("chat", DELIVERED, 100);
    assert_eq!(told.len(), 100, "one a second");
    told.extend(scene.run_for("chat", DELIVERED, 900));
    assert_eq!(told.len(), 1_000);
    assert!(told[..500].iter().all(|(key, ..)| key.starts_with('p')));
}

#[test]
fn no_more_is_kept_than_there_is_room_for_and_open_pages_go_last() {
    let mut scene = Scene::new(&[("chat", rules(Severity::Page))]);
    for number in 0..4_096 {
        let key = number.to_string();
        scene.submit(if number % 2 == 0 { page(&key) } else { warn(&key) });
    }
    let kept = scene.desk.number(page("more"), 5.0);
    assert_eq!(scene.desk.accept(kept).unwrap().key, "1");
    assert_eq!(scene.desk.open().count(), 4_096);
}

#[test]
fn what_was_handed_in_before_is_known_and_what_came_of_it_later_is_not() {
    let mut desk = Desk::new(Pacing::default(), []);
    let open = page("a");
    let closed = Alert { state: State::Closed, ..open.clone() };
    assert!(!desk.knows(&open));
    desk.accept(desk.number(open.clone(), 0.0));
    assert!(desk.knows(&open) && !desk.knows(&closed) && !desk.knows(&page("b")));
    assert!(!desk.knows(&Alert { detected_at: open.detected_at + 10.0, ..open.clone() }), "the next change");
    desk.accept(desk.number(closed.clone(), 10.0));
    assert!(desk.knows(&open) && desk.knows(&closed));
}
