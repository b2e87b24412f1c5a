//! Bodies that are given the previous value.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::calls::in_form_of;
use super::{Runtime, attributes, mixed};
use crate::model::{Cached, Conditional};

/// What a load needs beside its policy: statements, and the policy that is told of the previous value.
pub(super) fn offered(
    function: &Cached,
    p: &Runtime,
    shape: &TokenStream,
    (bind, policy): (TokenStream, TokenStream),
) -> (TokenStream, TokenStream) {
    if function.conditional.is_none() {
        return (bind, policy);
    }
    let name = function.name();
    let offered = quote_spanned!(mixed()=> let (policy, asks) = #p::conditional(#shape, #policy, #name););
    (quote!(#bind #offered), quote_spanned!(mixed()=> policy))
}

/// The arguments of the body, the previous value among them.
pub(super) fn arguments(function: &Cached, mut args: Vec<TokenStream>) -> Vec<TokenStream> {
    if let Some(conditional) = &function.conditional {
        args.insert(conditional.position, offer(conditional));
    }
    args
}

/// A run of the body past the cache.
pub(super) fn unasked(
    function: &Cached,
    p: &Runtime,
    shape: &TokenStream,
    uncached: &TokenStream,
    args: &[&Ident],
) -> TokenStream {
    let args = arguments(function, args.iter().map(|arg| arg.to_token_stream()).collect());
    let call = quote_spanned!(mixed()=> #uncached(#(#args),*));
    if function.conditional.is_none() {
        return call;
    }
    let unset = (TokenStream::new(), quote_spanned!(mixed()=> #p::Ttl::Default));
    let (bind, _) = offered(function, p, shape, unset);
    let call = asking(function, call);
    quote_spanned!(mixed()=> { #bind let _ = policy; #call })
}

/// A call of the body, where it is given the previous value.
pub(super) fn asking(function: &Cached, call: TokenStream) -> TokenStream {
    let Some(conditional) = &function.conditional else { return call };
    let (run, previous) = (in_form_of(function, "run"), offer(conditional));
    quote_spanned!(mixed()=> asks.#run(move |#previous| #call))
}

/// What the body is given, where its type is reported if that is another one.
fn offer(conditional: &Conditional) -> TokenStream {
    let span = mixed().located_at(conditional.argument.ty.span());
    quote_spanned!(span=> previous)
}

/// Beside errors: the function as its callers see it, so that they are not told of an argument that is not theirs.
pub(super) fn stub(function: &Cached) -> Option<TokenStream> {
    function.conditional.as_ref().filter(|_| function.host.is_none())?;
    let (attrs, vis, sig) = (attributes::of_wrapper(&function.item.attrs), &function.item.vis, &function.item.sig);
    let body = function.as_written();
    Some(quote_spanned! {mixed()=>
        #attrs
        #[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
        #vis #sig { loop {} }
        #[allow(dead_code)]
        const _: () = { #body };
    })
}
