//! How long a value is fresh.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// A time to live.
///
/// As text it is what the attribute takes: seconds, a span, `never`; and `default`.
///
/// ```
/// use cache_core::Ttl;
/// use std::time::Duration;
///
/// let five_minutes = Ttl::from(Duration::from_secs(300));
/// assert_eq!(five_minutes, Ttl::After(Duration::from_secs(300)));
/// assert_eq!("300".parse::<Ttl>()?, five_minutes);
/// assert_eq!("5m".parse::<Ttl>()?, five_minutes);
/// assert_eq!("never".parse::<Ttl>()?, Ttl::Never);
/// assert_eq!(five_minutes.to_string(), "5m");
/// assert!("soon".parse::<Ttl>().is_err());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ttl {
    /// The cache's default.
    #[default]
    Default,
    /// Fresh while its age is under this. Of zero, nothing is stored.
    After(Duration),
    /// Fresh until it is removed or evicted.
    Never,
}

/// A time to live, as it is written down.
#[must_use]
#[inline]
pub const fn after(seconds: u64, nanos: u32) -> Ttl {
    Ttl::After(Duration::new(seconds, nanos))
}

impl From<Duration> for Ttl {
    fn from(span: Duration) -> Self {
        Self::After(span)
    }
}

impl FromStr for Ttl {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::InvalidConfig`] for what is neither seconds, nor a span, nor `never`, nor `default`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "never" => Ok(Self::Never),
            "default" => Ok(Self::Default),
            text => match text.parse() {
                Ok(seconds) => Ok(Self::After(Duration::from_secs(seconds))),
                Err(_) => humantime::parse_duration(text).map(Self::After).map_err(|error| {
                    let what = format!(
                        "{text:?} is no duration: write `\"5m\"`, `\"1h30m\"`, `\"never\"`, or seconds as `300`"
                    );
                    Error::new(ErrorKind::InvalidConfig, what).caused_by(error)
                }),
            },
        }
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.pad("default"),
            Self::After(span) => f.pad(&humantime::format_duration(*span).to_string()),
            Self::Never => f.pad("never"),
        }
    }
}

/// The TTL that stands in place of a function's own, where there is one. One word: it is looked at wherever a value is
/// stored.
#[derive(Debug)]
pub(crate) struct Instead(AtomicU64);

// What no count of nanoseconds comes to: `NANOS` is the largest of those, more than 500 years.
const NONE: u64 = u64::MAX;
const NEVER: u64 = u64::MAX - 1;
const DEFAULT: u64 = u64::MAX - 2;
const NANOS: u64 = u64::MAX - 3;

impl Instead {
    pub(crate) fn new(ttl: Option<Ttl>) -> Self {
        let instead = Self(AtomicU64::new(NONE));
        instead.set(ttl);
        instead
    }

    pub(crate) fn set(&self, ttl: Option<Ttl>) {
        let word = match ttl {
            None => NONE,
            Some(Ttl::Never) => NEVER,
            Some(Ttl::Default) => DEFAULT,
            Some(Ttl::After(span)) => u64::try_from(span.as_nanos()).unwrap_or(NANOS).min(NANOS),
        };
        // Relaxed, here and below: the word is all there is to it.
        self.0.store(word, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<Ttl> {
        match self.0.load(Ordering::Relaxed) {
            NONE => None,
            NEVER => Some(Ttl::Never),
            DEFAULT => Some(Ttl::Default),
            nanos => Some(Ttl::After(Duration::from_nanos(nanos))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_instead_comes_back() {
        for ttl in [None, Some(Ttl::Never), Some(Ttl::Default), Some(Duration::ZERO.into()), Some(Duration::MAX.into())]
        {
            let back = Instead::new(ttl).get();
            if ttl == Some(Ttl::After(Duration::MAX)) {
                assert!(matches!(back, Some(Ttl::After(span)) if span > Duration::from_secs(500 * 365 * 86_400)));
            } else {
                assert_eq!(back, ttl);
            }
        }
    }

    #[test]
    fn text_comes_back_as_it_was() {
        for text in ["never", "default", "1h 30m", "5m", "0s"] {
            assert_eq!(text.parse::<Ttl>().unwrap().to_string(), text);
        }
        for bad in ["", "-5", "5 minutes or so"] {
            let error = bad.parse::<Ttl>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.to_string().contains("seconds as `300`"), "{error}");
        }
    }
}
