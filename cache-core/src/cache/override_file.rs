//! Overrides of TTLs in a file.

use std::path::Path;

use toml::{Table, Value};

use super::Cache;
use super::overrides::OverrideSource;
use crate::error::{Error, ErrorKind};
use crate::lookup::Ttl;

impl Cache {
    /// Puts the overrides of a TOML file in place of those that came from a file before: the table `[ttl]`, function name or
    /// key prefix to duration, as in [`set_ttl_override`](Self::set_ttl_override). Other tables are somebody else's.
    ///
    /// ```toml
    /// [ttl]
    /// get_artist = "5m"
    /// list_works = 180
    /// "albums::get" = "never"
    /// ```
    ///
    /// The file is read at once, on this thread.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] for a file that cannot be read, is no TOML or has no table `[ttl]`, and for a value
    /// that is no duration; [`ErrorKind::UnknownFunction`] for a name that no function of the program has. The overrides
    /// stay as they were.
    ///
    /// ```
    /// use cache_core::{Cache, cached};
    ///
    /// #[cached(ttl = "1m")]
    /// fn get_song(id: u64) -> u64 {
    ///     id
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let file = std::env::temp_dir().join(format!("cache-{}.toml", std::process::id()));
    /// std::fs::write(&file, "[ttl]\nget_song = \"1h\"\n")?;
    /// let cache = Cache::builder().build()?;
    /// cache.reload_ttl_overrides(&file)?;
    /// assert_eq!(cache.ttl_overrides()[0].to_string(), "get_song = \"1h\"");
    ///
    /// std::fs::write(&file, "[ttl]\nget_sing = \"1h\"\n")?;
    /// let error = cache.reload_ttl_overrides(&file).unwrap_err();
    /// assert!(error.to_string().contains("did you mean `get_song`?"));
    /// assert_eq!(cache.ttl_overrides().len(), 1, "they stay as they were");
    /// # std::fs::remove_file(&file)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reload_ttl_overrides(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        let file = file.as_ref();
        let refused = |what: &str| Error::new(ErrorKind::InvalidConfig, format!("{}: {what}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| refused("it was not read").caused_by(error))?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| refused("it is no TOML").caused_by(error))?;
        let Some(Value::Table(ttls)) = table.get("ttl") else { return Err(refused("it has no table `[ttl]`")) };
        let mut new = Vec::new();
        for (name, value) in ttls {
            let ttl: Ttl = match value {
                Value::String(text) => text.parse(),
                // A negative number is no duration either.
                Value::Integer(seconds) => seconds.to_string().parse(),
                other => other.type_str().parse(),
            }
            .map_err(|error| refused(&format!("`{name}`")).caused_by(error))?;
            let one = self.known_override(name, ttl, OverrideSource::File);
            new.push(one.map_err(|error| Error::new(error.kind(), format!("{}: {error}", file.display())))?);
        }
        self.replace_overrides(OverrideSource::File, new);
        Ok(())
    }
}
