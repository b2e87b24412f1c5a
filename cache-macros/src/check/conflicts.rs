use crate::attr::cached::{CachedArgs, Tier};
use crate::attr::key::KeyArg;
use crate::errors::{Errors, did_you_mean};
use crate::model::{Cached, Segment};

type Both = fn(&CachedArgs) -> Option<proc_macro2::Span>;

/// Options that exclude each other: where the second one stands if both are given, and why.
const EXCLUDING: &[(Both, &str)] = &[
    (
        |options| match (&options.key_prefix, &options.key) {
            (Some(prefix), Some(KeyArg::Template(_))) => Some(prefix.span()),
            _ => None,
        },
        "`key = \"…\"` is the whole key: move the prefix into it, or name the segments by `key(…)`",
    ),
    (
        |options| options.key.as_ref().and(options.key_with.as_ref()).map(|given| given.name.span()),
        "`key` and `key_with` both say what the key is: keep one",
    ),
];

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
    let named = options.key_prefix.is_some() || matches!(options.key, Some(KeyArg::Template(_)));
    if function.host.as_ref().is_some_and(|host| host.name.is_none()) && !named {
        errors.on(
            &function.item.sig.ident,
            "a method does not see its type, so its entries need a name: write `key_prefix = \"artist\"`, or `#[cached]` on the `impl` block, too",
        );
    }
    if let (Some((text, Tier::Shared | Tier::Both)), false) = (&options.tier, function.is_async()) {
        errors.at(
            text.span(),
            "a sync function lives in memory, for it would block its thread on the shared tier: make it an `async fn`, or leave `tier` out",
        );
    }
    cluster_flight(options, function, errors);
    if let Some((text, _)) = &options.codec
        && (!function.is_async() || function.rules.tier == Tier::Local)
    {
        errors.at(
            text.span(),
            "`codec` is how values are written in a shared tier, and these stay in memory: leave it out",
        );
    }
    tags(options, function, errors);
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

/// Instances meet in the shared tier.
fn cluster_flight(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    let Some(given) = options.cluster_flight.as_ref().filter(|given| given.value) else { return };
    if !function.is_async() {
        errors.at(
            given.span,
            "a sync function lives in memory, where no other instance sees what it loads: make it an `async fn`, or leave `cluster_flight` out",
        );
    }
    if !function.single_flight {
        errors.at(given.span, "`cluster_flight` is one load for all, `single_flight = false` one for each: keep one");
    }
    if matches!(&options.tier, Some((_, Tier::Local))) {
        errors.at(given.span, "`cluster_flight` shares what is loaded, `tier = \"local\"` keeps it here: keep one");
    }
    if function.batch.is_some() {
        errors.at(
            given.span,
            "`cluster_flight` is for one key, and a batch loads many at once: leave it out, or load one item per call",
        );
    }
}

/// A tag's placeholders name arguments.
fn tags(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    let known: Vec<_> = function.args.iter().flat_map(|arg| &arg.names).collect();
    for (name, span) in options.tags.iter().flat_map(|tag| &tag.placeholders) {
        if known.contains(&name) {
            continue;
        }
        let names: Vec<_> = known.iter().map(ToString::to_string).collect();
        let hint = match did_you_mean(&name.to_string(), names.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{{{meant}}}`?"),
            None => "write an argument of the function, or `tags_with` for what the value says".to_owned(),
        };
        errors.at(*span, format!("`{{{name}}}` names no argument: {hint}"));
    }
}
