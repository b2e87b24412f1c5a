//! What a function has to be that is given its previous value.

use syn::Type;

use crate::attr::cached::CachedArgs;
use crate::errors::Errors;
use crate::model::types::ungroup;
use crate::model::{Cached, compact_type, first_argument, is_named, is_previous};

pub(super) fn check(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    for arg in &function.args {
        let Some(previous) = previous(&arg.ty) else { continue };
        let (label, ty) = (&arg.label, compact_type(previous));
        let message = if function.conditional.is_some() {
            format!("a load has one previous value, and another argument has it already: leave `{label}` out")
        } else {
            format!("there is no previous value at first, and the body owns it: write `{label}: Option<{ty}>`")
        };
        errors.on(&arg.ty, message);
    }
    let Some(conditional) = &function.conditional else { return };
    let argument = &conditional.argument;
    if options.batch.is_some() {
        errors.on(
            argument,
            "a batch loads several items at once, and this is the previous value of one: leave `batch` or the argument out",
        );
        return;
    }
    if !conditional.may_be_unmodified {
        errors.on(
            &function.item.sig.output,
            "a function that is given its previous value says whether that is still good: return `Refreshed<T>` where the `T` stands, `Result<Refreshed<T>, E>`",
        );
    }
    let fresh = &options.freshness;
    let keeps = fresh.beside_a_hit().is_some() || fresh.stale_if_error.is_some() || options.refresh_when.is_some();
    if !keeps {
        errors.on(
            argument,
            "past its TTL a value is gone, and there would be no previous one: add `stale_if_error = \"1h\"` (callers wait for the answer), `stale_while_revalidate` or `refresh_ahead` (they do not), or leave the argument out",
        );
    }
}

/// `Previous<T>`, by reference or in an `Option`.
fn previous(ty: &Type) -> Option<&Type> {
    match ungroup(ty) {
        Type::Reference(reference) => previous(&reference.elem),
        ty if is_previous(ty) => Some(ty),
        ty if is_named(ty, "Option") => first_argument(ty).and_then(previous),
        _ => None,
    }
}
