//! Audio that nobody has recorded: the windows of a track, drawn.

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution as _, Normal};

use super::features::Features;
use super::model::WINDOWS;

/// How a track sounds on the whole, anything from 0 to 1 in each feature.
pub(super) fn sound(random: &mut ChaCha8Rng) -> Features {
    Features(std::array::from_fn(|_| random.random_range(0.1..0.9)))
}

/// A sound near to another: that of a track in its genre.
pub(super) fn near(random: &mut ChaCha8Rng, genre: &Features) -> Features {
    spread(random, genre, 0.12)
}

/// How much a track's windows differ: most are steady, some are not.
pub(super) fn unrest(random: &mut ChaCha8Rng) -> f64 {
    0.02 + 0.6 * random.random::<f64>().powi(2)
}

/// The windows of a track that sounds so.
pub(super) fn windows(random: &mut ChaCha8Rng, sound: &Features, unrest: f64) -> Vec<Features> {
    (0..WINDOWS).map(|_| spread(random, sound, unrest)).collect()
}

fn spread(random: &mut ChaCha8Rng, around: &Features, deviation: f64) -> Features {
    // Only a deviation that is no number is refused.
    let noise = Normal::new(0.0, deviation).ok();
    Features(around.0.map(|value| (value + noise.map_or(0.0, |noise| noise.sample(random))).clamp(0.0, 1.0)))
}
