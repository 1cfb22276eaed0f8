//! What a room shows, as the JSON that its application publishes.

use std::fmt;

use fastrand::Rng;

use super::participant::pick;

const DECKS: [&str; 3] = ["roadmap", "review", "lecture-7"];
const OF: u32 = 60;

/// The slide that is shown. Its `Display` is the data.
#[derive(Clone, Debug)]
pub struct Slides {
    /// The room's number.
    room: usize,
    deck: &'static str,
    slide: u32,
    pointer: (u32, u32),
}

impl Slides {
    pub const NAME: &'static str = "slides/current";

    pub fn new(room: usize) -> Self {
        Self { room, deck: DECKS[0], slide: 0, pointer: (0, 0) }
    }

    /// The next slide, now and then of another deck.
    pub fn turn(&mut self, random: &mut Rng) {
        self.slide = self.slide % OF + 1;
        if self.slide == 1 {
            self.deck = pick(&DECKS, random);
        }
        self.pointer = (random.u32(0..1_920), random.u32(0..1_080));
    }
}

impl fmt::Display for Slides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { room, deck, slide, pointer: (x, y) } = self;
        let url = format!("https://media.example.com/rooms/{room}/decks/{deck}");
        write!(f, r#"{{"deck":"{deck}","slide":{slide},"of":{OF},"image":"{url}/slides/{slide:02}.webp","#)?;
        write!(f, r#""thumbnails":"{url}/thumbnails.webp","download":"{url}/all.pdf","aspect":"16:9","#)?;
        write!(f, r#""pointer":{{"x":{x},"y":{y},"shape":"dot"}},"zoom":1,"drawing":[],"laser":false,"#)?;
        write!(f, r#""license":"For the participants of this room only; do not pass on.","presenter_may":["turn","draw"]}}"#)
    }
}
