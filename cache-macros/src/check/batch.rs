//! What a function of many items cannot say, and what it has to.

use syn::{Type, TypeReference};

use crate::attr::cached::CachedArgs;
use crate::errors::{Errors, did_you_mean};
use crate::model::key_types::is_std_key;
use crate::model::types::{has_impl_trait, ungroup};
use crate::model::{Batch, Cached, compact_type, first_argument, is_named};

pub(super) fn check(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    let Some(name) = &options.batch else { return };
    options_of_one(options, errors);
    let Some(batch) = &function.batch else {
        let part_of = function.args.iter().any(|arg| arg.names.contains(name) && !arg.is_self());
        let known: Vec<_> = function.args.iter().map(|arg| arg.label.as_str()).collect();
        let hint = match did_you_mean(&name.to_string(), known.iter().copied()) {
            _ if part_of => {
                errors.on(name, format!("`{name}` is a part of an argument: give the list an argument of its own"));
                return;
            }
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`batch` takes the argument that lists the items".to_owned(),
        };
        errors.on(name, format!("no argument is called `{name}`: {hint}"));
        return;
    };
    spelled(batch, errors);
    match ungroup(&batch.written) {
        Type::Reference(TypeReference { mutability: Some(_), .. }) => errors.on(
            &batch.written,
            format!(
                "the body is called with a list of its own, of the items that are missing: take `{name}` as `&[…]`"
            ),
        ),
        ty if has_impl_trait(ty) => errors.on(
            &batch.written,
            format!("what `{name}` lists is only known to the caller: name the list's type, `{name}: &[TrackId]`"),
        ),
        _ => {}
    }
    if options.skip.contains(name) {
        errors.on(
            name,
            format!("each of `{name}` has an entry of its own, so it cannot be skipped: leave `skip({name})` out"),
        );
    } else if !function.key.mentions(batch.index) && !function.key.broken {
        errors.on(
            name,
            format!("each of `{name}` has an entry of its own, and the key does not tell them apart: put `{name}` into `key`, where it stands for one of them"),
        );
    }
    if let Some(cache) = function.cache.as_ref().filter(|cache| cache.args.contains(&batch.index)) {
        errors.on(&cache.expr, format!("all of `{name}` are looked up in one cache: choose it by another argument"));
    }
}

/// What the types say by their spelling: the compiler would say it in more words. Aliases are left to it.
fn spelled(batch: &Batch, errors: &mut Errors) {
    let list = compact_type(&batch.list);
    if is_std_key(&batch.list) && batch.no_list() {
        errors.on(
            &batch.list,
            format!("`{}` lists the items, and `{list}` is one: take `&[{list}]`, or leave `batch` out", batch.name),
        );
        return;
    }
    let item = compact_type(&batch.item);
    let whole = success(&batch.whole);
    let refused = match ungroup(whole) {
        Type::Tuple(_) | Type::Array(_) => true,
        ty if is_std_key(ty) => true,
        ty => match (map_key(ty), is_std_key(&batch.item)) {
            (Some(key), true) => is_std_key(key) && compact_type(key) != item,
            (Some(_), false) => false,
            (None, _) => ["Vec", "Option"].iter().any(|name| is_named(ty, name)),
        },
    };
    if refused {
        errors.on(
            whole,
            format!("a batch says which value is whose: return `HashMap<{item}, V>` or `BTreeMap<{item}, V>`, bare or inside of a `Result`"),
        );
    }
}

/// Inside of a `Result`.
fn success(ty: &Type) -> &Type {
    let ty = ungroup(ty);
    if is_named(ty, "Result") { first_argument(ty).unwrap_or(ty) } else { ty }
}

fn map_key(ty: &Type) -> Option<&Type> {
    (is_named(ty, "HashMap") || is_named(ty, "BTreeMap")).then(|| first_argument(ty)).flatten()
}

/// Options that are about one value and the one call that loads it.
fn options_of_one(options: &CachedArgs, errors: &mut Errors) {
    if let Some((option, _)) = &options.ttl_err {
        errors.on(
            option,
            "an error is the whole batch's and no item's, so there is no entry to store it in: leave `ttl_err` out, or put it on the function of one item",
        );
    }
    let fresh = &options.freshness;
    for option in [
        fresh.stale_while_revalidate.as_ref().map(|span| &span.name),
        fresh.refresh_ahead.as_ref().map(|share| &share.name),
    ]
    .into_iter()
    .flatten()
    {
        errors.on(
            option,
            format!(
                "`{option}` loads one item beside its caller, and a batch loads what is missing at once: put `{option}` on the function of one item, or write `stale_if_error`"
            ),
        );
    }
    for option in [&fresh.timeout, &fresh.soft_timeout].into_iter().flatten().map(|span| &span.name) {
        errors.on(
            option,
            format!(
                "`{option}` leaves one load behind, and a batch may have several: put a timeout around the call, which hands its loads over to those that wait"
            ),
        );
    }
}
