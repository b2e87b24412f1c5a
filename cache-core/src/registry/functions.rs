//! The decorated functions, as they are shown.

use std::fmt;

use super::{SiteInfo, Tier};

/// A decorated function, as its attribute says it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// Its name.
    pub function: &'static str,
    /// The module it stands in.
    pub module: &'static str,
    /// Its file.
    pub file: &'static str,
    /// Its line.
    pub line: u32,
    /// The template of its keys: `artist:{artist_id}`.
    pub template: &'static str,
    /// Arguments that are no part of the key.
    pub skipped: &'static [&'static str],
    /// The time to live as it was written, or `by value`; empty for the cache's default.
    pub ttl: &'static str,
    /// Where its values are kept. A sync function's are kept in memory.
    pub tier: Tier,
    /// The version of its values' schema.
    pub version: u32,
    /// Which cache it uses, as it was written; empty for the process-wide one.
    pub cache: &'static str,
}

impl FunctionInfo {
    pub(crate) fn new(info: &SiteInfo) -> Self {
        let SiteInfo { function, module, file, line, template, skipped, ttl, tier, version, cache, .. } = *info;
        Self { function, module, file, line, template, skipped, ttl, tier, version, cache }
    }
}

/// `get_artist` (src/artists.rs:12)
impl fmt::Display for FunctionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}:{})", self.function, self.file, self.line)
    }
}

/// The decorated functions of the program, by file and line; see [`Cache::functions`](crate::Cache::functions).
///
/// Displayed, it is a table.
#[derive(Debug, Clone)]
pub struct Functions {
    pub(crate) functions: Vec<FunctionInfo>,
}

impl Functions {
    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, FunctionInfo> {
        self.functions.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }
}

impl IntoIterator for Functions {
    type Item = FunctionInfo;
    type IntoIter = std::vec::IntoIter<FunctionInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.functions.into_iter()
    }
}

impl<'a> IntoIterator for &'a Functions {
    type Item = &'a FunctionInfo;
    type IntoIter = std::slice::Iter<'a, FunctionInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Characters of a TTL in the table.
const WIDEST_TTL: usize = 32;
const HEAD: [&str; 7] = ["function", "key", "not in the key", "ttl", "tier", "cache", "where"];

impl FunctionInfo {
    fn row(&self) -> [String; HEAD.len()] {
        let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
        [
            self.function.to_owned(),
            self.template.to_owned(),
            or(&self.skipped.join(", "), "-"),
            match self.ttl.parse::<u64>() {
                Ok(_) => format!("{}s", self.ttl),
                Err(_) => short(&or(self.ttl, "default")),
            },
            self.tier.to_string(),
            or(self.cache, "process-wide"),
            format!("{}:{}", self.file, self.line),
        ]
    }
}

/// A long expression's beginning.
fn short(text: &str) -> String {
    match text.char_indices().nth(WIDEST_TTL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![HEAD.map(str::to_owned)];
        rows.extend(self.functions.iter().map(FunctionInfo::row));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths: [usize; HEAD.len()] = std::array::from_fn(width);
        for row in &rows {
            let (last, cells) = row.split_last().unwrap_or((&row[0], &[]));
            for (cell, width) in cells.iter().zip(widths) {
                write!(f, "{cell:width$}  ")?;
            }
            writeln!(f, "{last}")?;
        }
        Ok(())
    }
}
