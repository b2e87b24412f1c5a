//! Changes to a shared tier, and which names they reach.

use std::time::Duration;

use crate::error::Error;
use crate::invalidation::{matching, under};
use crate::key::Names;

/// One change to a tier.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Change {
    /// Stores a record in place of what the name has.
    Set {
        /// The name.
        name: String,
        /// What is stored.
        record: Vec<u8>,
        /// For how long; `None` until it is removed.
        ttl: Option<Duration>,
        /// What removes it beside its name.
        tags: Vec<String>,
    },
    /// Removes what it reaches.
    Remove(Reach),
}

impl Change {
    /// Removes one name.
    #[must_use]
    pub fn remove(name: impl Into<String>) -> Self {
        Self::Remove(Reach(Names::One(name.into())))
    }

    /// Removes what stands under whole leading segments, as [`Cache::invalidate_prefix`](crate::Cache::invalidate_prefix)
    /// does.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty.
    ///
    /// ```
    /// let change = cache_core::Change::remove_prefix("artist")?;
    /// assert!(change.reaches("artist:42") && !change.reaches("artist_works:42"));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn remove_prefix(prefix: &str) -> Result<Self, Error> {
        Ok(Self::Remove(Reach(under(prefix)?)))
    }

    /// Removes what was stored with a tag, as [`Cache::invalidate_tag`](crate::Cache::invalidate_tag) does.
    ///
    /// ```
    /// let change = cache_core::Change::remove_tag("artist:42");
    /// assert!(change.reaches_tag("artist:42") && !change.reaches("artist:42"));
    /// ```
    #[must_use]
    pub fn remove_tag(tag: impl Into<String>) -> Self {
        Self::Remove(Reach(Names::Tagged(tag.into())))
    }

    /// Removes what matches a pattern, as [`Cache::invalidate_pattern`](crate::Cache::invalidate_pattern) does.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty or has an unclosed `[`.
    ///
    /// ```
    /// let change = cache_core::Change::remove_pattern("list:*:new")?;
    /// assert!(change.reaches("list:42:new") && !change.reaches("list:42:old"));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn remove_pattern(pattern: &str) -> Result<Self, Error> {
        Ok(Self::Remove(Reach(matching(pattern)?)))
    }

    /// Removes everything in the namespace.
    #[must_use]
    pub fn remove_all() -> Self {
        Self::Remove(Reach(Names::All))
    }

    /// The one name that it is about, if it is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Set { name, .. } => Some(name),
            Self::Remove(reach) => reach.name(),
        }
    }

    /// Whether it removes what may be many names.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        matches!(self, Self::Remove(reach) if reach.is_wide())
    }

    /// What it changes.
    #[must_use]
    pub fn reach(&self) -> Reach {
        match self {
            Self::Set { name, .. } => Reach(Names::One(name.clone())),
            Self::Remove(reach) => reach.clone(),
        }
    }

    /// The tag that it removes, if it is one.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        match self {
            Self::Set { .. } => None,
            Self::Remove(reach) => reach.tag(),
        }
    }

    /// Whether it removes what carries that tag.
    #[must_use]
    pub fn reaches_tag(&self, other: &str) -> bool {
        self.tag() == Some(other)
    }

    /// Whether it changes that name.
    #[must_use]
    pub fn reaches(&self, other: &str) -> bool {
        match self {
            Self::Set { name, .. } => name == other,
            Self::Remove(reach) => reach.contains(other),
        }
    }

    /// Bytes that it takes while it waits.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Set { name, record, tags, .. } => {
                name.len() + record.len() + tags.iter().map(String::len).sum::<usize>()
            }
            Self::Remove(reach) => reach.0.to_string().len(),
        }
    }
}

/// Which names a removal reaches.
#[derive(Debug, Clone)]
pub struct Reach(pub(crate) Names);

impl Reach {
    /// The one name, if it is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Names::One(name) => Some(name),
            _ => None,
        }
    }

    /// The tag, if it is what carries one.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        match &self.0 {
            Names::Tagged(tag) => Some(tag),
            _ => None,
        }
    }

    /// Whether it may be many names: neither one name nor a tag.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.name().is_none() && self.tag().is_none()
    }

    /// Whether it is the whole namespace.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(self.0, Names::All)
    }

    /// Whether it reaches that name. A shortened name, which ends in `~` and a digest, is reached where one that could
    /// stand there would be.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// What every name that it reaches begins with, but for shortened ones.
    #[must_use]
    pub fn literal_start(&self) -> String {
        match &self.0 {
            Names::All | Names::Tagged(_) => String::new(),
            Names::One(name) | Names::Under(name) => name.clone(),
            Names::Like(glob) => glob.literal_start(),
        }
    }
}
