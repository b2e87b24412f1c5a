//! Functions about whose calls nothing but the key is their own.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Visibility;

use super::rules::{self, probed};
use super::wrapper::{begin, body, ttl_value};
use super::{Runtime, mixed};
use crate::model::Cached;
use crate::model::types::referent_span;

/// The look-up and, on a miss, the load.
pub(super) fn call(
    function: &Cached,
    p: &Runtime,
    site: &TokenStream,
    uncached: &TokenStream,
    shape: &TokenStream,
) -> TokenStream {
    let found = if function.is_known_by_return() {
        begin(function, p, "find", site, shape, None)
    } else {
        let (_, ttl) = ttl_value(function, p, &function.ttl, "ttl");
        begin(function, p, "find_by_shape", site, shape, Some(ttl))
    };
    let body = body(function, uncached);
    // A statement of its own: what it borrows is not kept while there is a load.
    quote_spanned! {mixed()=>
        let miss = match #found {
            #p::Found::Hit(value) => return value,
            #p::Found::Miss(miss) => miss,
        };
        #p::load(miss, #body).await
    }
}

/// Where it is found what a function returns that is known by nothing else, and asserted what it needs of that.
pub(super) fn returned_item(function: &Cached, p: &Runtime, name: &Ident, vis: &Visibility) -> TokenStream {
    let output = &function.output;
    let probed = probed(function, p);
    let asserts = rules::assertions(function, p);
    let asserts = (!asserts.is_empty()).then(|| {
        quote_spanned! {mixed()=>
            if false {
                let shape = #probed.shape();
                #asserts
            }
        }
    });
    let (_, ttl) = ttl_value(function, p, &function.ttl, "ttl");
    let span = referent_span(output);
    // Not the user's token: the compiler would propose to borrow the type.
    let at = mixed().located_at(span);
    let (p_at, found) = (p.at(at), Ident::new("found", at));
    let returned = quote_spanned!(at=> let #found = #probed; #p_at::returned(#found, #ttl));
    quote_spanned! {mixed()=>
        #[inline]
        #vis fn #name() -> #p::Returned<#output> {
            #asserts
            #returned
        }
    }
}
