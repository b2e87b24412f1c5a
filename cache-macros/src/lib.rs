//! The attribute, derive and function-like macros of `cache-core`, which re-exports them.
//!
//! A call flows through four stages: `attr` parses tokens, `model` resolves facts, `check` collects
//! refusals, `codegen` writes the output. The stages are joined in `expand`.

// Each page is at the re-export, in `cache-core`, where its examples can be tested.
#![allow(missing_docs)]

mod attr;
mod check;
mod codegen;
mod errors;
mod expand;
mod model;

use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn cached(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::cached(args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn invalidates(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::invalidates(args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn updates(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::updates(args.into(), item.into()).into()
}

#[proc_macro_derive(CacheKey, attributes(cache_key))]
pub fn derive_cache_key(item: TokenStream) -> TokenStream {
    expand::derive_cache_key(item.into()).into()
}

#[proc_macro_derive(Weigh, attributes(weigh))]
pub fn derive_weigh(item: TokenStream) -> TokenStream {
    expand::derive_weigh(item.into()).into()
}

/// What `cache_core::key!` expands to; takes the path of `cache_core`, `;`, a template and its arguments.
#[proc_macro]
#[doc(hidden)]
pub fn __key(input: TokenStream) -> TokenStream {
    expand::key(input.into()).into()
}
