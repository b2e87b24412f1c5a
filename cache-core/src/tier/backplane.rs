//! What instances tell each other of their changes.

use std::time::Duration;

use super::{Reach, TierFuture};
use crate::invalidation::matching;
use crate::key::Names;

/// The other instances' changes, as they are told; see [`SharedTier::backplane`](super::SharedTier::backplane).
pub trait Backplane: Send + 'static {
    /// What was told since the last call, in its order. Where that is nothing yet, it waits for something up to `wait`, and
    /// no longer.
    ///
    /// The first call gives [`News::Missed`]: what was told before it is not known. A future that is dropped, or fails,
    /// loses nothing without a word: a later call goes on where the last good one ended, or gives [`News::Missed`].
    fn next(&mut self, wait: Duration) -> TierFuture<'_, News>;
}

/// What a [`Backplane`] has heard.
#[derive(Debug, Clone)]
pub enum News {
    /// All that was told up to the moment of the call, and maybe more. Empty where that is nothing.
    Heard(Vec<Message>),
    /// Something may have been told that is lost, or cannot be read. What is told from the moment of the call on will be heard.
    Missed,
}

/// One message: what an instance has changed, or has loaded for others.
#[derive(Debug, Clone)]
pub struct Message {
    /// Whose it is: an instance passes over its own.
    pub origin: Origin,
    /// What was changed.
    pub reaches: Vec<Reach>,
    /// That what is removed of many names is being freed, or is by now.
    pub sweep: Option<(Sweep, Swept)>,
    /// Names whose loads others wait for and which have come to an end; see [`SharedTier::claim`](super::SharedTier::claim).
    pub landed: Vec<String>,
}

/// Removals of many names that are made together: a random number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sweep(pub u64);

/// How far a [`Sweep`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// What they reach may still be there: it is not to be read.
    NotYet,
    /// It is not there any more.
    Done,
}

/// Tells caches apart, of whatever process: a random number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin(pub u64);

impl Reach {
    /// As text, to be sent to other instances: [`from_text`](Self::from_text) reads it.
    ///
    /// ```
    /// use cache_core::{Change, Reach};
    ///
    /// let Change::Remove(reach) = Change::remove_prefix("artist")? else { unreachable!() };
    /// assert_eq!(reach.to_text(), ":artist");
    /// assert!(Reach::from_text(":artist").is_some_and(|read| read.contains("artist:42")));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        match &self.0 {
            Names::All => "*".to_owned(),
            Names::One(name) => format!("={name}"),
            Names::Under(prefix) => format!(":{prefix}"),
            Names::Like(glob) => format!("?{glob}"),
            Names::Tagged(tag) => format!("#{tag}"),
        }
    }

    /// What [`to_text`](Self::to_text) wrote. None for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut rest = text.chars();
        let kind = rest.next()?;
        let rest = rest.as_str();
        let names = match kind {
            '*' if rest.is_empty() => Names::All,
            '=' => Names::One(rest.to_owned()),
            // As it is: one that ends with a colon has lost the one that it may.
            ':' if !rest.is_empty() => Names::Under(rest.to_owned()),
            '?' => matching(rest).ok()?,
            '#' => Names::Tagged(rest.to_owned()),
            _ => return None,
        };
        Some(Self(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invalidation::under;

    #[test]
    fn every_reach_is_read_as_it_was_written() {
        let all = [
            Names::All,
            Names::One("artist:42".to_owned()),
            Names::One(String::new()),
            Names::One("=:?#*".to_owned()),
            under("artist:4").unwrap(),
            under("::").unwrap(),
            matching("list:*:[ab]?").unwrap(),
            Names::Tagged("artist:42".to_owned()),
        ];
        for names in all {
            let text = Reach(names.clone()).to_text();
            let read = Reach::from_text(&text).unwrap();
            assert_eq!(format!("{:?}", read.0), format!("{names:?}"), "{text}");
        }
    }

    #[test]
    fn what_nobody_wrote_is_nothing() {
        for text in ["", "*x", "x", ":", "?", "?[", "\u{1F980}", "\0"] {
            assert!(Reach::from_text(text).is_none(), "{text:?}");
        }
    }
}
