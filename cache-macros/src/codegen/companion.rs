use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{ItemFn, parse_quote};

use super::calls::Calls;
use super::plain::told_item;
use super::site::site_item;
use super::wrapper::{companion_ident, shape_item};
use super::{attributes, mixed};
use crate::check::signature::mentions_self;
use crate::model::Cached;
use crate::model::types::{has_impl_trait, has_lifetime};

/// The struct beside the function, in the type namespace.
fn declaration(function: &Cached) -> TokenStream {
    let cfgs = attributes::cfgs(&function.item.attrs);
    let vis = &function.item.vis;
    let name = companion_ident(function);
    quote_spanned! {mixed()=>
        #cfgs
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_debug_implementations, unreachable_pub, dead_code)]
        #vis struct #name {}
    }
}

pub(super) fn companion(function: &Cached) -> TokenStream {
    let declaration = declaration(function);
    let cfgs = attributes::cfgs(&function.item.attrs);
    let name = companion_ident(function);
    let name_of_body = syn::Ident::new("uncached", mixed().located_at(function.item.sig.ident.span()));
    let uncached = uncached(function, &name_of_body, &function.item.vis);
    let calls = Calls::new(function);
    let calls_of = if function.is_known_by_return() {
        calls.told()
    } else {
        let (valued, named) = (calls.valued(), calls.named());
        let vis = function.item.vis.to_token_stream();
        let site = site_item(function, &syn::Ident::new("__site", mixed()), &vis);
        quote!(#valued #named #site)
    };
    let told = function.is_known_by_return().then(|| told_item(function, &calls.p));
    let shape = (function.has_own_shape() && told.is_none())
        .then(|| shape_item(function, &calls.p, &syn::Ident::new("__shape", mixed()), &function.item.vis));
    // The user's lints are at work in the first block; nothing in the second is the user's.
    quote_spanned! {mixed()=>
        #declaration
        #cfgs
        impl #name {
            #uncached
        }
        #cfgs
        #[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
        impl #name {
            #calls_of
            #shape
        }
        #told
    }
}

/// The signatures alone, beside errors.
pub(super) fn stub(function: &Cached) -> TokenStream {
    let sig = &function.item.sig;
    // Which items an unknown list has is asked of its type, and that may be what is wrong.
    let unknown_items = function.batch.as_ref().is_some_and(|batch| !batch.is_spelled());
    if sig.receiver().is_some() || mentions_self(sig) || unknown_items {
        return TokenStream::new();
    }
    let declaration = declaration(function);
    let cfgs = attributes::cfgs(&function.item.attrs);
    let name = companion_ident(function);
    let calls = Calls::stub(function);
    let named = calls.named();
    let speakable = !has_impl_trait(&function.output) && !has_lifetime(&function.output) && function.batch.is_none();
    let valued = speakable.then(|| calls.valued());
    quote_spanned! {mixed()=>
        #declaration
        #cfgs
        #[allow(dead_code, unreachable_pub, unused_variables, clippy::all, clippy::pedantic)]
        impl #name {
            #valued
            #named
        }
    }
}

/// The body, and the only place where it is.
pub(super) fn uncached(function: &Cached, name: &syn::Ident, vis: &syn::Visibility) -> TokenStream {
    let lints = attributes::lints(&function.item.attrs);
    let ItemFn { mut sig, mut block, .. } = function.as_written();
    let used = function.named_in_options();
    block.stmts.splice(..0, used.into_iter().map(|name| parse_quote!(let _ = &#name;)));
    sig.ident = name.clone();
    quote_spanned! {mixed()=>
        #lints
        #[doc(hidden)]
        #[allow(
            unreachable_pub,
            clippy::too_many_arguments,
            clippy::type_complexity,
            clippy::fn_params_excessive_bools,
            clippy::must_use_candidate
        )]
        #vis #sig #block
    }
}
