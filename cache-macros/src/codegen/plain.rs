//! Functions about whose calls nothing but the key is their own.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::assertions::handles;
use super::calls::Calls;
use super::params::{Param, as_targets};
use super::rules::{self, probed};
use super::segments::{Scope, cache, conversions, is_sure, targets, tuple};
use super::site::site;
use super::wrapper::{begin, body, companion_ident, name_arguments, ttl_value};
use super::{Runtime, attributes, mixed};
use crate::model::types::referent_span;
use crate::model::{Arg, Cached, Conversion, Segment};

/// Whether a call is no more than its arguments: nothing about it is known but what it returns, its key is made of arguments as
/// they are, each once, and no attribute has to see the `async fn` that it was.
pub(super) fn is_told_by_arguments(function: &Cached) -> bool {
    let is_whole = |segment: &Segment| matches!(segment, Segment::Value(value) if is_sure(function, value));
    let mut mentioned: Vec<_> = function.key.values().flat_map(|value| &value.args).collect();
    let segments = mentioned.len();
    mentioned.sort_unstable();
    mentioned.dedup();
    function.is_known_by_return()
        && function.cache.is_none()
        && function.key.segments.iter().all(is_whole)
        && mentioned.len() == segments
        && function.args.iter().all(|arg| matches!(arg.conversion, Conversion::None))
        && function.item.attrs.iter().all(attributes::is_inert)
}

/// The function as its callers see it, where its call is no more than its arguments.
pub(super) fn function(function: &Cached, p: &Runtime, before: &TokenStream) -> TokenStream {
    let mut sig = function.item.sig.clone();
    name_arguments(&mut sig, function);
    let (name, inputs, output) = (&sig.ident, &sig.inputs, &function.output);
    let companion = companion_ident(function);
    let all = function.args.iter().map(|arg| &arg.ident);
    quote_spanned!(mixed()=> #p::function! { [#before] #name [#inputs] [#output] #companion (#(#all),*) })
}

/// An argument's name as the macro's own, so that nothing is said of one that hides another.
fn own_name(arg: &Arg) -> Ident {
    let mut name = arg.ident.clone();
    name.set_span(mixed());
    name
}

/// An argument as a call keeps it, and the pattern that takes it back.
fn kept(p: &Runtime, arg: &Arg) -> (TokenStream, TokenStream) {
    let (ident, own) = (&arg.ident, own_name(arg));
    if arg.is_reference() {
        return (quote!(#ident), quote!(#own));
    }
    (quote_spanned!(mixed()=> #p::ByValue(#ident)), quote_spanned!(mixed()=> #p::ByValue(#own)))
}

/// The look-up and, on a miss, the load.
pub(super) fn call(
    function: &Cached,
    p: &Runtime,
    site: &TokenStream,
    uncached: &TokenStream,
    shape: &TokenStream,
) -> TokenStream {
    let found = if function.is_known_by_return() {
        let (tuple, cache) = (tuple(function), cache(function, Scope::Full));
        quote_spanned!(mixed()=> #p::find(#shape, #tuple, #cache))
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
        let refreshed = self.refreshed();
        let segments = targets(function);
        // One in a cache of its own has to say so of what is the same of all others.
        let all = function.cache.as_ref().map(|_| {
            quote_spanned! {mixed()=>
                #[inline]
                #vis fn __all() -> #p::Named {
                    #p::all_told::<Self, _>(#cache)
                }
            }
        });
        quote_spanned! {mixed()=>
            #all
            #p::companion! {
                [#vis] [#output] [#cache]
                #(#names)*
                [#(#told)*] [#converted]
                [#(#segments),*]
                [#inputs] #refreshed
            }
        }
    }

    /// What `refresh` gives, and the way to it.
    fn refreshed(&self) -> TokenStream {
        let Calls { function, p, params, .. } = self;
        if is_told_by_arguments(function) {
            let segments = function.key.values().map(|value| &function.args[value.args[0]]);
            let (segments, parts): (Vec<_>, Vec<_>) = segments.map(|arg| kept(p, arg)).unzip();
            let all = function.args.iter().enumerate();
            let all =
                all.map(|(index, arg)| if function.key.mentions(index) { own_name(arg) } else { arg.ident.clone() });
            return quote_spanned! {mixed()=>
                Call { #p::calling::<Self, _, _, _, _>((#(#segments,)*), move |(#(#parts,)*)| Self::uncached(#(#all),*)) }
            };
        }
        let all = function.args.iter().map(|arg| &arg.ident);
        let converted = conversions(function, function.args.iter().map(|arg| &arg.ident));
        let given = as_targets(params, &quote_spanned!(mixed()=> #p::Some));
        // First: the body takes the arguments.
        quote_spanned! {mixed()=>
            Future {
                #converted
                let named = Self::__target(#given);
                #p::refresh_told::<Self, _, _>(named, Self::uncached(#(#all),*))
            }
        }
    }
}

/// Where it is found what a function returns that is known by nothing else, and asserted what it needs of that.
pub(super) fn told_item(function: &Cached, p: &Runtime) -> TokenStream {
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
    let returned = quote_spanned!(at=> let #found = #probed; #p_at::returned(#found, #ttl, &SITE));
    let site = site(function);
    let cfgs = attributes::cfgs(&function.item.attrs);
    let name = companion_ident(function);
    quote_spanned! {mixed()=>
        #cfgs
        #[allow(clippy::all, clippy::pedantic)]
        impl #p::Told<#output> for #name {
            #[inline]
            fn returned<__X: #p::Known<#output>>() -> __X {
                #site
                #asserts
                #returned
            }
        }
    }
}
