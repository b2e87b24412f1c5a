//! Output: one file per generated item. Everything that it names is in `private`, and its own local names are hygienic,
//! so that nothing in the user's scope can get in the way.

mod assertions;
mod attributes;
mod batch;
mod calls;
mod companion;
mod conditional;
mod contract;
mod derive;
mod describe;
mod freshness;
mod graceful;
mod invalidates;
mod invalidations;
mod key_macro;
mod method;
mod params;
mod plain;
mod rules;
mod segments;
mod site;
mod targets;
mod updates;
mod wrapper;

pub(crate) use derive::{cache_key as derive_cache_key, weigh as derive_weigh};
pub(crate) use invalidates::invalidates;
pub(crate) use key_macro::key_macro;
pub(crate) use updates::updates;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics, Path};

use crate::errors::Errors;
use crate::model::Cached;

pub(crate) fn cached(function: &Cached) -> TokenStream {
    let wrapper = wrapper::wrapper(function);
    let companion = companion::companion(function);
    quote!(#wrapper #companion)
}

/// A method, and what stands beside it.
pub(crate) fn method(function: &Cached) -> (TokenStream, TokenStream) {
    (wrapper::wrapper(function), method::beside(function))
}

/// The function as it was written, with a companion that has the right signatures, so that its callers' code does not
/// add errors to those that are reported.
pub(crate) fn fallback(function: &Cached, errors: Errors) -> TokenStream {
    let errors = errors.into_tokens();
    let item = conditional::stub(function).unwrap_or_else(|| function.as_written().into_token_stream());
    let companion = companion::stub(function);
    quote!(#errors #item #companion)
}

/// `cache_core::private`
fn private(krate: &Path) -> Runtime {
    Runtime(quote_spanned!(mixed()=> #krate::private).into_iter().collect())
}

/// A path to the runtime's items, token by token: a stream inside of a stream is a call of the compiler each time.
#[derive(Clone)]
struct Runtime(Vec<TokenTree>);

impl Runtime {
    /// By a name that it has.
    fn named(name: &Ident) -> Self {
        Self(vec![name.clone().into()])
    }

    /// The same as if it stood at `span`.
    fn at(&self, span: Span) -> Self {
        Self(self.0.iter().cloned().map(|token| token_at(token, span)).collect())
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().cloned());
    }
}

/// Local names are ours alone; items are looked up where the macro is used.
fn mixed() -> Span {
    Span::mixed_site()
}

/// `::<T, N>`: the type and const parameters, passed on.
fn turbofish(generics: &Generics) -> TokenStream {
    let params: Vec<_> = generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    if params.is_empty() { TokenStream::new() } else { quote!(::<#(#params),*>) }
}

/// The tokens as if they stood at `span`, so that what the compiler says of them is said there. `$crate` stays what it
/// is.
fn placed(tokens: &TokenStream, span: Span) -> TokenStream {
    tokens.clone().into_iter().map(|token| token_at(token, span)).collect()
}

fn token_at(mut token: TokenTree, span: Span) -> TokenTree {
    match &mut token {
        TokenTree::Ident(ident) if ident == "$crate" => ident.set_span(ident.span().located_at(span)),
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), placed(&group.stream(), span));
            inner.set_span(span);
            *group = inner;
        }
        token => token.set_span(span),
    }
    token
}
