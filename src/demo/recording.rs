//! A room's recording, as the JSON that is published of it.

use std::fmt;

use fastrand::Rng;

/// It may end after so many seconds.
const AT_LEAST: u32 = 60;

/// A recording that runs. Its `Display` is the data.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The room's number.
    room: usize,
    number: u32,
    seconds: u32,
}

impl Recording {
    pub fn begin(room: usize, random: &mut Rng) -> Self {
        Self { room, number: random.u32(1..999), seconds: 0 }
    }

    /// The name of its object.
    pub fn name(&self) -> String {
        format!("recording/{}-{:03}", 71_110 + self.room, self.number)
    }

    /// Some seconds later: whether it still runs.
    pub fn goes_on(&mut self, random: &mut Rng) -> bool {
        self.seconds += random.u32(1..9);
        self.seconds < AT_LEAST || random.u32(0..8) > 0
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { room, number, seconds } = self;
        write!(f, r#"{{"state":"running","seconds":{seconds},"megabytes":{},"#, seconds * 3)?;
        write!(f, r#""layout":"speaker-and-slides","resolution":"1920x1080","codec":"h264","audio":"aac-lc","#)?;
        write!(f, r#""url":"https://media.example.com/rooms/{room}/recordings/{number:03}/index.m3u8","#)?;
        write!(f, r#""notice":"For those who could not come. Kept for 90 days, then deleted: ask for a copy before that.","#)?;
        write!(f, r#""transcript":{{"language":"en","state":"live","words":{}}},"#, seconds * 2)?;
        write!(f, r#""started_by":"moderator","storage":{{"class":"standard","region":"eu-west-1"}}}}"#)
    }
}
