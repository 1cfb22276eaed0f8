//! Seeded randomness, the same on every machine: SplitMix64 (Steele, Lea, Flood 2014), counted or drawn by place.

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What the numbers are for: each use draws from a stream of its own, so that none depends on how many another one drew.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Phase = 1,
    Gap = 2,
    Producer = 3,
    Jitter = 4,
    Pad = 5,
}

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        Self(mix(mix(seed) ^ (stream as u64).wrapping_mul(GOLDEN)))
    }

    /// The sequence that belongs to a place (a producer, an event) and to no other.
    pub(super) fn at(&self, place: u64) -> Self {
        Self(mix(self.0 ^ mix(place.wrapping_add(GOLDEN))))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Uniform in 0..1, never 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0..bound.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        // The high half of the product: its bias is below bound / 2^64.
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u32
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = Random(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn streams_and_places_do_not_repeat_each_other() {
        let first = |seed, stream, place| Random::new(seed, stream).at(place).next();
        let drawn = [
            first(0, Stream::Phase, 0),
            first(0, Stream::Phase, 1),
            first(0, Stream::Jitter, 0),
            first(1, Stream::Phase, 0),
            first(1, Stream::Jitter, 1),
        ];
        for (index, number) in drawn.iter().enumerate() {
            assert!(!drawn[..index].contains(number));
        }
    }
}
