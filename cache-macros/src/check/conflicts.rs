use crate::attr::cached::CachedArgs;
use crate::attr::key::KeyArg;
use crate::errors::Errors;
use crate::model::{Cached, Segment};

type Both = fn(&CachedArgs) -> Option<proc_macro2::Span>;

/// Options that exclude each other: where the second one stands if both are given, and why.
const EXCLUDING: &[(Both, &str)] = &[(
    |options| match (&options.key_prefix, &options.key) {
        (Some(prefix), Some(KeyArg::Template(_))) => Some(prefix.span()),
        _ => None,
    },
    "`key = \"…\"` is the whole key: move the prefix into it, or name the segments by `key(…)`",
)];

/// How many segments the runtime's key tuples have.
const MOST_SEGMENTS: usize = 16;

pub(super) fn check(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    for (both, message) in EXCLUDING {
        if let Some(span) = both(options) {
            errors.at(span, message);
        }
    }
    if let Some(KeyArg::Segments(paren, segments)) = &options.key
        && segments.is_empty()
    {
        errors.at(
            paren.span.join(),
            "`key()` names no segment: write `key(artist_id)`; for one entry per function, `key = \"name\"`",
        );
    }
    let segments = &function.key.segments;
    if segments.len() > MOST_SEGMENTS {
        let names: Vec<_> = segments.iter().filter(|segment| matches!(segment, Segment::Value(_))).collect();
        errors.on(
            &function.item.sig.ident,
            format!(
                "a key has at most {MOST_SEGMENTS} segments, this has {}: put arguments into a struct with `#[derive(CacheKey)]`, or `key(…)` some together as a tuple",
                names.len()
            ),
        );
    }
}
