//! Which of the user's attributes go where.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Meta};

const LINT_LEVELS: [&str; 5] = ["allow", "warn", "deny", "forbid", "expect"];

/// `#[cfg]`s, for every generated item.
pub(super) fn cfgs(attrs: &[Attribute]) -> TokenStream {
    let cfgs = attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    quote!(#(#cfgs)*)
}

/// Lint levels, for the body.
pub(super) fn lints(attrs: &[Attribute]) -> TokenStream {
    let lints = attrs.iter().filter(|attr| is_lint(attr));
    quote!(#(#lints)*)
}

/// All of them, for the wrapper. An `expect` is fulfilled where the body is.
pub(super) fn of_wrapper(attrs: &[Attribute]) -> TokenStream {
    let attrs = attrs.iter().map(|attr| match &attr.meta {
        Meta::List(list) if attr.path().is_ident("expect") => {
            let lints = &list.tokens;
            quote!(#[allow(#lints)])
        }
        _ => quote!(#attr),
    });
    quote!(#(#attrs)*)
}

/// Attributes that do nothing with the item that they stand at.
const INERT: [&str; 7] = ["doc", "cfg", "must_use", "deprecated", "inline", "cold", "track_caller"];

/// Whether the attribute means the same on a function that gives a future as on an `async fn`.
pub(super) fn is_inert(attr: &Attribute) -> bool {
    let of_tool = attr.path().segments.first().is_some_and(|tool| tool.ident == "clippy" || tool.ident == "rustfmt");
    of_tool || INERT.iter().any(|name| attr.path().is_ident(name)) || is_lint(attr)
}

fn is_lint(attr: &Attribute) -> bool {
    let is_level = |path: &syn::Path| LINT_LEVELS.iter().any(|level| path.is_ident(level));
    if !attr.path().is_ident("cfg_attr") {
        return is_level(attr.path());
    }
    let parse = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
    attr.parse_args_with(parse).is_ok_and(|metas| metas.iter().skip(1).all(|meta| is_level(meta.path())))
}
