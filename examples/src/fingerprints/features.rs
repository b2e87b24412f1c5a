//! Thirteen features of a track, and how alike two sets of them are.

use std::collections::BTreeMap;

use cache_core::Weigh;
use serde::{Deserialize, Serialize};

/// How many features there are.
pub const DIMENSIONS: usize = 13;

/// What each feature is called, in their order.
pub const NAMES: [&str; DIMENSIONS] = [
    "tempo",
    "pulse_clarity",
    "loudness",
    "loudness_range",
    "crest",
    "sub_bass",
    "bass",
    "low_mids",
    "high_mids",
    "treble",
    "brightness",
    "noisiness",
    "stereo_width",
];

/// Differences are measured against at least this, so that features near zero are not all wrong.
const LEAST_SCALE: f64 = 0.1;

/// One value from 0 to 1 for each of [`NAMES`]. In JSON it is an object with these names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Weigh)]
#[serde(into = "BTreeMap<String, f64>", try_from = "BTreeMap<String, f64>")]
pub struct Features(pub [f64; DIMENSIONS]);

impl Features {
    /// The cosine of the angle between the two, seen from the middle of the scale: 1 for the same direction, -1 for
    /// opposite ones.
    ///
    /// All values are positive, so seen from zero everything would be alike. 0 where one is in the middle itself.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f64 {
        let centred = |of: &Self| of.0.map(|value| value - 0.5);
        let (a, b) = (centred(self), centred(other));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let lengths = (dot(&a, &a) * dot(&b, &b)).sqrt();
        if lengths > 0.0 { (dot(&a, &b) / lengths).clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// How near each of these values is to the true one: 1 where it is the same, 0 where it is off by all of it.
    #[must_use]
    pub fn accuracy(&self, truth: &Self) -> Self {
        Self(std::array::from_fn(|feature| {
            let (value, truth) = (self.0[feature], truth.0[feature]);
            (1.0 - (value - truth).abs() / truth.abs().max(LEAST_SCALE)).max(0.0)
        }))
    }

    /// The mean of the thirteen.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / DIMENSIONS as f64
    }

    /// Each name and its value.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, f64)> + use<> {
        NAMES.into_iter().zip(self.0)
    }
}

impl From<Features> for BTreeMap<String, f64> {
    fn from(features: Features) -> Self {
        features.named().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl TryFrom<BTreeMap<String, f64>> for Features {
    type Error = String;

    fn try_from(named: BTreeMap<String, f64>) -> Result<Self, String> {
        let mut features = [0.0; DIMENSIONS];
        for (value, name) in features.iter_mut().zip(NAMES) {
            *value = *named.get(name).ok_or_else(|| format!("the feature `{name}` is missing"))?;
        }
        Ok(Self(features))
    }
}

#[cfg(test)]
mod tests {
    use super::{DIMENSIONS, Features};

    #[test]
    fn the_cosine_is_that_of_the_angle_from_the_middle() {
        let some = Features(std::array::from_fn(|feature| feature as f64 / 12.0));
        let opposite = Features(some.0.map(|value| 1.0 - value));
        let steeper = Features(some.0.map(|value| 0.5 + (value - 0.5) / 2.0));
        assert!((some.cosine(&some) - 1.0).abs() < 1e-12);
        assert!((some.cosine(&opposite) + 1.0).abs() < 1e-12);
        assert!((some.cosine(&steeper) - 1.0).abs() < 1e-12, "of the direction alone");
        assert_eq!(some.cosine(&Features([0.5; DIMENSIONS])), 0.0);
    }

    #[test]
    fn accuracy_is_told_for_each_feature() {
        let truth = Features([0.4; DIMENSIONS]);
        let mut measured = truth;
        measured.0[0] = 0.5;
        measured.0[12] = 1.0;
        let accuracy = measured.accuracy(&truth);
        assert!((accuracy.0[0] - 0.75).abs() < 1e-12);
        assert_eq!(accuracy.0[1..12], [1.0; 11]);
        assert_eq!(accuracy.0[12], 0.0, "it is off by more than all of it");
    }

    #[test]
    fn in_json_they_are_named_and_come_back_the_same() {
        let some = Features(std::array::from_fn(|feature| feature as f64 / 16.0));
        let json = serde_json::to_string(&some).unwrap();
        assert!(json.contains("\"stereo_width\":"), "{json}");
        assert_eq!(serde_json::from_str::<Features>(&json).unwrap(), some);
        let refused = serde_json::from_str::<Features>("{\"tempo\": 0.5}").unwrap_err();
        assert!(refused.to_string().contains("`pulse_clarity` is missing"), "{refused}");
    }
}
