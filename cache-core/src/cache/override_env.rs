//! Overrides of TTLs in the environment: `CACHE_TTL__GET_ARTIST=60`.

use std::ffi::OsString;

use super::overrides::{OverrideSource, TtlOverride, as_variable, unknown};
use super::{Cache, environment::bad};
use crate::error::Error;
use crate::lookup::Ttl;

const PREFIX: &str = "CACHE_TTL__";

impl Cache {
    /// Puts the overrides of the environment in place of those that came from there before. `CACHE_TTL__GET_ARTIST=5m` is
    /// about `get_artist`: a function's name, or a prefix, in capitals, and `_` for what is neither letter nor digit. The
    /// process-wide cache that is built from the environment has them from the start.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownFunction`](crate::ErrorKind::UnknownFunction) for a variable that means no function of the
    /// program, [`InvalidConfig`](crate::ErrorKind::InvalidConfig) for a value that is no duration: the overrides stay as
    /// they were.
    pub fn reload_ttl_overrides_from_env(&self) -> Result<(), Error> {
        self.take_ttl_overrides(std::env::vars_os())
    }

    pub(super) fn take_ttl_overrides(&self, vars: impl Iterator<Item = (OsString, OsString)>) -> Result<(), Error> {
        let mut new = Vec::new();
        let names = self.override_names();
        for (variable, value) in vars {
            let Some(variable) = variable.to_str().filter(|variable| variable.starts_with(PREFIX)) else { continue };
            let wanted = &variable[PREFIX.len()..];
            let text = value.to_str().ok_or_else(|| bad(variable, &value.to_string_lossy(), "it is not Unicode"))?;
            let ttl: Ttl = text.parse().map_err(|error: Error| bad(variable, text, error))?;
            let meant: Vec<_> = names.iter().filter(|name| as_variable(name) == wanted).collect();
            if meant.is_empty() {
                return Err(unknown(variable, names.iter().map(|name| format!("{PREFIX}{}", as_variable(name)))));
            }
            let one =
                |name: &&str| TtlOverride { function: (*name).to_owned(), ttl, source: OverrideSource::Environment };
            new.extend(meant.into_iter().map(one));
        }
        self.replace_overrides(OverrideSource::Environment, new);
        Ok(())
    }
}
