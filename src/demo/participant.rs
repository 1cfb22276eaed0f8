//! Somebody in a room, as the JSON that is published of them: about 480 bytes, of which an update changes a few members.

use std::fmt;

use fastrand::Rng;

const NAMES: [&str; 12] = [
    "Ada Lovelace",
    "Alan Turing",
    "Grace Hopper",
    "Edsger Dijkstra",
    "Barbara Liskov",
    "Leslie Lamport",
    "Radia Perlman",
    "Donald Knuth",
    "Frances Allen",
    "Jim Gray",
    "Lynn Conway",
    "Tony Hoare",
];
const ROLES: [&str; 3] = ["attendee", "presenter", "moderator"];
const SYSTEMS: [&str; 4] = ["macOS 15.1", "Windows 11", "Ubuntu 24.04", "Android 15"];
const CLIENTS: [&str; 3] = ["Chrome 141", "Firefox 143", "Desktop 8.2"];
const REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "ap-south-1"];

/// A participant. Its `Display` is the data.
#[derive(Clone, Debug)]
pub struct Participant {
    id: u32,
    name: &'static str,
    role: &'static str,
    system: &'static str,
    client: &'static str,
    region: &'static str,
    joined: u64,
    muted: bool,
    level: i32,
    on_camera: bool,
    video_kbps: u32,
    rtt: u32,
    jitter: u32,
    speaking: bool,
    hand_raised: bool,
    revision: u32,
}

impl Participant {
    /// Joins with event number `event`.
    pub fn join(id: u32, event: u64, random: &mut Rng) -> Self {
        Self {
            id,
            name: pick(&NAMES, random),
            role: pick(&ROLES, random),
            system: pick(&SYSTEMS, random),
            client: pick(&CLIENTS, random),
            region: pick(&REGIONS, random),
            joined: event,
            muted: true,
            level: -60,
            on_camera: random.bool(),
            video_kbps: random.u32(600..2_400),
            rtt: random.u32(12..90),
            jitter: random.u32(1..9),
            speaking: false,
            hand_raised: false,
            revision: 1,
        }
    }

    /// The name of their object.
    pub fn object(&self) -> String {
        format!("participant/{:06}", self.id)
    }

    /// Something about them changes.
    pub fn change(&mut self, random: &mut Rng) {
        self.revision += 1;
        match random.u32(0..10) {
            0..=4 => {
                self.speaking = random.u32(0..3) == 0;
                self.muted = !self.speaking && random.bool();
                self.level = if self.speaking { random.i32(-30..-6) } else { random.i32(-70..-45) };
            }
            5..=7 => (self.rtt, self.jitter) = (random.u32(12..90), random.u32(1..9)),
            8 => (self.on_camera, self.video_kbps) = (random.bool(), random.u32(600..2_400)),
            _ => self.hand_raised = !self.hand_raised,
        }
    }
}

impl fmt::Display for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, role, system, client, region, .. } = self;
        write!(f, r#"{{"id":"p-{id:06}","display_name":"{name}","role":"{role}","joined_at_event":{},"#, self.joined)?;
        write!(f, r#""device":{{"os":"{system}","client":"{client}","camera":"front","microphone":"built-in"}},"#)?;
        write!(f, r#""audio":{{"codec":"opus","muted":{},"level_db":{},"kbps":32}},"#, self.muted, self.level)?;
        write!(f, r#""video":{{"codec":"vp9","on":{},"width":1280,"height":720,"fps":30,"#, self.on_camera)?;
        write!(f, r#""kbps":{}}},"network":{{"region":"{region}","transport":"udp","#, self.video_kbps)?;
        write!(f, r#""rtt_ms":{},"jitter_ms":{}}},"speaking":{},"#, self.rtt, self.jitter, self.speaking)?;
        write!(f, r#""hand_raised":{},"permissions":["chat","share"],"revision":{}}}"#, self.hand_raised, self.revision)
    }
}

pub fn pick<T: Copy>(choices: &[T], random: &mut Rng) -> T {
    choices[random.usize(0..choices.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::delta::{Side, changed};

    #[test]
    fn the_data_is_json_of_a_usual_size_and_a_change_is_small() {
        let mut random = Rng::with_seed(1);
        let mut participant = Participant::join(7, 1_000, &mut random);
        let mut total = 0;
        for _ in 0..1_000 {
            let before = participant.to_string();
            participant.change(&mut random);
            let after = participant.to_string();
            assert!(serde_json::from_str::<serde_json::Value>(&after).is_ok(), "{after}");
            let sides = [&before, &after].map(|data| Side { data: Some(data.as_str()), lifetime: None });
            assert!(changed(sides[0], sides[1]).unwrap().len() < after.len() / 2);
            total += after.len();
        }
        assert!((450..=512).contains(&(total / 1_000)), "{}", total / 1_000);
    }
}
