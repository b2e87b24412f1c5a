//! What every artist may be called at this moment.
//!
//! The driver alone renames, one artist at a time, and a name carries its number: `Bela Moreau, take 3`. `sent` is
//! raised before a rename is sent, `confirmed` after its answer has come. An answer to a request that was sent when
//! `confirmed` stood at *c*, and that had come when `sent` stood at *s*, has to show one of the names *c* to *s*:
//! less than *c* is stale, whatever was going on meanwhile, and nothing in between is.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};

const TAKE: &str = ", take ";

#[derive(Debug)]
pub(super) struct Renames(HashMap<i64, Renamed>);

#[derive(Debug)]
struct Renamed {
    first_name: String,
    sent: AtomicU64,
    confirmed: AtomicU64,
}

impl Renames {
    /// Starts from the names as they stand, which may be those of an earlier run.
    pub(super) fn from_names(names: &[(i64, String)]) -> Self {
        let renamed = names.iter().map(|(id, name)| {
            let (first_name, take) = parts(name);
            let first_name = first_name.to_owned();
            (*id, Renamed { first_name, sent: AtomicU64::new(take), confirmed: AtomicU64::new(take) })
        });
        Self(renamed.collect())
    }

    /// The artist's next name; from here on answers may show it.
    pub(super) fn send(&self, id: i64) -> String {
        let renamed = &self.0[&id];
        let take = renamed.sent.fetch_add(1, Ordering::SeqCst) + 1;
        format!("{}{TAKE}{take}", renamed.first_name)
    }

    /// From here on answers have to show the name last sent.
    pub(super) fn confirm(&self, id: i64) {
        let renamed = &self.0[&id];
        renamed.confirmed.store(renamed.sent.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// The take that an answer asked for from here on has to show at least.
    pub(super) fn confirmed(&self, id: i64) -> u64 {
        self.0.get(&id).map_or(0, |renamed| renamed.confirmed.load(Ordering::SeqCst))
    }

    /// The take that an answer received until here shows at most.
    pub(super) fn sent(&self, id: i64) -> u64 {
        self.0.get(&id).map_or(0, |renamed| renamed.sent.load(Ordering::SeqCst))
    }

    /// The take that `name` shows, if it is one of `takes` of this artist. An artist that is never renamed has the
    /// take 0 under any name.
    pub(super) fn take(&self, id: i64, name: &str, takes: RangeInclusive<u64>) -> Result<u64, String> {
        let Some(renamed) = self.0.get(&id) else {
            return Ok(0);
        };
        let (first_name, take) = parts(name);
        if first_name == renamed.first_name && takes.contains(&take) {
            return Ok(take);
        }
        let (least, most) = takes.into_inner();
        Err(format!("artist {id} is called {name:?}, should be {:?}, take {least} to {most}", renamed.first_name))
    }
}

fn parts(name: &str) -> (&str, u64) {
    let numbered = name.rsplit_once(TAKE).and_then(|(first, take)| Some((first, take.parse().ok()?)));
    numbered.unwrap_or((name, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_older_than_the_confirmed_one_is_refused_and_one_on_its_way_is_not() {
        let renames = Renames::from_names(&[(1, "Greta Ekholm".into())]);
        let before = renames.confirmed(1);
        let next = renames.send(1);
        assert_eq!(next, "Greta Ekholm, take 1");
        assert_eq!(renames.take(1, "Greta Ekholm", before..=renames.sent(1)), Ok(0));
        assert_eq!(renames.take(1, &next, before..=renames.sent(1)), Ok(1));
        renames.confirm(1);
        assert!(renames.take(1, "Greta Ekholm", renames.confirmed(1)..=renames.sent(1)).is_err());
        assert_eq!(renames.take(1, &next, renames.confirmed(1)..=renames.sent(1)), Ok(1));
        assert!(renames.take(1, "Greta Ekholm, take 2", renames.confirmed(1)..=renames.sent(1)).is_err());
        assert!(renames.take(1, "Jonas Ekholm, take 1", renames.confirmed(1)..=renames.sent(1)).is_err());
    }

    #[test]
    fn the_names_of_an_earlier_run_are_counted_on_from() {
        let renames = Renames::from_names(&[(1, "Greta Ekholm, take 7".into())]);
        assert_eq!(renames.confirmed(1), 7);
        assert_eq!(renames.send(1), "Greta Ekholm, take 8");
    }
}
