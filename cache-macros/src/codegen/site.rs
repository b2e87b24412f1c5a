use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::describe::{Description, describe};
use super::freshness::freshness;
use super::{mixed, private};
use crate::attr::cached::Codec;
use crate::model::{Cached, Segment, compact};

/// What gives the function's static: `before` is what stands before that `fn`.
pub(super) fn site_item(function: &Cached, name: &Ident, before: &TokenStream) -> TokenStream {
    let (p, site) = (private(&function.krate), site(function));
    quote_spanned! {mixed()=>
        #before fn #name() -> &'static #p::Site {
            #site
            &SITE
        }
    }
}

/// The function's one static, `SITE`.
pub(super) fn site(function: &Cached) -> TokenStream {
    let p = private(&function.krate);
    let name = function.name();
    let template = &function.key.template;
    let texts = &function.key.texts;
    let skipped = function.left_out();
    let ttl = function.ttl_text();
    let tier = function.tier();
    let (described, fields) = match describe(function, &p) {
        Some(Description::Body(body)) => (Some(quote!([#body])), None),
        Some(Description::Fields(fields)) => (None, Some(fields)),
        None => (None, None),
    };
    let more = more(function);
    let freshness = freshness(function, &p);
    let line = line(function);
    quote_spanned! {mixed()=>
        #p::site! {
            #line, #name #template [#(#texts),*] [#(#skipped),*] #ttl #tier #described {#more #fields} [#freshness]
        }
    }
}

/// What few functions say.
fn more(function: &Cached) -> TokenStream {
    let key = &function.key;
    let mut more = TokenStream::new();
    let mut say = |name: &str, value: TokenStream| {
        let name = Ident::new(name, mixed());
        more.extend(quote_spanned!(mixed()=> #name: #value,));
    };
    if key.explicit {
        say("explicit", quote!(true));
    }
    if !function.single_flight {
        say("single_flight", quote!(false));
    }
    if function.cluster_flight {
        say("cluster_flight", quote!(true));
    }
    if key.segments.iter().any(|segment| matches!(segment, Segment::SelfParams)) {
        say("self_params", quote!(true));
    }
    if key.open_end {
        say("open_end", quote!(true));
    }
    let (stays, version) = (function.stays(), function.version);
    if !stays.is_empty() {
        say("stays", quote!(#stays));
    }
    if version != 0 {
        say("version", quote!(#version));
    }
    if let Some((text, codec)) = &function.rules.codec {
        let p = private(&function.krate).at(text.span());
        let codec = match codec {
            Codec::Json => quote_spanned!(text.span()=> #p::Encoding::Json),
            // Whether there is one is known to the runtime alone.
            Codec::MessagePack => quote_spanned!(text.span()=> #p::msgpack!()),
            Codec::Postcard => quote_spanned!(text.span()=> #p::postcard!()),
        };
        say("codec", quote_spanned!(mixed()=> #p::Some(#codec)));
    }
    if let Some(cache) = &function.cache {
        let cache = compact(&cache.expr);
        say("cache", quote!(#cache));
    }
    more
}

/// Of a method in a decorated block its own line: `line!()` is where the outermost macro was called.
fn line(function: &Cached) -> TokenStream {
    if function.host.is_some() && proc_macro::is_available() {
        let line = function.item.sig.ident.span().unwrap().line() as u32;
        return quote!(#line);
    }
    quote_spanned!(mixed()=> ::core::line!())
}
