//! What is told of one call.

use std::fmt;
use std::time::Duration;

/// A decorated call that was observed, as it ended.
///
/// What RFC 9211's `Cache-Status` says of a cache is here: whether it was a hit, why it was forwarded, whether the answer
/// was stored, its remaining time, its key and a word more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedCall {
    /// The function's name.
    pub function: &'static str,
    /// The module it stands in.
    pub module: &'static str,
    /// The entry's printed name. Of a call that `when` kept from the cache it may be the function's pattern, `user:*`: where
    /// the expressions of the key panic.
    pub key: String,
    /// Where the answer came from.
    pub outcome: CallOutcome,
    /// Why the call was not answered with a value that was there. `None` where it was.
    pub forward: Option<Forward>,
    /// The body's answer was stored, in memory or in the shared tier.
    pub stored: bool,
    /// How long ago the answer was made, by whichever process. `None` where it is not stored.
    pub age: Option<Duration>,
    /// How long the answer stays fresh; zero where it is past its time. `None` where it is not stored or has no end.
    pub ttl: Option<Duration>,
    /// How long it is past its time already.
    pub overdue: Option<Duration>,
    /// A word more, where there is one: `shared` (the shared tier had it), `absent`, `error` (what the body gave, or what is
    /// stored), `rejected` (a stored value was not good enough), `timeout` (the call took longer than it may).
    pub detail: Option<&'static str>,
}

/// Where the answer of a call came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallOutcome {
    /// It was there, and fresh.
    Hit,
    /// The call's own body gave it, or its time was over.
    Miss,
    /// It was there, and past its time.
    Stale,
    /// Another caller's load gave it.
    Coalesced,
    /// The body gave it, without a look at the cache.
    Bypass,
}

/// Why a call was not answered with a stored value, as RFC 9211 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Forward {
    /// There was none, or none that was good enough.
    Miss,
    /// There was one past its time.
    Stale,
    /// The function or the cache is not to be asked: `when`, a disabled cache, a conflict of names.
    Bypass,
    /// The caller asked for a new one: `refresh`, `refresh_when`.
    Request,
}

impl fmt::Display for CallOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Stale => "stale",
            Self::Coalesced => "coalesced",
            Self::Bypass => "bypass",
        })
    }
}

impl fmt::Display for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Miss => "miss",
            Self::Stale => "stale",
            Self::Bypass => "bypass",
            Self::Request => "request",
        })
    }
}

impl ObservedCall {
    /// Whether a stored value was the answer, fresh or not.
    #[must_use]
    pub fn is_hit(&self) -> bool {
        self.forward.is_none()
    }

    /// Whether the answer may have been an error.
    pub(crate) fn gave_no_value(&self) -> bool {
        let bodys = matches!(self.outcome, CallOutcome::Coalesced | CallOutcome::Bypass) && self.age.is_none();
        bodys || matches!(self.detail, Some("error" | "timeout"))
    }

    /// Seconds that the answer stays fresh, rounded down; less than zero where it is past its time.
    #[must_use]
    pub fn ttl_seconds(&self) -> Option<i64> {
        let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        match self.overdue {
            Some(overdue) => Some(-seconds(overdue) - i64::from(overdue.subsec_nanos() > 0)),
            None => self.ttl.map(seconds),
        }
    }
}

/// `get_artist artist:42: miss, stored, ttl 300 s`
impl fmt::Display for ObservedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.function, self.key, self.outcome)?;
        match (self.outcome, self.forward) {
            (CallOutcome::Miss, Some(why @ (Forward::Stale | Forward::Request))) => write!(f, " ({why})")?,
            (CallOutcome::Stale, Some(_)) => f.write_str(" for a load")?,
            _ => {}
        }
        if self.stored {
            f.write_str(", stored")?;
        }
        if let Some(age) = self.age.filter(|age| !age.is_zero()) {
            write!(f, ", age {} s", age.as_secs())?;
        }
        if let Some(ttl) = self.ttl_seconds() {
            write!(f, ", ttl {ttl} s")?;
        }
        match self.detail {
            Some(detail) => write!(f, ", {detail}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_over_is_less_than_zero_from_its_first_nanosecond() {
        let call = |ttl, overdue| ObservedCall {
            function: "f",
            module: "m",
            key: "f:1".to_owned(),
            outcome: CallOutcome::Stale,
            forward: None,
            stored: false,
            age: None,
            ttl,
            overdue,
            detail: None,
        };
        let (second, little) = (Duration::from_secs(1), Duration::from_nanos(1));
        assert_eq!(call(Some(2 * second - little), None).ttl_seconds(), Some(1));
        assert_eq!(call(Some(Duration::ZERO), Some(Duration::ZERO)).ttl_seconds(), Some(0));
        assert_eq!(call(Some(Duration::ZERO), Some(little)).ttl_seconds(), Some(-1));
        assert_eq!(call(Some(Duration::ZERO), Some(second)).ttl_seconds(), Some(-1));
        assert_eq!(call(None, None).ttl_seconds(), None);
    }
}
