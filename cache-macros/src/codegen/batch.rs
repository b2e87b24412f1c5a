//! Functions of many items. In the expressions of the key and of the options, the list's name stands for one item.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Receiver, ReceiverKind, ReturnType, Type, TypeReference, Visibility};

use super::assertions::assertions;
use super::calls::{Calls, in_form_of};
use super::rules::{for_load, outcome};
use super::segments::{Scope, cache, conversions, scoped};
use super::wrapper::{begin, checked, looked, name_arguments, own};
use super::{Runtime, attributes, contract, mixed, private, turbofish};
use crate::model::types::{referent_span, ungroup};
use crate::model::{Arg, Batch, Cached};

/// What a call of a batch gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// What the function returns.
    Plain,
    /// The same, of a new load of every item.
    Refresh,
    /// What became of each item.
    Outcomes,
}

/// The function as its callers see it.
pub(super) fn wrapper(function: &Cached) -> TokenStream {
    let attrs = attributes::of_wrapper(&function.item.attrs);
    let contract = contract::attribute(function);
    let vis = &function.item.vis;
    let mut sig = function.item.sig.clone();
    name_arguments(&mut sig, function);
    let (uncached, site) = own(function);
    let body = driver(function, Call::Plain, &site, &uncached);
    quote_spanned! {mixed()=>
        #attrs
        #contract
        #vis #sig {
            #body
        }
    }
}

impl Calls<'_> {
    /// `refresh` and `outcomes`.
    pub(super) fn batched(&self) -> TokenStream {
        let (site, uncached) = (quote_spanned!(mixed()=> Self::__site()), quote_spanned!(mixed()=> Self::uncached));
        let calls = [("refresh", Call::Refresh), ("outcomes", Call::Outcomes)].map(|(name, call)| {
            let body = self.body(driver(self.function, call, &site, &uncached));
            item(self.function, &Ident::new(name, mixed()), &self.function.item.vis, call, &body)
        });
        quote!(#(#calls)*)
    }
}

/// The same beside a method, under its name.
pub(super) fn beside(function: &Cached, vis: &Visibility) -> Option<TokenStream> {
    function.batch.as_ref()?;
    let cfgs = attributes::cfgs(&function.item.attrs);
    let (uncached, site) = own(function);
    let ident = &function.item.sig.ident;
    let span = proc_macro2::Span::call_site().located_at(ident.span());
    let calls = [("refresh", Call::Refresh), ("outcomes", Call::Outcomes)].map(|(name, call)| {
        let name = format_ident!("{}_{name}", ident.unraw(), span = span);
        let body = driver(function, call, &site, &uncached);
        let item = item(function, &name, vis, call, &body);
        quote_spanned! {mixed()=>
            #cfgs
            #[doc(hidden)]
            #[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
            #item
        }
    });
    Some(quote!(#(#calls)*))
}

fn item(function: &Cached, name: &Ident, vis: &Visibility, call: Call, body: &TokenStream) -> TokenStream {
    let mut sig = function.item.sig.clone();
    name_arguments(&mut sig, function);
    sig.ident = name.clone();
    if let (Call::Outcomes, Some(batch)) = (call, &function.batch) {
        let (p, whole, item) = (private(&function.krate), &batch.whole, &batch.item);
        let outcomes: Type = syn::parse_quote!(<#whole as #p::Answers<#item>>::Outcomes);
        sig.output = ReturnType::Type(Default::default(), Box::new(outcomes));
    }
    quote_spanned!(mixed()=> #vis #sig { #body })
}

/// Looks the items up, and runs the body for those that are missing as often as the runtime says.
fn driver(function: &Cached, call: Call, site: &TokenStream, uncached: &TokenStream) -> TokenStream {
    let Some(batch) = &function.batch else { return TokenStream::new() };
    let p = private(&function.krate);
    let others = function.args.iter().enumerate().filter(|(index, _)| *index != batch.index);
    let lets = conversions(function, others.map(|(_, arg)| &arg.ident));
    let outcome = outcome(function, &p);
    let shape = checked(function, &p, &quote_spanned!(mixed()=> shape));
    let looked = match call {
        Call::Refresh => {
            let refresh = begin(function, &p, "refresh", site, &shape, None);
            quote_spanned!(mixed()=> #p::Lookup::Miss(#refresh))
        }
        Call::Plain | Call::Outcomes => looked(function, &p, site, &shape),
    };
    let (bind, policy) = for_load(function, &p, &quote_spanned!(mixed()=> shape));
    let items = items(function, batch, &p);
    let asserted = (call == Call::Plain).then(|| asserted(function, batch, &p));
    let one_item = one_item(function, batch);
    let begin = in_form_of(function, "batch");
    let whole = &batch.whole;
    let rounds = rounds(function, batch, &p, uncached);
    let (before, after) = match call {
        Call::Outcomes => (began(function, &p), quote_spanned!(mixed()=> batch.outcomes(&began))),
        Call::Plain | Call::Refresh => (TokenStream::new(), quote_spanned!(mixed()=> batch.answer())),
    };
    quote_spanned! {mixed()=>
        #lets
        #before
        let shape = #outcome;
        let items = #items;
        #asserted
        let mut batch: #p::Batch<'_, _, #whole, _, _, _> = #p::#begin(
            &items,
            |item| { #one_item #looked },
            |item| { #one_item #bind #policy },
        );
        if batch.is_open() {
            #rounds
        }
        #after
    }
}

/// The items, each once.
fn items(function: &Cached, batch: &Batch, p: &Runtime) -> TokenStream {
    let (list, ident) = (&batch.list, &function.args[batch.index].ident);
    let list_ref = if batch.is_reference() { quote!(#ident) } else { quote_spanned!(mixed()=> &#ident) };
    let span = mixed().located_at(list.span());
    let p = p.at(span);
    quote_spanned!(span=> #p::distinct::<#list>(#list_ref))
}

/// The list's name for one of its items. It may be one that nothing mentions.
fn one_item(function: &Cached, batch: &Batch) -> TokenStream {
    let ident = &function.args[batch.index].ident;
    quote_spanned!(mixed()=> let #ident = item; let _ = #ident;)
}

/// What the types have to be, with one item where there are many.
fn asserted(function: &Cached, batch: &Batch, p: &Runtime) -> TokenStream {
    let assertions = assertions(function, p);
    let one_item = one_item(function, batch);
    quote_spanned! {mixed()=>
        for &item in items.iter().take(0) {
            #one_item
            #assertions
        }
    }
}

/// When the call began, by its cache's clock.
fn began(function: &Cached, p: &Runtime) -> TokenStream {
    let which = cache(function, Scope::Full);
    let args = function.cache.as_ref().map(|cache| cache.args.clone()).unwrap_or_default();
    let began = scoped(function, Scope::Companion, &args, quote_spanned!(mixed()=> #p::began(#which)));
    quote_spanned!(mixed()=> let began = #began;)
}

fn rounds(function: &Cached, batch: &Batch, p: &Runtime, uncached: &TokenStream) -> TokenStream {
    let turbofish = turbofish(&function.item.sig.generics);
    let receiver = function.item.sig.receiver();
    let args = function.args.iter().enumerate().map(|(index, arg)| {
        if index != batch.index {
            return again(arg, receiver, p);
        }
        if batch.is_reference() {
            quote_spanned!(mixed()=> ::core::borrow::Borrow::borrow(&missing))
        } else {
            quote_spanned!(mixed()=> missing)
        }
    });
    let list = &batch.list;
    let body = quote_spanned!(mixed()=> #uncached #turbofish(#(#args),*));
    let missing = quote_spanned!(mixed()=> let missing = batch.missing::<#list>(););
    if !function.is_async() {
        return quote_spanned! {mixed()=>
            while batch.round_blocking() {
                #missing
                let answer = batch.run(|| #body);
                batch.finish_blocking(answer);
            }
        };
    }
    // On the heap, so that the future of a call that hits stays as small as its arguments.
    quote_spanned! {mixed()=>
        ::std::boxed::Box::pin(async {
            while batch.round().await {
                #missing
                let answer = {
                    let body = ::core::pin::pin!(#body);
                    batch.attend(body).await
                };
                batch.finish(answer).await;
            }
        })
        .await;
    }
}

/// An argument for one run of the body, of which there may be another.
fn again(arg: &Arg, receiver: Option<&Receiver>, p: &Runtime) -> TokenStream {
    let ident = &arg.ident;
    match (ungroup(&arg.ty), receiver.filter(|_| arg.is_self()).map(|receiver| &receiver.kind)) {
        (Type::Reference(TypeReference { mutability: Some(_), .. }), _) => quote_spanned!(mixed()=> &mut *#ident),
        (Type::Reference(_), _) | (_, Some(ReceiverKind::Reference(..))) => quote!(#ident),
        (ty, _) => {
            let span = mixed().located_at(referent_span(ty));
            let p = p.at(span);
            quote_spanned!(span=> #p::Again::again(&#ident))
        }
    }
}
