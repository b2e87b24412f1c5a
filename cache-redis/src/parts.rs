//! Many names, of several buckets.

use std::collections::BTreeMap;

use crate::error::Cause;
use crate::keys::Keys;

/// Names by their buckets, to be asked for at once.
pub(crate) struct Parts<'n> {
    pub(crate) names: Vec<Vec<&'n str>>,
    /// Where each of them stood.
    places: Vec<Vec<usize>>,
}

impl<'n> Parts<'n> {
    pub(crate) fn of(keys: &Keys, names: &[&'n str]) -> Self {
        let mut buckets: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            buckets.entry(keys.bucket(name)).or_default().push(at);
        }
        let places: Vec<Vec<usize>> = buckets.into_values().collect();
        let names = places.iter().map(|places| places.iter().map(|at| names[*at]).collect()).collect();
        Self { names, places }
    }

    /// The results of each part, in the order in which the names stood.
    pub(crate) fn join<T>(&self, results: Vec<Result<Vec<T>, Cause>>) -> Result<Vec<T>, Cause> {
        let mut joined: Vec<(usize, T)> = Vec::new();
        for (places, results) in self.places.iter().zip(results) {
            joined.extend(places.iter().copied().zip(results?));
        }
        joined.sort_unstable_by_key(|(place, _)| *place);
        Ok(joined.into_iter().map(|(_, result)| result).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_where_their_names_stood() {
        let names: Vec<String> = (0..500).map(|n| format!("item:{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (keys, count) in [(Keys::new("c"), 1), (Keys::in_cluster("c"), 64)] {
            let parts = Parts::of(&keys, &names);
            assert_eq!(parts.names.len(), count);
            assert!(parts.names.iter().all(|part| part.iter().all(|name| keys.bucket(name) == keys.bucket(part[0]))));
            let results = parts.names.iter().map(|part| Ok(part.clone())).collect();
            assert_eq!(parts.join(results).unwrap(), names);
            let failed = parts.names.iter().enumerate().map(|(at, part)| match at {
                0 => Err(Cause::Refused("away")),
                _ => Ok(part.clone()),
            });
            assert!(parts.join(failed.collect()).is_err());
        }
    }
}
