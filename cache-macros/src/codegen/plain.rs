//! Functions about whose calls nothing but the key is their own.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Visibility;

use super::assertions::handles;
use super::calls::Calls;
use super::params::Param;
use super::rules::{self, probed};
use super::segments::{Scope, cache, conversions, targets};
use super::wrapper::{begin, body, name_arguments, ttl_value};
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

impl Calls<'_> {
    /// Its companion's functions, by their signatures: the runtime writes the rest.
    pub(super) fn told(&self) -> TokenStream {
        let Calls { function, p, params, .. } = self;
        let vis = &function.item.vis;
        let output = &function.output;
        let cache = cache(function, Scope::Companion);
        let names = ["peek", "put", "refresh", "key", "invalidate"].map(|name| Ident::new(name, mixed()));
        let told =
            params.iter().map(|Param { ident, ty, target, as_target }| quote!(#ident [#ty] [#as_target] [#target]));
        let converted = conversions(function, params.iter().map(|param| &param.ident));
        let mut sig = function.item.sig.clone();
        name_arguments(&mut sig, function);
        let inputs = &sig.inputs;
        let all_converted = conversions(function, function.args.iter().map(|arg| &arg.ident));
        let all = function.args.iter().map(|arg| &arg.ident);
        let segments = targets(function);
        quote_spanned! {mixed()=>
            #p::companion! {
                [#vis] [#output] [#cache]
                #(#names)*
                [#(#told)*] [#converted]
                [#inputs] [#all_converted] (#(#all),*)
                [#(#segments),*]
            }
        }
    }
}

/// Where it is found what a function returns that is known by nothing else, and asserted what it needs of that.
pub(super) fn returned_item(function: &Cached, p: &Runtime, name: &Ident, vis: &Visibility) -> TokenStream {
    let output = &function.output;
    let probed = probed(function, p);
    let (rules, handles) = (rules::assertions(function, p), handles(function, p));
    let shape = (!rules.is_empty()).then(|| quote_spanned!(mixed()=> let shape = #probed.shape();));
    let asserts = (shape.is_some() || handles.is_some()).then(|| {
        quote_spanned! {mixed()=>
            if false {
                #shape
                #rules
                #handles
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
