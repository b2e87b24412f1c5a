//! Options about the time around a TTL that could do nothing, or would run a body whose arguments are gone.

use syn::{Ident, Type, TypeReference};

use crate::attr::cached::CachedArgs;
use crate::attr::freshness::Length;
use crate::attr::ttl::Ttl;
use crate::errors::Errors;
use crate::model::types::{has_lifetime, ungroup};
use crate::model::{Cached, compact_type, mentioned, owned_by};

pub(super) fn check(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    let fresh = &options.freshness;
    constants(function, options, errors);
    if let (Ttl::Never, None) = (&options.ttl, &options.ttl_with) {
        let idle = [
            fresh.beside_a_hit(),
            fresh.stale_if_error.as_ref().map(|span| &span.name),
            fresh.jitter.as_ref().map(|share| &share.name),
            fresh.adaptive.as_ref().map(|adaptive| &adaptive.name),
        ];
        for name in idle.into_iter().flatten() {
            errors.on(
                name,
                format!("`{name}` is about the end of a TTL, and `ttl = \"never\"` has none: leave one of them out"),
            );
        }
    }
    if let (Some(retry), None, None) = (&fresh.retry_after, fresh.beside_a_hit(), &fresh.stale_if_error) {
        errors.on(
            &retry.name,
            "there is nothing to try again: add `stale_while_revalidate`, `stale_if_error` or `refresh_ahead`, or leave `retry_after` out",
        );
    }
    if let (Some(soft), None) = (&fresh.soft_timeout, &fresh.stale_if_error) {
        errors.on(
            &soft.name,
            "`soft_timeout` answers with a value past its time, and there is none to answer with: add `stale_if_error = \"1h\"`, or write `timeout`",
        );
    }
    if let (Some(soft), Some(hard)) = (&fresh.soft_timeout, &fresh.timeout)
        && let (Some(at), Some(end)) = (soft.value.literal(), hard.value.literal())
        && at >= end
    {
        errors.on(&soft.name, "`soft_timeout` would come after `timeout`: make it the shorter one");
    }
    if let (Some(name), false) = (fresh.bounded(), function.is_async()) {
        errors.on(
            name,
            format!("a thread that runs a body cannot leave it: make this an `async fn`, or leave `{name}` out"),
        );
    }
    if let Some(name) = fresh.in_background() {
        background(function, name, errors);
    }
}

/// What is evaluated by the compiler cannot use arguments.
fn constants(function: &Cached, options: &CachedArgs, errors: &mut Errors) {
    let fresh = &options.freshness;
    let spans =
        [&fresh.stale_while_revalidate, &fresh.stale_if_error, &fresh.retry_after, &fresh.soft_timeout, &fresh.timeout];
    for span in spans.into_iter().flatten() {
        if let Length::Const(expr) = &span.value
            && !mentioned(expr, &function.args).is_empty()
        {
            let name = &span.name;
            errors.on(expr, format!("`{name}` is the same for every call: write `{name} = \"30s\"`, or a constant"));
        }
    }
}

/// A body that runs beside its caller owns its arguments.
fn background(function: &Cached, option: &Ident, errors: &mut Errors) {
    for arg in &function.args {
        let label = &arg.label;
        let ty = compact_type(&arg.ty);
        match ungroup(&arg.ty) {
            Type::Reference(TypeReference { mutability: Some(_), .. }) => errors.on(
                option,
                format!(
                    "`{option}` runs the body when its caller may be gone, and `{label}: {ty}` is the caller's: take a pool or an `Arc` of it, or leave `{option}` out"
                ),
            ),
            ty_seen if owned_by(ty_seen).is_none() && has_lifetime(ty_seen) => errors.on(
                option,
                format!(
                    "`{option}` runs the body when its caller may be gone, and `{label}: {ty}` borrows what it cannot own: take it by value, without borrowed parts, or leave `{option}` out"
                ),
            ),
            _ => {}
        }
    }
    for given in function.rules.over_values() {
        for index in mentioned(&given.expr, &function.args) {
            let arg = &function.args[index];
            if arg.is_reference() {
                let (name, label) = (&given.name, &arg.label);
                errors.on(
                    &given.expr,
                    format!(
                        "`{name}` mentions `{label}`, which is borrowed, and `{option}` may need it when the call is over: take `{label}` by value, or leave `{option}` out"
                    ),
                );
            }
        }
    }
}
