use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{FnArg, ReturnType, Safety, Signature, Type};

use crate::errors::Errors;
use crate::model::Cached;
use crate::model::types::{boxed_future, has_impl_trait, has_lifetime, is_bare_param, is_future, ungroup};

pub(super) fn cached(function: &Cached, errors: &mut Errors) {
    let sig = &function.item.sig;
    modifiers(sig, errors);
    if function.host.is_none() && mentions_self(sig) {
        errors.on(&sig.ident, "an associated function is placed by its block: write `#[cached]` on the `impl`, too");
    }
    for input in &sig.inputs {
        if let FnArg::Typed(typed) = input
            && let Some(cfg) =
                typed.attrs.iter().find(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
        {
            errors.on(cfg, "an argument of a cached function is there or is not: put the `cfg` on the function");
        }
    }
    output(sig, errors);
}

fn modifiers(sig: &Signature, errors: &mut Errors) {
    if let Some(constness) = &sig.constness {
        errors.on(constness, "a `const fn` is evaluated by the compiler: there is nothing to cache");
    }
    if let Safety::Unsafe(unsafety) = &sig.safety {
        errors.on(
            unsafety,
            "an `unsafe fn` cannot be cached, a hit would skip what its caller has to uphold: cache a safe function around it",
        );
    }
    if let Some(abi) = &sig.abi {
        errors.on(abi, "a function with a foreign ABI cannot be cached: cache a Rust function around it");
    }
    if let Some(variadic) = &sig.variadic {
        errors.on(variadic, "a variadic function cannot be cached");
    }
}

fn output(sig: &Signature, errors: &mut Errors) {
    let ty = match &sig.output {
        ReturnType::Default => {
            errors.on(&sig.ident, format!("`{}` returns nothing: there is no value to cache", sig.ident));
            return;
        }
        ReturnType::Type(_, ty) => ungroup(ty),
    };
    if is_future(ty) {
        errors.on(ty, "a future cannot be cached, only what it yields: make this an `async fn` (with `#[async_trait]`, put `#[cached]` on the `impl` block, above it)");
    } else if has_impl_trait(ty) {
        errors.on(ty, "`impl Trait` hides what is to be stored: return a named type");
    } else if matches!(ty, Type::Never(_)) || matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        errors.on(ty, format!("`{}` returns nothing: there is no value to cache", sig.ident));
    } else if has_lifetime(ty) {
        errors.on(
            ty,
            "a cached value outlives the call, so it cannot borrow: return owned data, or `&'static`, or an `Arc`",
        );
    } else if is_bare_param(ty, &sig.generics) {
        errors.on(
            ty,
            "whether this is a `Result` or an `Option` is only known to the caller, so what to store is, too: return `Result<T, E>`, `Option<T>` or a type of your own",
        );
    }
}

pub(crate) fn mentions_self(sig: &Signature) -> bool {
    struct Finds(bool);
    impl<'ast> Visit<'ast> for Finds {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            self.0 |= path.segments.first().is_some_and(|first| first.ident == "Self");
            visit::visit_path(self, path);
        }
    }
    let mut finds = Finds(false);
    finds.visit_signature(sig);
    finds.0
}

/// What `#[invalidates]` cannot stand on.
pub(crate) fn invalidates(sig: &Signature, errors: &mut Errors) {
    if let Some(constness) = &sig.constness {
        errors.on(constness, "a `const fn` writes nothing that could be cached");
    }
    if let ReturnType::Type(_, ty) = &sig.output {
        if is_future(ty) && boxed_future(ty).is_none() {
            errors.on(
                ty,
                "the write happens when this future is awaited, outside of the function: make it an `async fn`",
            );
        } else if has_impl_trait(ty) {
            errors.at(
                ty.span(),
                "`impl Trait` hides whether the write succeeded: return a named type, or put the write into a function that does",
            );
        }
    }
}
