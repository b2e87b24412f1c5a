//! What the program's functions are, and what is wrong with them, before they are called.

use std::error::Error as StdError;
use std::fmt;

use super::{Cache, global};
use crate::registry::{
    Facts, FunctionInfo, Functions, Pair, Site, SiteInfo, Tier, linked, program, program_conflicts, same,
};

/// Two functions that could store under the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The one that stands first.
    pub first: FunctionInfo,
    /// The other.
    pub second: FunctionInfo,
}

impl Conflict {
    pub(super) fn new(a: &Site, b: &Site) -> Self {
        Self { first: FunctionInfo::new(&a.info), second: FunctionInfo::new(&b.info) }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (&self.first, &self.second);
        write!(
            f,
            "{a} and {b} could store under the same names (`{}`, `{}`): give one of them another `key_prefix`, or both \
             the same explicit one and the same types",
            a.template, b.template,
        )
    }
}

/// A function whose values stay in memory though the cache has a shared tier, and that does not say so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StaysLocal {
    /// The function.
    pub function: FunctionInfo,
    /// Why its values stay there.
    pub reason: String,
}

impl StaysLocal {
    fn new(info: &SiteInfo, facts: &Facts) -> Option<Self> {
        let reason = match (info.stays, info.tier, facts.immovable()) {
            ("", Tier::Auto, Some(value)) => format!("`{value}` is not `Serialize + DeserializeOwned`"),
            ("", ..) => return None,
            (stays, ..) => stays.to_owned(),
        };
        Some(Self { function: FunctionInfo::new(info), reason })
    }
}

impl fmt::Display for StaysLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cannot use the shared tier: {}; say `tier = \"local\"` if that is meant",
            self.function, self.reason
        )
    }
}

/// All that [`Cache::check`] has found, a line each when it is displayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckError {
    conflicts: Vec<Conflict>,
    local: Vec<StaysLocal>,
}

impl CheckError {
    /// Functions that could store under the same names. They run uncached.
    #[must_use]
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// Functions whose values stay in memory, and that do not say so.
    #[must_use]
    pub fn stay_local(&self) -> &[StaysLocal] {
        &self.local
    }

    fn of(conflicts: &[Pair], local: Vec<StaysLocal>) -> Result<(), Self> {
        if conflicts.is_empty() && local.is_empty() {
            return Ok(());
        }
        Err(Self { conflicts: conflicts.iter().map(|(a, b)| Conflict::new(a, b)).collect(), local })
    }

    /// Conflicts among the functions of the process-wide cache.
    pub(super) fn of_program() -> Result<(), Self> {
        Self::of(program_conflicts(), Vec::new())
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.conflicts.iter().map(|line| line as &dyn fmt::Display);
        let lines = lines.chain(self.local.iter().map(|line| line as &dyn fmt::Display));
        for (index, line) in lines.enumerate() {
            write!(f, "{}{line}", if index > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl StdError for CheckError {}

impl Cache {
    /// The decorated functions that are linked into the program, called or not, by file and line: a table, if it is
    /// displayed.
    ///
    /// Where a platform has no way to know them beforehand (some of WebAssembly), those that this cache was called by.
    ///
    /// ```
    /// use cache_core::{Cache, cached};
    ///
    /// #[cached(ttl = "5m", key_prefix = "square")]
    /// fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// let functions = Cache::builder().build()?.functions();
    /// let square = functions.iter().find(|function| function.function == "square").unwrap();
    /// assert_eq!((square.template, square.ttl), ("square:{n}", "5m"));
    /// println!("{functions}");
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn functions(&self) -> Functions {
        let called = self.inner.registry.all();
        let mut sites: Vec<&'static Site> = linked().iter().map(|(site, _)| *site).collect();
        for (site, _) in called.iter().filter_map(|function| function.site()) {
            if !sites.iter().any(|known| std::ptr::eq(*known, site)) {
                sites.push(site);
            }
        }
        sites.sort_by_key(|site| site.info.place());
        Functions { functions: sites.into_iter().map(|site| FunctionInfo::new(&site.info)).collect() }
    }

    /// Whether the functions that meet in this cache can do so: that no two of them could store under the same names
    /// unless they say that they share, and, where there is a shared tier, that each function whose values cannot go
    /// there says `tier = "local"`.
    ///
    /// Functions without `cache = …` are known before they are called, but for what depends on types of generic
    /// functions and methods and on computed segments of keys. They meet in the process-wide cache and in a test's;
    /// until there is a process-wide one, any cache may become it. Functions with `cache = …`, and what the types of
    /// the others add, are known once they were called here. Only what is certain is reported.
    ///
    /// # Errors
    /// All that was found.
    ///
    /// ```standalone_crate
    /// use cache_core::{Cache, cached};
    ///
    /// mod albums {
    ///     #[cache_core::cached]
    ///     pub fn get(id: u64) -> String { format!("album {id}") }
    /// }
    ///
    /// mod photos {
    ///     #[cache_core::cached]
    ///     pub fn get(id: u64) -> String { format!("photo {id}") }
    /// }
    ///
    /// let found = Cache::builder().build()?.check().unwrap_err();
    /// assert_eq!(found.conflicts().len(), 1);
    /// assert!(found.to_string().contains("could store under the same names (`get:{id}`, `get:{id}`)"));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn check(&self) -> Result<(), CheckError> {
        CheckError::of(&self.conflicting(), self.stay_local())
    }

    pub(crate) fn conflicts(&self) -> Vec<Conflict> {
        self.conflicting().iter().map(|(a, b)| Conflict::new(a, b)).collect()
    }

    fn conflicting(&self) -> Vec<Pair> {
        let mut conflicts = self.inner.registry.conflicts();
        if self.may_be_process_wide() {
            let known = conflicts.clone();
            conflicts.extend(program_conflicts().iter().filter(|pair| !known.iter().any(|known| same(known, pair))));
        }
        conflicts.sort_by_key(|(a, b)| (a.info.place(), b.info.place()));
        conflicts
    }

    /// Functions whose values cannot go into this cache's shared tier, and that do not say so.
    pub(crate) fn stay_local(&self) -> Vec<StaysLocal> {
        if self.inner.remote.is_none() {
            return Vec::new();
        }
        let called = self.inner.registry.all();
        let mut members: Vec<(&'static Site, &Facts)> = called.iter().filter_map(|function| function.site()).collect();
        if self.may_be_process_wide() {
            let not_called = |site: &&'static Site| !called.iter().any(|function| function.is(site));
            members.extend(program().filter(|(site, _)| not_called(site)).map(|(site, facts)| (*site, facts)));
        }
        members.sort_by_key(|(site, _)| site.info.place());
        members.into_iter().filter_map(|(site, facts)| StaysLocal::new(&site.info, facts)).collect()
    }

    /// Whether functions without `cache = …` use this cache, or will.
    fn may_be_process_wide(&self) -> bool {
        !self.inner.lasting || global::is_unset_or(self.inner.id)
    }
}
