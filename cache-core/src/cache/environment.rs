//! How a cache is set up from the environment.

use std::env::VarError;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use super::CacheBuilder;
use crate::error::{Error, ErrorKind};

impl CacheBuilder {
    /// The settings of the environment over the defaults: `CACHE_ENABLED`, `CACHE_MAX_BYTES`, `CACHE_MAX_ENTRIES`,
    /// `CACHE_DEFAULT_TTL`, `CACHE_NAMESPACE`. `read` looks a variable up.
    ///
    /// # Errors
    /// The first variable whose value cannot be.
    pub(super) fn from_env(read: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, Error> {
        let read = |name: &str| match read(name) {
            Err(VarError::NotUnicode(raw)) => Err(bad(name, &raw.to_string_lossy(), "it is not Unicode")),
            Err(VarError::NotPresent) => Ok(None),
            Ok(text) => Ok(Some(text)),
        };
        let mut builder = Self::default();
        if let Some(text) = read("CACHE_ENABLED")? {
            builder.enabled = match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => true,
                "false" | "0" | "no" | "off" => false,
                _ => return Err(bad("CACHE_ENABLED", &text, "write `true` or `false`")),
            };
        }
        if let Some(text) = read("CACHE_MAX_BYTES")? {
            let bytes = parse_bytes(&text).ok_or_else(|| {
                bad("CACHE_MAX_BYTES", &text, "write a number of bytes, such as `268435456` or `256MiB`")
            })?;
            builder = builder.max_bytes(bytes);
        }
        if let Some(text) = read("CACHE_MAX_ENTRIES")? {
            let entries = number(&text).map_err(|error| bad("CACHE_MAX_ENTRIES", &text, error))?;
            builder = builder.max_entries(entries);
        }
        if let Some(text) = read("CACHE_DEFAULT_TTL")? {
            let ttl = match text.parse() {
                Ok(seconds) => Duration::from_secs(seconds),
                Err(_) => humantime::parse_duration(&text).map_err(|error| {
                    bad("CACHE_DEFAULT_TTL", &text, "write seconds, such as `300`, or a span, such as `5m`")
                        .caused_by(error)
                })?,
            };
            builder = builder.default_ttl(ttl);
        }
        if let Some(text) = read("CACHE_NAMESPACE")? {
            builder = builder.namespace(text);
        }
        builder.check()?;
        Ok(builder)
    }
}

pub(super) fn bad(variable: &str, text: &str, what: impl Display) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("{variable}={text:?}: {what}"))
}

fn number<T: FromStr<Err: Display>>(text: &str) -> Result<T, T::Err> {
    text.trim().replace('_', "").parse()
}

/// A count of bytes, with a unit or without.
fn parse_bytes(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let unit: usize = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    number::<usize>(count).ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<CacheBuilder, Error> {
        let found = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        CacheBuilder::from_env(|name| found(name).ok_or(VarError::NotPresent))
    }

    #[test]
    fn the_environment_sets_what_it_names() {
        let builder = from(&[
            ("CACHE_ENABLED", "off"),
            ("CACHE_MAX_BYTES", "64MiB"),
            ("CACHE_MAX_ENTRIES", "20_000"),
            ("CACHE_DEFAULT_TTL", "1h30m"),
            ("CACHE_NAMESPACE", "shop"),
        ])
        .unwrap();
        assert!(!builder.enabled);
        assert_eq!(builder.store.max_bytes, 64 << 20);
        assert_eq!(builder.store.max_entries, 20_000);
        assert_eq!(builder.default_ttl, Duration::from_secs(5_400));
        assert_eq!(builder.namespace, "shop");
        assert_eq!(from(&[("CACHE_DEFAULT_TTL", "60")]).unwrap().default_ttl, Duration::from_secs(60));
        assert_eq!(from(&[]).unwrap().store.max_entries, 10_000);
    }

    #[test]
    fn a_bad_value_names_its_variable_and_what_to_write() {
        for (pair, says) in [
            (("CACHE_ENABLED", "maybe"), "write `true` or `false`"),
            (("CACHE_MAX_BYTES", "lots"), "256MiB"),
            (("CACHE_MAX_ENTRIES", "-1"), "invalid digit"),
            (("CACHE_DEFAULT_TTL", "soon"), "such as `5m`"),
        ] {
            let error = from(&[pair]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            let text = error.to_string();
            assert!(text.contains(pair.0) && text.contains(pair.1) && text.contains(says), "{text}");
        }
        assert!(from(&[("CACHE_MAX_ENTRIES", "0")]).unwrap_err().to_string().contains("CACHE_ENABLED=false"));
    }
}
