//! Printed names: `prefix:segment:segment`.
//!
//! Every character that has a meaning in a name or in a pattern is percent-escaped inside a segment, so distinct
//! arguments print distinct names, and a printed name used as a pattern matches itself alone.

use std::fmt::{self, Display};

use super::print::printed;
use super::{Glob, Name, Segments};

/// Longer names end in a digest of the whole.
const LONGEST: usize = 200;
/// `:~` and 128 bits in hexadecimal.
const DIGEST: usize = 2 + 32;

/// The name of `key` under the literal `texts` around its segments, shortened where it is too long.
pub(crate) fn render(texts: &[&str], key: &impl Segments) -> Name {
    let name = printed(texts, key);
    if name.len() <= LONGEST { name } else { shorten(name.into()).into() }
}

/// A name over 200 bytes keeps the leading segments that fit, then `~` and the BLAKE3 digest of the whole.
pub(crate) fn shorten(mut name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let digest = digest(&name);
    let mut cut = 0;
    for (at, _) in name.match_indices(':').take_while(|(at, _)| *at + DIGEST <= LONGEST) {
        cut = at + 1;
    }
    name.truncate(cut);
    name.push('~');
    name.push_str(&digest);
    name
}

/// 128 bits of BLAKE3, in hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    let mut hex = blake3::hash(text.as_bytes()).to_hex().to_string();
    hex.truncate(32);
    hex
}

/// Of a shortened name, the part before the digest.
pub(crate) fn kept_part(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(DIGEST - 1)?;
    let (kept, digest) = name.split_at_checked(at)?;
    let hex = digest.strip_prefix('~')?;
    let is_digest = hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (is_digest && (kept.is_empty() || kept.ends_with(':'))).then_some(kept)
}

/// Which names an invalidation reaches.
///
/// Where a name was shortened, it reaches every name that could have stood there: never too little.
#[derive(Debug, Clone)]
pub(crate) enum Names {
    All,
    One(String),
    /// Whole leading segments.
    Under(String),
    Like(Glob),
    /// Whatever carries that tag, by any name.
    Tagged(String),
}

impl Names {
    pub(crate) fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Tagged(_) => false,
            Self::One(one) => one == name,
            Self::Under(prefix) => {
                let under = |rest: &str| rest.is_empty() || rest.starts_with(':');
                name.strip_prefix(prefix.as_str()).is_some_and(under)
                    || kept_part(name).is_some_and(|kept| prefix.starts_with(kept))
            }
            Self::Like(glob) => glob.matches(name) || kept_part(name).is_some_and(|kept| glob.may_begin_with(kept)),
        }
    }
}

impl Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::One(name) => f.write_str(name),
            Self::Under(prefix) => write!(f, "{prefix}:*"),
            Self::Like(glob) => Display::fmt(glob, f),
            Self::Tagged(tag) => write!(f, "#{tag}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(texts: &[&str], key: &impl Segments) -> String {
        super::render(texts, key).into()
    }

    #[test]
    fn names_print_as_the_documents_write_them() {
        assert_eq!(render(&["get_artist:", ""], &(&42_i64,)), "get_artist:42");
        assert_eq!(
            render(&["list_work_recordings:", ":", ":", ""], &(&123_i64, &Some("matched"), &None::<&str>)),
            "list_work_recordings:123:matched:~"
        );
        assert_eq!(render(&["workstations_", ""], &(&7_u8,)), "workstations_7");
        assert_eq!(render(&["album:", ":photos:", ""], &(&7_u8, &"new")), "album:7:photos:new");
        assert_eq!(render(&["workstations_list"], &()), "workstations_list");
    }

    #[test]
    fn long_names_keep_their_leading_segments() {
        let long = "x".repeat(300);
        let name = render(&["search:", ":", ""], &(&7_u8, &long.as_str()));
        assert_eq!(name.len(), "search:7:~".len() + 32);
        assert_eq!(kept_part(&name), Some("search:7:"));
        let other = render(&["search:", ":", ""], &(&7_u8, &format!("{long}x").as_str()));
        assert_ne!(name, other);
        assert_eq!(kept_part("search:7:x"), None);
    }

    #[test]
    fn a_shortened_name_is_reached_by_whatever_could_have_stood_there() {
        let name = render(&["search:", ":", ""], &(&7_u8, &"x".repeat(300).as_str()));
        let like = |glob: &str| Names::Like(Glob::new(glob).unwrap()).contains(&name);
        assert!(like("search:*"));
        assert!(like("search:7:x*"));
        assert!(like("*zzz*"));
        assert!(!like("search:8:*"));
        assert!(Names::Under("search:7".into()).contains(&name));
        assert!(Names::Under("search:7:xxx".into()).contains(&name));
        assert!(!Names::Under("search:8".into()).contains(&name));
    }

    #[test]
    fn a_prefix_is_whole_segments() {
        let under = Names::Under("artist".into());
        assert!(under.contains("artist"));
        assert!(under.contains("artist:42"));
        assert!(!under.contains("artist_works:42"));
    }
}
