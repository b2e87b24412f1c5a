//! Calls of functions of which the compiler need know no more than what they return.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::mixed;
use super::wrapper::{begin, body, ttl_value};
use crate::model::Cached;

/// The look-up, and the load.
pub(super) fn call(
    function: &Cached,
    p: &TokenStream,
    site: &TokenStream,
    uncached: &TokenStream,
    shape: &TokenStream,
) -> (TokenStream, TokenStream) {
    let (_, ttl) = ttl_value(function, p, &function.ttl, "ttl");
    let found = begin(function, p, "find", site, shape, Some(ttl));
    let miss = quote_spanned! {mixed()=>
        match #found {
            #p::Found::Hit(value) => return value,
            #p::Found::Miss(miss) => miss,
        }
    };
    let body = body(function, uncached);
    (miss, quote_spanned!(mixed()=> #p::load(miss, #body)))
}
