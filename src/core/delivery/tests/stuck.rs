//! Channels that do not take what they are sent.

use super::super::{ChannelRules, Outcome, State};
use super::scene::*;
use crate::core::lag::Severity;

const DELIVERED: Outcome = Outcome::Delivered;

fn handing_over() -> Scene {
    let pager = ChannelRules { hand_over: Some("standby".to_owned()), ..rules(Severity::Page) };
    Scene::new(&[("pager", pager), ("standby", ChannelRules { least: None, hears_close: true, ..ChannelRules::default() })])
}

#[test]
fn a_page_that_was_over_before_it_could_be_delivered_is_told_late_and_then_its_end() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page)), ("chat", rules(Severity::Warn))]);
    scene.submit(page("a"));
    scene.submit(warn("b"));
    assert!(!scene.run("pager", FAILED).is_empty());
    scene.submit(resolve("a"));
    scene.submit(resolve("b"));
    scene.submit(close("a"));
    scene.now += 60.0;
    let told = scene.run("pager", DELIVERED);
    assert_eq!(told, [("a".to_owned(), State::Open, 1, true), sent("a", State::Closed, 3)]);
    assert_eq!(scene.run("chat", DELIVERED).len(), 2, "a warning that is over is told to nobody");
}

#[test]
fn the_newest_state_wins_where_nothing_could_be_delivered() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page))]);
    for alert in [page("a"), resolve("a"), page("a"), page("a")] {
        scene.submit(alert);
        scene.run("pager", FAILED);
    }
    scene.now += 60.0;
    assert_eq!(scene.run("pager", DELIVERED), [sent("a", State::Open, 4)]);
}

#[test]
fn a_failing_channel_is_tried_at_most_once_a_second_and_at_least_once_a_minute() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page))]);
    for number in 0..100 {
        scene.submit(page(&number.to_string()));
    }
    let tried = scene.run_for("pager", FAILED, 3_600).len();
    assert!((60..=200).contains(&tried), "{tried}");
}

#[test]
fn what_the_receiver_asks_for_is_granted_up_to_a_bound() {
    let mut scene = Scene::new(&[("chat", rules(Severity::Page))]);
    scene.submit(page("a"));
    scene.run("chat", Outcome::Failed { retry_after_s: Some(30.0), may_have_arrived: false });
    assert!(scene.run_for("chat", DELIVERED, 29).is_empty());
    assert_eq!(scene.run_for("chat", Outcome::Failed { retry_after_s: Some(1e12), may_have_arrived: false }, 1).len(), 1);
    assert_eq!(scene.run_for("chat", DELIVERED, 600).len(), 1);
}

#[test]
fn one_message_that_always_fails_does_not_hold_up_the_others() {
    let mut scene = Scene::new(&[("chat", rules(Severity::Warn))]);
    for key in ["a", "b", "c"] {
        scene.submit(page(key));
    }
    let mut delivered = 0;
    for _ in 0..30 {
        scene.now += 1.0;
        while let Some(sending) = scene.begin("chat") {
            let outcome = if sending.alert.key == "a" { FAILED } else { DELIVERED };
            delivered += usize::from(outcome == DELIVERED);
            scene.finish("chat", &sending, outcome);
        }
    }
    assert_eq!(delivered, 2);
}

#[test]
fn a_page_is_tried_for_a_day_and_a_warning_for_an_hour() {
    let mut scene = Scene::new(&[("chat", rules(Severity::Warn))]);
    scene.submit(warn("w"));
    scene.submit(page("p"));
    scene.submit(resolve("p"));
    let mut expired = Vec::new();
    for _ in 0..9_000 {
        scene.now += 10.0;
        let started = scene.now;
        expired.extend(scene.tick().expired.into_iter().map(|(_, alert)| (alert.key, started - STARTED)));
        scene.run("chat", FAILED);
    }
    assert_eq!(expired, [("w".to_owned(), 3_610.0), ("p".to_owned(), 86_410.0)]);
    assert!(scene.run("chat", DELIVERED).is_empty());
}

#[test]
fn a_page_that_stays_open_never_grows_too_old_to_be_told() {
    let mut scene = Scene::new(&[("pager", rules(Severity::Page))]);
    scene.submit(page("a"));
    scene.run_long("pager", FAILED, 3_000, 67.0);
    assert_eq!(scene.run_for("pager", DELIVERED, 61).len(), 1);
}

#[test]
fn a_channel_that_fails_for_three_minutes_hands_its_pages_over_and_both_hear_the_end_once() {
    let mut scene = handing_over();
    scene.submit(page("a"));
    scene.submit(warn("b"));
    scene.run_for("pager", FAILED, 175);
    assert!(scene.run("standby", DELIVERED).is_empty() && !scene.desk.is_handing_over("pager", scene.now));
    scene.run_for("pager", FAILED, 10);
    assert!(scene.desk.is_handing_over("pager", scene.now));
    let handed = scene.sending("standby").unwrap();
    assert_eq!(handed.alert.handed_over_by.as_deref(), Some("pager"));
    assert_eq!(scene.run("standby", DELIVERED), [sent("a", State::Open, 1)]);
    scene.restart();
    assert_eq!(scene.run_for("pager", DELIVERED, 60), [sent("a", State::Open, 1)], "it is told where it was meant to be");
    assert!(!scene.desk.is_handing_over("pager", scene.now));
    scene.submit(resolve("a"));
    for channel in ["pager", "standby"] {
        assert_eq!(scene.run(channel, DELIVERED), [sent("a", State::Resolved, 2)]);
    }
}

#[test]
fn a_page_that_waits_because_the_channel_was_asked_to_pause_is_handed_over_as_well() {
    let mut scene = handing_over();
    scene.submit(page("a"));
    scene.run("pager", Outcome::Failed { retry_after_s: Some(600.0), may_have_arrived: false });
    scene.submit(page("b"));
    scene.run_for("pager", FAILED, 185);
    assert_eq!(scene.run("standby", DELIVERED).len(), 2);
}

#[test]
fn a_page_that_is_refused_for_good_is_handed_over_at_once() {
    let mut scene = handing_over();
    scene.submit(page("a"));
    assert_eq!(scene.run("pager", Outcome::Refused).len(), 1, "it is not tried again");
    scene.tick();
    assert_eq!(scene.run("standby", DELIVERED), [sent("a", State::Open, 1)]);
}

#[test]
fn a_page_is_undeliverable_from_its_first_failure_until_somebody_has_it() {
    let mut scene = handing_over();
    scene.submit(page("a"));
    assert_eq!(scene.desk.undeliverable_for_s(scene.now), None);
    scene.run_for("pager", FAILED, 100);
    assert_eq!(scene.desk.undeliverable_for_s(scene.now).map(f64::round), Some(99.0));
    scene.run_for("pager", FAILED, 100);
    scene.run("standby", DELIVERED);
    assert_eq!(scene.desk.undeliverable_for_s(scene.now), None, "the standby has it");
    scene.submit(resolve("a"));
    scene.run("standby", DELIVERED);
    assert_eq!(scene.desk.undeliverable_for_s(scene.now), None);
}

#[test]
fn a_warning_that_may_have_arrived_is_ended() {
    const LOST: Outcome = Outcome::Failed { retry_after_s: None, may_have_arrived: true };
    let mut scene = Scene::new(&[("chat", rules(Severity::Warn))]);
    for (key, outcome) in [("refused", FAILED), ("cut", LOST)] {
        scene.submit(warn(key));
        scene.run_for("chat", outcome, 3);
        scene.submit(resolve(key));
        scene.now += 60.0;
        let ends = scene.run("chat", DELIVERED);
        assert_eq!(ends, if key == "cut" { vec![sent(key, State::Resolved, 2)] } else { Vec::new() });
    }
    scene.submit(warn("killed"));
    scene.begin("chat").unwrap();
    scene.restart();
    scene.submit(resolve("killed"));
    assert_eq!(scene.run("chat", DELIVERED), [sent("killed", State::Resolved, 2)]);
}

#[test]
fn a_clock_that_was_wrong_makes_nothing_too_old_and_nothing_wait_for_years() {
    for wrong in [100.0, STARTED + 1e9] {
        let mut scene = Scene::new(&[("chat", rules(Severity::Warn))]);
        scene.now = wrong;
        scene.submit(warn("told"));
        scene.run("chat", DELIVERED);
        scene.submit(page("untold"));
        scene.now = STARTED;
        scene.restart();
        assert!(scene.tick().expired.is_empty());
        assert_eq!(scene.run("chat", DELIVERED), [sent("untold", State::Open, 1)]);
        scene.submit(warn("told"));
        assert_eq!(scene.run_for("chat", DELIVERED, 301), [sent("told", State::Open, 2)]);
    }
}

#[test]
fn what_a_channel_was_told_of_an_incident_that_is_over_does_not_silence_the_next_one() {
    let mut scene = Scene::new(&[("chat", rules(Severity::Warn))]);
    for alert in [page("a"), page("a"), resolve("a"), close("a")] {
        scene.submit(alert);
        scene.run("chat", DELIVERED);
    }
    let told = scene.desk.entry("chat", "a");
    scene.tick();
    // The last thing that was written, as a send ended when the incident was over.
    scene.disk.extend(told);
    scene.restart();
    scene.submit(page("a"));
    assert_eq!(scene.run("chat", DELIVERED), [sent("a", State::Open, 1)]);
}
