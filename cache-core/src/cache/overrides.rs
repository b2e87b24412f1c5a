//! TTLs that an operator sets in place of those in the code.

use std::fmt;

use parking_lot::Mutex;

use super::Cache;
use crate::error::{Error, ErrorKind};
use crate::lookup::Ttl;
use crate::registry::{SiteInfo, linked};

/// Where an override was said. A later one wins over an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OverrideSource {
    /// In a file.
    File,
    /// In the environment.
    Environment,
    /// By [`Cache::set_ttl_override`].
    Call,
}

/// A TTL in place of that in the code; see [`Cache::set_ttl_override`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TtlOverride {
    /// The function's name, its path, or its keys' prefix.
    pub function: String,
    /// How long its values are fresh.
    pub ttl: Ttl,
    /// Where it was said.
    pub source: OverrideSource,
}

impl fmt::Display for TtlOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = \"{}\"", self.function, self.ttl)
    }
}

/// The overrides of one cache. Held while the registry is locked, never the other way round.
#[derive(Debug, Default)]
pub(crate) struct Overrides(Mutex<Vec<TtlOverride>>);

/// How exactly a name is a function's; none if it is not.
fn precision(name: &str, info: &SiteInfo) -> Option<u8> {
    let path = |rest: &str| rest.is_empty() || rest.ends_with("::");
    if let Some((module, function)) = name.rsplit_once("::") {
        let is_it = info.function == function && info.module.strip_suffix(module).is_some_and(path);
        return is_it.then_some(2);
    }
    if info.function == name { Some(1) } else { (prefix(info) == name && !name.is_empty()).then_some(0) }
}

/// The leading segments of its keys.
fn prefix(info: &SiteInfo) -> &'static str {
    info.texts.first().map_or("", |text| text.trim_end_matches(':'))
}

fn of(overrides: &[TtlOverride], info: &SiteInfo) -> Option<Ttl> {
    let about = overrides.iter().filter_map(|one| Some((one.source, precision(&one.function, info)?, one.ttl)));
    about.max_by_key(|(source, precision, _)| (*source, *precision)).map(|(.., ttl)| ttl)
}

impl Overrides {
    /// Shows what stands in place of that function's TTL, and keeps it from changing meanwhile.
    pub(crate) fn with<R>(&self, info: &SiteInfo, show: impl FnOnce(Option<Ttl>) -> R) -> R {
        let overrides = self.0.lock();
        show(of(&overrides, info))
    }
}

/// A name as a variable of the environment has it.
pub(super) fn as_variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// How near a name has to be to be suggested.
const NEAR: f64 = 0.7;

/// What is said of a name that no function has.
pub(super) fn unknown(name: &str, names: impl IntoIterator<Item = String>) -> Error {
    let near = |known: String| (strsim::jaro_winkler(&known, name), known);
    let nearest = names.into_iter().map(near).filter(|(likeness, _)| *likeness > NEAR);
    let nearest = nearest.max_by(|(a, a_name), (b, b_name)| a.total_cmp(b).then_with(|| b_name.cmp(a_name)));
    let meant = nearest.map(|(_, known)| format!(": did you mean `{known}`?")).unwrap_or_default();
    Error::new(ErrorKind::UnknownFunction, format!("no decorated function is called `{name}`{meant}"))
}

impl Cache {
    /// Gives what is stored from now on by a decorated function another time to live than the code says: its `ttl`, its
    /// `ttl_with` and the cache's default give way, while `ttl_none`, `ttl_err` and `cache_if` stay as they are. A TTL of
    /// zero stores nothing. What is stored already keeps the time it was given; what comes out of the shared tier, and what
    /// is stored under a manual key, comes with a time of its own.
    ///
    /// `function` is a function's name; `albums::get`, where several modules have one of that name; or the prefix of its
    /// keys, which means every function that has it. A name of its own beats a prefix. Functions that were not called yet
    /// are known too, but where a platform cannot list them beforehand: there any name is taken.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownFunction`] if no decorated function of the program is meant; the message has the nearest name.
    ///
    /// # Performance
    /// A load looks at one word more; a hit at none.
    ///
    /// ```
    /// use cache_core::testing::Scope;
    /// use cache_core::{ErrorKind, cached};
    /// use std::time::Duration;
    ///
    /// #[cached(ttl = "5m")]
    /// fn get_artist(id: u64) -> String {
    ///     format!("artist {id}")
    /// }
    ///
    /// let scope = Scope::new();
    /// let _entered = scope.enter();
    /// let cache = scope.cache();
    /// cache.set_ttl_override("get_artist", Duration::from_secs(10))?;
    /// get_artist(42);
    /// assert_eq!(cache.entry("get_artist:42").unwrap().remaining, Some(Duration::from_secs(10)));
    ///
    /// assert!(cache.remove_ttl_override("get_artist"));
    /// get_artist(43);
    /// assert_eq!(cache.entry("get_artist:43").unwrap().remaining, Some(Duration::from_secs(300)));
    ///
    /// let error = cache.set_ttl_override("get_artists", Duration::from_secs(10)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::UnknownFunction);
    /// assert!(error.to_string().contains("did you mean `get_artist`?"));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn set_ttl_override(&self, function: &str, ttl: impl Into<Ttl>) -> Result<(), Error> {
        let one = self.known_override(function, ttl.into(), OverrideSource::Call)?;
        self.change_overrides(|overrides| {
            overrides.retain(|other| other.source != one.source || other.function != one.function);
            overrides.push(one);
        });
        Ok(())
    }

    /// Takes back the overrides of that name, wherever they were said, for what is stored from now on; says whether there
    /// was one.
    pub fn remove_ttl_override(&self, function: &str) -> bool {
        let mut removed = false;
        self.change_overrides(|overrides| {
            let before = overrides.len();
            overrides.retain(|other| other.function != function);
            removed = overrides.len() < before;
        });
        removed
    }

    /// The overrides, those that win last.
    ///
    /// ```
    /// use cache_core::{Cache, OverrideSource, Ttl, cached};
    ///
    /// #[cached(key_prefix = "cover")]
    /// fn get_cover(id: u64) -> u64 {
    ///     id
    /// }
    ///
    /// let cache = Cache::builder().build()?;
    /// cache.set_ttl_override("cover", Ttl::Never)?;
    /// let overrides = cache.ttl_overrides();
    /// assert_eq!(overrides[0].to_string(), "cover = \"never\"");
    /// assert_eq!(overrides[0].source, OverrideSource::Call);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn ttl_overrides(&self) -> Vec<TtlOverride> {
        let mut overrides = self.inner.overrides.0.lock().clone();
        overrides.sort_by_key(|one| one.source);
        overrides
    }

    /// Changes the overrides, and has the functions that were called here know of it.
    fn change_overrides(&self, change: impl FnOnce(&mut Vec<TtlOverride>)) {
        let mut overrides = self.inner.overrides.0.lock();
        change(&mut overrides);
        for function in self.inner.registry.all() {
            function.instead.set(of(&overrides, &function.info));
        }
    }

    /// Puts these in place of all that come from there.
    pub(super) fn replace_overrides(&self, source: OverrideSource, new: Vec<TtlOverride>) {
        self.change_overrides(|overrides| {
            overrides.retain(|other| other.source != source);
            overrides.extend(new);
        });
    }

    /// An override of functions that there are.
    pub(super) fn known_override(&self, name: &str, ttl: Ttl, source: OverrideSource) -> Result<TtlOverride, Error> {
        let infos = self.known_infos();
        if !infos.iter().any(|info| precision(name, info).is_some()) && !linked().is_empty() {
            return Err(unknown(name, names(&infos).into_iter().map(str::to_owned)));
        }
        Ok(TtlOverride { function: name.to_owned(), ttl, source })
    }

    /// The functions of the program, and those that were called here.
    fn known_infos(&self) -> Vec<SiteInfo> {
        let called = self.inner.registry.all();
        linked().iter().map(|(site, _)| site.info).chain(called.iter().map(|function| function.info)).collect()
    }

    /// The names that functions can be overridden by.
    pub(super) fn override_names(&self) -> Vec<&'static str> {
        names(&self.known_infos())
    }
}

fn names(infos: &[SiteInfo]) -> Vec<&'static str> {
    let mut names: Vec<_> = infos.iter().flat_map(|info| [info.function, prefix(info)]).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(module: &'static str, function: &'static str, texts: &'static [&'static str]) -> SiteInfo {
        SiteInfo { module, function, texts, ..SiteInfo::PLAIN }
    }

    #[test]
    fn a_function_is_meant_by_its_name_its_path_or_its_prefix() {
        let artist = info("shop::artists", "get", &["artist:", ""]);
        for (name, found) in [
            ("get", Some(1)),
            ("artists::get", Some(2)),
            ("shop::artists::get", Some(2)),
            ("tists::get", None),
            ("albums::get", None),
            ("artist", Some(0)),
            ("artists", None),
            ("", None),
        ] {
            assert_eq!(precision(name, &artist), found, "{name}");
        }
        assert_eq!(precision("", &info("m", "f", &["", ":x"])), None, "a key without a prefix");
    }

    #[test]
    fn calls_beat_the_environment_beats_files_and_names_beat_prefixes() {
        let artist = info("artists", "get", &["artist:", ""]);
        let one = |function: &str, seconds, source| TtlOverride {
            function: function.to_owned(),
            ttl: std::time::Duration::from_secs(seconds).into(),
            source,
        };
        let mut all = Vec::new();
        for (name, source) in [
            ("artist", OverrideSource::File),
            ("get", OverrideSource::File),
            ("artists::get", OverrideSource::File),
            ("artist", OverrideSource::Environment),
            ("artist", OverrideSource::Call),
        ] {
            all.push(one(name, all.len() as u64, source));
            let mut shuffled = all.clone();
            shuffled.reverse();
            assert_eq!(of(&shuffled, &artist), all.last().map(|last| last.ttl));
        }
    }
}
