//! No argument that may carry a tenant, a session or a page is left out of a key in silence.

use syn::Ident;

use crate::attr::cached::CachedArgs;
use crate::errors::{Errors, did_you_mean};
use crate::model::types::{has_impl_trait, ungroup};
use crate::model::{Cached, Conversion, Role};

pub(super) fn check(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    skipped(options, function, errors);
    for (index, arg) in function.args.iter().enumerate() {
        // A batch's list has been checked.
        if arg.role != Role::Key || function.batch.as_ref().is_some_and(|batch| batch.index == index) {
            continue;
        }
        let label = &arg.label;
        if arg.is_self() && !(function.key.spelled && function.key.names(&arg.ident)) {
            if !function.key.broken {
                errors.on(
                    &arg.ident,
                    "whether `self` changes the answer has to be told: write `skip(self)`, or what of it does, `key(self.tenant, …)`",
                );
            }
            continue;
        }
        if function.key.spelled {
            let forgotten = |name: &&Ident| !function.key.names(name) && !options.skip.contains(name);
            for name in arg.names.iter().filter(forgotten).filter(|_| !function.key.broken) {
                errors.on(
                    &arg.ty,
                    format!(
                        "`{name}` is not in the key, so its callers would share entries whatever it is: add it to `key`, or write `skip({name})`"
                    ),
                );
            }
        } else if has_impl_trait(ungroup(&arg.ty)) && matches!(arg.conversion, Conversion::None) {
            errors.on(
                &arg.ty,
                format!(
                    "what `{label}` is made of is only known to the caller: name its type by a parameter, `T: CacheKey`, or write `key(…)` or `skip({label})`"
                ),
            );
        }
    }
}

fn skipped(options: &CachedArgs, function: &Cached, errors: &mut Errors) {
    for (position, name) in options.skip.iter().enumerate() {
        if options.skip[..position].contains(name) {
            errors.on(name, format!("`{name}` is skipped twice: keep one"));
            continue;
        }
        if !function.args.iter().any(|arg| arg.names.contains(name)) {
            let known: Vec<_> = function.args.iter().map(|arg| arg.label.as_str()).collect();
            let hint = match did_you_mean(&name.to_string(), known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`skip` takes the function's arguments".to_owned(),
            };
            errors.on(name, format!("no argument is called `{name}`: {hint}"));
            continue;
        }
        if function.key.spelled && function.key.names(name) {
            errors.on(name, format!("`{name}` is skipped and mentioned in the key: decide for one"));
        }
    }
}
