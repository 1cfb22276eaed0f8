//! Chance that is the same each time.

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Chance(pub u64);

impl Chance {
    /// Between 0 and 1.
    pub fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, with mean 0 and standard deviation 1.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

/// Noise that remembers: each step keeps nine tenths of the last one.
#[derive(Clone, Debug)]
pub struct Noise {
    pub deviation: f64,
    last: f64,
}

impl Noise {
    pub fn new(deviation: f64) -> Self {
        Self { deviation, last: 0.0 }
    }

    /// Around 1, never below 0.
    pub fn next(&mut self, chance: &mut Chance) -> f64 {
        self.last = 0.9 * self.last + (1.0_f64 - 0.81).sqrt() * self.deviation * chance.normal();
        (1.0 + self.last).max(0.0)
    }
}
