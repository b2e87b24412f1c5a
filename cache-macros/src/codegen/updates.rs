use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::{ExprPath, Ident, ImplItemFn, parse_quote};

use super::invalidates::{Wrapped, wrapped};
use super::invalidations::{Targets, common};
use super::{Runtime, mixed, private};
use crate::attr::invalidates::{CallArg, InvalidatesArgs, TargetArg};
use crate::attr::krate;
use crate::errors::Errors;

/// The function, its body between the capture of the entries and their update. Dropped in between, they are
/// invalidated: the write may have happened.
pub(crate) fn updates(options: &InvalidatesArgs, function: &ImplItemFn, errors: &mut Errors) -> TokenStream {
    let krate = krate::or_default(options.krate.clone());
    let p = private(&krate);
    let targets = Targets::new(&options.targets, &function.sig, &p, errors);
    let Wrapped { output, body, is_async, is_boxed } = wrapped(function, &p);
    let value = targets.result.clone().unwrap_or_else(|| Ident::new("value", mixed()));
    let calls: Vec<_> = options
        .targets
        .iter()
        .filter_map(|target| match target {
            TargetArg::Call(call) => Some(call),
            TargetArg::Key(_) | TargetArg::Pattern(_) | TargetArg::Tag(_) => None,
        })
        .collect();
    let names: Vec<_> = (0..calls.len()).map(|index| format_ident!("stored{index}", span = mixed())).collect();
    let stores = calls.iter().map(|call| store(&p, call, &value));
    let wait = is_async.then(|| quote_spanned!(mixed()=> #(#p::Settle::settle(#names).await;)*));
    let held = (!is_async).then(|| quote_spanned!(mixed()=> #(drop(#names);)*));
    let (before, after) = (&targets.before, &targets.after);
    let steps = quote_spanned! {mixed()=>
        let mut fence = #p::Invalidating::new();
        #(#before)*
        let outcome: #output = #body;
        if let #p::Some(#value) = #p::success(&#p::layers!(#output), &outcome) {
            #(#after)*
            let mut entries = fence.entries();
            #(let #names = #stores;)*
            #held
            #wait
        } else {
            fence.disarm();
        }
        outcome
    };
    let mut function = function.clone();
    function.block = if is_boxed {
        parse_quote!({ ::std::boxed::Box::pin(async move { #steps }) })
    } else {
        parse_quote!({ #steps })
    };
    function.into_token_stream()
}

/// Stores a copy of the value as the function's or the method's. Memory is done at once.
fn store(p: &Runtime, call: &CallArg, value: &Ident) -> TokenStream {
    let span = call.path.segments.last().map_or_else(mixed, |last| last.ident.span());
    let store = Ident::new("__store", proc_macro2::Span::call_site().located_at(span));
    let mut path = call.path.clone();
    let entry = quote_spanned!(mixed()=> entries.next());
    let copy = quote_spanned!(span=> ::core::clone::Clone::clone(#value));
    if !call.is_method() {
        if let Some(last) = path.segments.last_mut() {
            last.arguments = syn::PathArguments::None;
        }
        let stored = Ident::new("stored", proc_macro2::Span::call_site().located_at(span));
        let (common, p) = (common(p, span), p.at(span));
        return quote_spanned! {span=>
            #p::#stored(
                {
                    #common
                    #path::#store
                },
                #entry,
                #copy,
            )
        };
    }
    if let Some(last) = path.segments.last_mut() {
        last.ident = format_ident!("{}_cache", last.ident.unraw(), span = last.ident.span());
    }
    let path = ExprPath { attrs: Vec::new(), qself: call.qself.clone(), path };
    quote_spanned!(span=> #path().#store(#entry, #copy))
}
