//! Whatever happens, in any order: nothing is forgotten, nothing is told twice, and who was called hears the end.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::{Alert, ChannelRules, Outcome, Pacing, Sending, State};
use super::scene::*;
use crate::core::lag::{Kind, Severity};

const CHANNELS: [&str; 3] = ["chat", "pager", "standby"];

#[derive(Clone, Debug)]
enum Step {
    Submit {
        key: u8,
        alert: u8,
    },
    Pass {
        seconds: u16,
    },
    /// A send that ends so, or that is cut off by a kill.
    Send {
        channel: u8,
        outcome: u8,
    },
    Tick,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_u8, 0..6_u8).prop_map(|(key, alert)| Step::Submit { key, alert }),
        3 => (0..600_u16).prop_map(|seconds| Step::Pass { seconds }),
        6 => (0..3_u8, 0..5_u8).prop_map(|(channel, outcome)| Step::Send { channel, outcome }),
        2 => Just(Step::Tick),
        1 => Just(Step::Restart),
    ]
}

/// The channels as they are, with all that they took.
#[derive(Default)]
struct Receivers {
    /// By channel and key: the newest state that it took.
    believed: BTreeMap<(String, String), State>,
    /// What was surely taken, and by whom.
    taken: BTreeSet<(String, String, i64, u64)>,
}

impl Receivers {
    fn take(&mut self, channel: &str, sending: &Sending, is_known: bool) {
        let Alert { key, opened, sequence, state, .. } = sending.alert.clone();
        let identity = (channel.to_owned(), key.clone(), opened, sequence);
        assert!(!self.taken.contains(&identity), "told twice: {identity:?}");
        self.believed.insert((channel.to_owned(), key), state);
        if is_known {
            self.taken.insert(identity);
        }
    }
}

fn begin() -> Scene {
    let pager = ChannelRules { hand_over: Some("standby".to_owned()), hears_close: false, ..rules(Severity::Page) };
    let standby = ChannelRules { least: None, hears_close: true, ..ChannelRules::default() };
    let mut scene = Scene::new(&[("chat", ChannelRules { gap_s: 1.0, ..rules(Severity::Warn) }), ("pager", pager), ("standby", standby)]);
    // What grows too old is another law.
    scene.pacing = Pacing { page_lives_s: 1e9, other_lives_s: 1e9, ..Pacing::default() };
    scene.restart();
    scene
}

fn some_alert(key: u8, which: u8, opened: i64) -> Alert {
    let key = key.to_string();
    let alert = match which {
        0 => page(&key),
        1 => warn(&key),
        2 => Alert { kind: Kind::SlowDrain, ..page(&key) },
        3 | 4 => resolve(&key),
        _ => close(&key),
    };
    Alert { opened, ..alert }
}

fn carry_out(step: &Step, scene: &mut Scene, receivers: &mut Receivers) {
    match *step {
        Step::Submit { key, alert } => {
            let opened = scene.now as i64;
            scene.submit(some_alert(key, alert, opened));
        }
        Step::Pass { seconds } => scene.now += f64::from(seconds),
        Step::Tick => drop(scene.tick()),
        Step::Restart => scene.restart(),
        Step::Send { channel, outcome } => {
            let channel = CHANNELS[channel as usize];
            let Some(sending) = scene.begin(channel) else { return };
            match outcome {
                0 | 1 => {
                    receivers.take(channel, &sending, true);
                    scene.finish(channel, &sending, Outcome::Delivered);
                }
                2 => scene.finish(channel, &sending, FAILED),
                3 => {
                    receivers.take(channel, &sending, false);
                    let lost = Outcome::Failed { retry_after_s: None, may_have_arrived: true };
                    scene.finish(channel, &sending, lost);
                }
                _ => {
                    receivers.take(channel, &sending, false);
                    scene.restart();
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(crate::core::properties::at_least(2_000))]

    #[test]
    fn nothing_is_forgotten_nothing_is_told_twice_and_who_was_called_hears_the_end(steps in prop::collection::vec(step(), 0..80)) {
        let (mut scene, mut receivers) = (begin(), Receivers::default());
        for step in &steps {
            carry_out(step, &mut scene, &mut receivers);
        }
        // Everything works again for a while.
        for _ in 0..12 {
            scene.now += 61.0;
            scene.tick();
            for channel in CHANNELS {
                while let Some(sending) = scene.begin(channel) {
                    receivers.take(channel, &sending, true);
                    scene.finish(channel, &sending, Outcome::Delivered);
                    scene.now += 1.0;
                }
            }
        }
        let newest: BTreeMap<String, Alert> = scene.desk.open().map(|alert| (alert.key.clone(), alert.clone())).collect();
        for ((channel, key), state) in &receivers.believed {
            let may_call = newest.get(key).is_some_and(|alert| channel != "pager" || alert.severity == Severity::Page);
            prop_assert!(*state != State::Open || may_call, "{channel} waits for the end of {key} for ever");
        }
        for alert in newest.values() {
            let who = if alert.severity == Severity::Page { &CHANNELS[..2] } else { &CHANNELS[..1] };
            for channel in who {
                let believes = receivers.believed.get(&((*channel).to_owned(), alert.key.clone()));
                prop_assert_eq!(believes, Some(&State::Open), "{} was not called by {}", channel, alert.key);
            }
        }
    }

    #[test]
    fn a_page_reaches_the_pager_even_if_it_is_over_before_the_pager_is_back(
        before in prop::collection::vec(step(), 0..30), kinds in prop::collection::vec(0..6_u8, 0..6), seconds in 0..80_000_u32,
    ) {
        let (mut scene, mut receivers) = (begin(), Receivers::default());
        before.iter().for_each(|step| carry_out(step, &mut scene, &mut receivers));
        let opened = scene.now as i64;
        scene.submit(some_alert(9, 0, opened));
        for kind in kinds {
            scene.run("pager", FAILED);
            scene.submit(some_alert(9, kind, opened));
        }
        scene.now += f64::from(seconds);
        scene.tick();
        let mut told = Vec::new();
        for _ in 0..200 {
            scene.now += 1.0;
            told.extend(scene.run("pager", Outcome::Delivered).into_iter().filter(|(key, ..)| key == "9"));
        }
        prop_assert!(told.iter().any(|(_, state, ..)| *state == State::Open), "{told:?}");
    }
}
