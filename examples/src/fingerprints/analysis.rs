//! From the windows of a track to its fingerprint.

use super::features::{DIMENSIONS, Features};
use super::model::Fingerprint;

/// A standard error of so much leaves no confidence.
const NO_CONFIDENCE: f64 = 0.25;
const BYTES: usize = DIMENSIONS * size_of::<f32>();

/// One window as SQLite holds it: thirteen little-endian `f32`.
#[must_use]
pub fn to_bytes(window: &Features) -> Vec<u8> {
    window.0.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect()
}

/// The same back; `None` of anything that has another length.
fn from_bytes(bytes: &[u8]) -> Option<Features> {
    let (values, []) = bytes.as_chunks::<{ size_of::<f32>() }>() else {
        return None;
    };
    let values: [[u8; 4]; DIMENSIONS] = values.try_into().ok()?;
    Some(Features(values.map(|value| f64::from(f32::from_le_bytes(value)))))
}

/// A window that is no window.
pub(super) fn damaged(track_id: i64) -> sqlx::Error {
    sqlx::Error::Decode(format!("a window of track {track_id} does not have {BYTES} bytes").into())
}

/// The features of windows, one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    windows: u32,
    sums: [f64; DIMENSIONS],
    squares: [f64; DIMENSIONS],
}

impl Measured {
    /// Adds a window of `track_id`.
    pub(super) fn add(&mut self, track_id: i64, bytes: &[u8]) -> Result<(), sqlx::Error> {
        let window = from_bytes(bytes).ok_or_else(|| damaged(track_id))?;
        self.windows += 1;
        for (feature, value) in window.0.into_iter().enumerate() {
            self.sums[feature] += value;
            self.squares[feature] += value * value;
        }
        Ok(())
    }

    /// The means, and how sure they are: the less the windows differ and the more of them there are, the surer. `None`
    /// where there was no window.
    pub(super) fn fingerprint(&self, track_id: i64) -> Option<Fingerprint> {
        let count = f64::from(self.windows);
        if self.windows == 0 {
            return None;
        }
        let means = self.sums.map(|sum| sum / count);
        let errors = (0..DIMENSIONS).map(|feature| {
            let variance = (self.squares[feature] / count - means[feature] * means[feature]).max(0.0);
            (variance / count).sqrt()
        });
        let error = errors.sum::<f64>() / DIMENSIONS as f64;
        // Of one window nobody can say how much the others differ.
        let confidence = if self.windows == 1 { 0.0 } else { (1.0 - error / NO_CONFIDENCE).max(0.0) };
        Some(Fingerprint { track_id, features: Features(means), confidence, windows: self.windows })
    }
}

#[cfg(test)]
mod tests {
    use super::{Measured, to_bytes};
    use crate::fingerprints::features::{DIMENSIONS, Features};

    fn measured(values: &[f64]) -> Measured {
        let mut measured = Measured::default();
        for value in values {
            measured.add(1, &to_bytes(&Features([*value; DIMENSIONS]))).unwrap();
        }
        measured
    }

    #[test]
    fn more_windows_and_steadier_ones_are_surer() {
        let confidence = |values: &[f64]| measured(values).fingerprint(1).unwrap().confidence;
        let few = confidence(&[0.25, 0.75]);
        assert!(confidence(&[0.25, 0.75, 0.25, 0.75]) > few);
        assert!(confidence(&[0.375, 0.625]) > few);
        assert_eq!(confidence(&[0.5, 0.5]), 1.0);
        assert_eq!(confidence(&[0.5]), 0.0);
        assert!(measured(&[]).fingerprint(1).is_none());
        assert_eq!(measured(&[0.25, 0.75]).fingerprint(1).unwrap().features, Features([0.5; DIMENSIONS]));
    }

    #[test]
    fn a_window_of_another_length_is_an_error() {
        for length in [0, 51, 53, 56] {
            let error = Measured::default().add(7, &vec![0; length]).unwrap_err();
            assert!(error.to_string().contains("track 7 does not have 52 bytes"), "{error}");
        }
    }
}
