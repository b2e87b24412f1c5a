//! Names as a user writes them: patterns and prefixes.

use crate::error::{Error, ErrorKind};
use crate::key::{Glob, Names};

/// What matches a pattern.
pub(crate) fn matching(pattern: &str) -> Result<Names, Error> {
    let glob = Glob::new(pattern).map_err(|error| {
        Error::new(ErrorKind::InvalidPattern, format!("the pattern {pattern:?} was refused")).caused_by(error)
    })?;
    Ok(Names::Like(glob))
}

/// What stands under whole leading segments.
pub(crate) fn under(prefix: &str) -> Result<Names, Error> {
    let prefix = prefix.strip_suffix(':').unwrap_or(prefix);
    if prefix.is_empty() {
        let what = "an empty prefix was refused: to remove everything, call `clear()`";
        return Err(Error::new(ErrorKind::InvalidPattern, what));
    }
    Ok(Names::Under(prefix.to_owned()))
}
