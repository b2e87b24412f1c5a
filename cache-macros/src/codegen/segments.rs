//! The key's segments, as expressions. That their types are keys is asserted once; elsewhere `private::Part` has a
//! stand-in for a type that is none, so that it is one error.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::params::cache_ident;
use super::{Runtime, mixed, placed, private};
use crate::attr::template::Filter;
use crate::model::key_types::is_plain_key;
use crate::model::{Arg, Cached, Conversion, Segment, Value};

/// Where an expression over the arguments stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All arguments are there.
    Full,
    /// Only the companions' parameters are.
    Companion,
}

/// `let name: T = name.into();` for `impl Into<T>` arguments among `idents`; one item of a batch becomes a reference.
pub(super) fn conversions<'a>(function: &Cached, idents: impl Iterator<Item = &'a Ident>) -> TokenStream {
    let idents: Vec<_> = idents.collect();
    let batch = function.batch.as_ref().map(|batch| &function.args[batch.index].ident);
    let item = batch.filter(|item| idents.contains(item)).map(|item| quote_spanned!(mixed()=> let #item = &#item;));
    let lets = function.args.iter().filter_map(|arg| match &arg.conversion {
        Conversion::Into(target) if idents.contains(&&arg.ident) => {
            let ident = &arg.ident;
            Some(quote_spanned!(mixed()=> let #ident: #target = ::core::convert::Into::into(#ident);))
        }
        _ => None,
    });
    quote!(#(#lets)* #item)
}

/// The references to the segments that a look-up takes.
pub(super) fn tuple(function: &Cached) -> TokenStream {
    let p = private(&function.krate);
    let parts = function.key.segments.iter().map(|segment| match segment {
        Segment::Type(name) => quote_spanned!(mixed()=> &#p::type_segment::<#name>()),
        Segment::Const(name) => quote!(&#name),
        Segment::SelfParams => quote_spanned!(mixed()=> &#p::self_params::<Self>()),
        Segment::Value(value) if is_sure(function, value) => full(function, value),
        Segment::Value(value) => part(&p, value, &full(function, value)),
    });
    quote_spanned!(mixed()=> &(#(#parts,)*))
}

/// Whether the segment is an argument whose type is a key wherever that can be read.
pub(super) fn is_sure(function: &Cached, value: &Value) -> bool {
    let as_it_is = value.whole && value.own.is_none() && value.filters.is_empty() && !value.verbatim;
    as_it_is
        && value.args.first().is_some_and(|index| {
            let arg = &function.args[*index];
            matches!(arg.conversion, Conversion::None) && is_plain_key(&arg.ty)
        })
}

/// Asserts that the segments are keys.
pub(super) fn assert_keys(function: &Cached, p: &Runtime) -> TokenStream {
    let asserts = function.key.values().filter(|value| !is_sure(function, value)).map(|value| {
        let span = value.span;
        let p = p.at(span);
        let value = filtered(&p, value, &full(function, value));
        quote_spanned!(span=> #p::assert_key(#value);)
    });
    quote!(#(#asserts)*)
}

/// A reference to the segment, where the arguments are.
fn full(function: &Cached, value: &Value) -> TokenStream {
    match (&value.own, value.whole) {
        (Some((name, _)), _) => reference(name),
        (None, true) => whole(&function.args[value.args[0]]),
        (None, false) => expression(value),
    }
}

/// Runs `inner`, an expression over `args`, where their patterns are taken apart and the segments' own parameters
/// are computed.
pub(super) fn scoped(function: &Cached, scope: Scope, args: &[usize], inner: TokenStream) -> TokenStream {
    let mut lets = Vec::new();
    for index in args {
        let arg = &function.args[*index];
        if let Some(pat) = &arg.pat {
            let ident = &arg.ident;
            lets.push(quote_spanned! {mixed()=>
                #[allow(unused_variables)]
                let #pat = &#ident;
            });
        }
    }
    if scope == Scope::Full {
        for value in function.key.values() {
            if let Some((name, ty)) = &value.own {
                let expr = &value.expr;
                lets.push(quote_spanned!(mixed()=> let #name: #ty = #expr;));
            }
        }
    }
    if lets.is_empty() {
        return inner;
    }
    quote_spanned! {mixed()=>
        {
            #(#lets)*
            let scoped = #inner;
            scoped
        }
    }
}

/// The arguments that the key's expressions and the choice of the cache mention.
pub(super) fn scope_args(function: &Cached, scope: Scope) -> Vec<usize> {
    let mut args: Vec<usize> = function
        .key
        .values()
        .filter(|value| !value.whole && (scope == Scope::Full || value.own.is_none()))
        .flat_map(|value| value.args.iter().copied())
        .collect();
    if let (Scope::Full, Some(cache)) = (scope, &function.cache) {
        args.extend(&cache.args);
    }
    args.sort_unstable();
    args.dedup();
    args
}

/// The cache that the function uses.
pub(super) fn cache(function: &Cached, scope: Scope) -> TokenStream {
    let p = private(&function.krate);
    match &function.cache {
        None => quote_spanned!(mixed()=> #p::DEFAULT),
        Some(cache) if scope == Scope::Full || cache.args.is_empty() => {
            let expr = &cache.expr;
            let chosen = quote_spanned!(expr.span()=> (#expr).__cache());
            quote_spanned!(mixed()=> #p::Some(#chosen))
        }
        Some(_) => {
            let cache = cache_ident();
            quote_spanned!(mixed()=> #p::Some(#cache))
        }
    }
}

/// One `private::Segment` per segment, over parameters that are `Option`s of references.
pub(super) fn targets(function: &Cached) -> Vec<TokenStream> {
    let p = private(&function.krate);
    function.key.segments.iter().map(|segment| target(function, &p, segment)).collect()
}

fn target(function: &Cached, p: &Runtime, segment: &Segment) -> TokenStream {
    let value = match segment {
        Segment::Type(name) => {
            return quote_spanned!(mixed()=> #p::segment(&#p::type_segment::<#name>()));
        }
        Segment::Const(name) => return quote_spanned!(mixed()=> #p::segment(&#name)),
        Segment::SelfParams => return quote_spanned!(mixed()=> #p::segment(&#p::self_params::<Self>())),
        Segment::Value(value) => value,
    };
    let any = quote_spanned!(mixed()=> #p::Segment::Any);
    let (some, none) = (quote_spanned!(mixed()=> #p::Some), quote_spanned!(mixed()=> #p::None));
    let param = match &value.own {
        Some((name, _)) => Some(name),
        None if value.whole => Some(&function.args[value.args[0]].ident),
        None => None,
    };
    if let (Some(param), true) = (param, value.filters.is_empty() && !value.verbatim) {
        let (span, p) = (value.span, p.at(value.span));
        let mut param = param.clone();
        param.set_span(param.span().located_at(span));
        if is_sure(function, value) {
            return quote_spanned!(span=> #p::maybe(#param));
        }
        return quote_spanned!(span=> #p::Maybe(#param).segment());
    }
    if let Some(param) = param {
        let known = Ident::new("known", value.span);
        let part = part(p, value, &quote!(#known));
        return quote_spanned! {mixed()=>
            match #param { #some(#known) => #p::segment(#part), #none => #any }
        };
    }
    let args = || value.args.iter().map(|index| &function.args[*index]);
    let idents: Vec<_> = args().map(|arg| &arg.ident).collect();
    let owned =
        args().filter(|arg| !value.works_by_reference() && arg.pat.is_none() && !arg.is_reference()).map(|arg| {
            let ident = &arg.ident;
            quote_spanned!(mixed()=> let #ident = ::core::clone::Clone::clone(#ident);)
        });
    let part = part(p, value, &expression(value));
    let inner = scoped(function, Scope::Companion, &value.args, quote_spanned!(mixed()=> #p::segment(#part)));
    if idents.is_empty() {
        return inner;
    }
    quote_spanned! {mixed()=>
        match (#(#idents,)*) {
            (#(#some(#idents),)*) => { #(#owned)* #inner }
            _ => #any,
        }
    }
}

/// A whole argument by reference, errors about it at its type.
fn whole(arg: &Arg) -> TokenStream {
    let ident = &arg.ident;
    match &arg.conversion {
        Conversion::AsRef(target) => {
            quote_spanned!(mixed()=> ::core::convert::AsRef::<#target>::as_ref(&#ident))
        }
        Conversion::None if arg.is_reference() => quote!(#ident),
        Conversion::None | Conversion::Into(_) => reference(ident),
    }
}

fn reference(ident: &Ident) -> TokenStream {
    quote_spanned!(ident.span()=> &#ident)
}

fn expression(value: &Value) -> TokenStream {
    let expr = &value.expr;
    if value.binds_tightly() { quote_spanned!(value.span=> &#expr) } else { quote_spanned!(value.span=> &(#expr)) }
}

/// A reference to the segment as the key takes it, errors at the segment's place.
fn part(p: &Runtime, value: &Value, expr: &TokenStream) -> TokenStream {
    let span = value.span;
    let p = p.at(span);
    let expr = filtered(&p, value, expr);
    quote_spanned!(span=> #p::Part(#expr).key())
}

fn filtered(p: &Runtime, value: &Value, expr: &TokenStream) -> TokenStream {
    let span = value.span;
    let mut expr = if value.whole || value.own.is_some() { placed(expr, span) } else { expr.clone() };
    if value.verbatim {
        let built = &value.expr;
        expr = quote_spanned!(span=> &#p::verbatim(#built));
    }
    for filter in &value.filters {
        expr = match filter {
            Filter::Lower => quote_spanned!(span=> &#p::lower(#expr)),
            Filter::Hash => quote_spanned!(span=> &#p::hash(#expr)),
        };
    }
    expr
}
