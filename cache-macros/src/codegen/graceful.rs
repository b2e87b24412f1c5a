//! Calls whose body may run beside their caller: it owns its arguments then.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::rules::{self, for_load};
use super::wrapper::{self, begin, conditioned};
use super::{Runtime, conditional, mixed, turbofish};
use crate::model::types::referent_span;
use crate::model::{Cached, Owned, owned_by};

/// The way to the answer of a call that is not answered at once. One that is may be the one to have the value made anew.
pub(super) fn miss(
    function: &Cached,
    p: &Runtime,
    site: &TokenStream,
    uncached: &TokenStream,
    shape: &TokenStream,
) -> TokenStream {
    let policy = if function.rules.choose() || function.rules.tagged() {
        let policy = rules::for_lookup(function, p, shape);
        rules::tags_when_asked(function, p, policy)
    } else {
        quote_spanned!(mixed()=> #p::Ttl::Default)
    };
    let call = if function.is_async() { "lookup_gracefully" } else { "lookup_gracefully_blocking" };
    let looked = begin(function, p, call, site, shape, Some(policy));
    let looked = conditioned(function, p, site, shape, looked, &quote_spanned!(mixed()=> #p::Graceful));
    let (bind, policy) = for_load(function, p, shape);
    let (own, body) = owned(function, p, uncached);
    let spawn = if function.is_async() { "spawn" } else { "spawn_blocking" };
    let spawn = Ident::new(spawn, at_option(function));
    quote_spanned! {mixed()=>
        match #looked {
            #p::Graceful::Hit(value) => return value,
            #p::Graceful::Renew(value, renewal) => {
                #bind
                #own
                renewal.#spawn(#policy, #body);
                return value;
            }
            #p::Graceful::Miss(miss) => miss,
        }
    }
}

/// Runs the body as the miss says, and beside the caller where the caller may be gone before.
pub(super) fn load(function: &Cached, p: &Runtime, uncached: &TokenStream, shape: &TokenStream) -> TokenStream {
    let bounded = function.freshness.bounded().is_some();
    let beside = function.freshness.beside_a_hit().is_some() && function.is_async();
    if !bounded && !beside {
        return wrapper::load(function, p, uncached, shape);
    }
    let (bind, policy) = for_load(function, p, shape);
    let (own, body) = owned(function, p, uncached);
    if !bounded {
        // A value past its time may come from elsewhere, too: it is answered with at once.
        let call = Ident::new("load_beside", at_option(function));
        return quote_spanned!(mixed()=> #bind #own miss.#call(#policy, #body));
    }
    let call = Ident::new("load_within", at_option(function));
    let too_late = quote_spanned! {mixed()=>
        {
            #[allow(unused_imports)]
            use #p::NeverTooLate as _;
            #p::Shaped::shape(#shape).too_late()
        }
    };
    quote_spanned!(mixed()=> #bind #own let too_late = #too_late; miss.#call(#policy, #body, too_late))
}

/// Where what the arguments lack is reported: at the option that asks for it.
fn at_option(function: &Cached) -> proc_macro2::Span {
    let option = function.freshness.in_background();
    option.map_or_else(mixed, |option| mixed().located_at(option.span()))
}

/// Statements that make the arguments the body's own, and the body.
fn owned(function: &Cached, p: &Runtime, uncached: &TokenStream) -> (TokenStream, TokenStream) {
    let turbofish = turbofish(&function.item.sig.generics);
    let (mut own, mut passed) = (TokenStream::new(), Vec::new());
    for (index, arg) in function.args.iter().enumerate() {
        let ident = &arg.ident;
        let name = Ident::new(&format!("owned{index}"), mixed());
        let span = mixed().located_at(referent_span(&arg.ty));
        let placed_p = p.at(span);
        match owned_by(&arg.ty).unwrap_or(Owned::Moved) {
            Owned::Moved => {
                own.extend(quote_spanned!(mixed()=> let #name = #ident;));
                passed.push(quote!(#name));
            }
            Owned::Referent => {
                own.extend(quote_spanned!(span=> let #name = #placed_p::Own::own(#ident);));
                passed.push(quote_spanned!(arg.ty.span()=> ::core::borrow::Borrow::borrow(&#name)));
            }
            Owned::InOption => {
                own.extend(quote_spanned!(span=> let #name = #ident.map(#placed_p::Own::own);));
                passed.push(quote_spanned!(mixed()=> #name.as_ref().map(|own| ::core::borrow::Borrow::borrow(own))));
            }
        }
    }
    let passed = conditional::arguments(function, passed);
    let mut call = quote_spanned!(mixed()=> #uncached #turbofish(#(#passed),*));
    if function.is_async() {
        call = quote_spanned!(mixed()=> async move { #call.await });
    }
    let call = conditional::asking(function, call);
    (own, quote_spanned!(mixed()=> move || #call))
}
