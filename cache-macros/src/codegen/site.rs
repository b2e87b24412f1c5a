use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Visibility;

use super::describe::describe;
use super::freshness::freshness;
use super::{mixed, private};
use crate::attr::cached::Codec;
use crate::model::{Cached, Segment, compact};

/// The function's one static.
pub(super) fn site(function: &Cached, own_name: &Ident, vis: &Visibility) -> TokenStream {
    let p = private(&function.krate);
    let name = function.name();
    let template = &function.key.template;
    let texts = &function.key.texts;
    let skipped = function.left_out();
    let ttl = function.ttl_text();
    let tier = function.tier();
    let tier = quote_spanned!(mixed()=> #p::Tier::#tier);
    let describe = describe(function, &p);
    let more = more(function);
    let freshness = freshness(function, &p);
    let line = line(function);
    quote_spanned! {mixed()=>
        #vis fn #own_name() -> &'static #p::Site {
            static SITE: #p::Site = #p::Site::new(#p::SiteInfo::new(
                (::core::module_path!(), ::core::file!(), #line),
                #name,
                #template,
                &[#(#texts),*],
                &[#(#skipped),*],
                #ttl,
                #tier,
                #describe,
            )#more)#freshness;
            #p::submit! { #p::Linked(&SITE) }
            &SITE
        }
    }
}

/// What few functions say.
fn more(function: &Cached) -> TokenStream {
    let key = &function.key;
    let self_params = key.segments.iter().any(|segment| matches!(segment, Segment::SelfParams));
    let mut more = TokenStream::new();
    let said = [
        (key.explicit, "explicit"),
        (!function.single_flight, "each_alone"),
        (function.cluster_flight, "once_in_the_cluster"),
        (self_params, "self_params"),
        (key.open_end, "open_end"),
    ];
    for (_, name) in said.into_iter().filter(|(is_said, _)| *is_said) {
        let name = Ident::new(name, mixed());
        more.extend(quote_spanned!(mixed()=> .#name()));
    }
    let (stays, version) = (function.stays(), function.version);
    if !stays.is_empty() {
        more.extend(quote_spanned!(mixed()=> .stays(#stays)));
    }
    if version != 0 {
        more.extend(quote_spanned!(mixed()=> .version(#version)));
    }
    if let Some((text, codec)) = &function.rules.codec {
        let p = private(&function.krate).at(text.span());
        let codec = match codec {
            Codec::Json => quote_spanned!(text.span()=> #p::Encoding::Json),
            // Whether there is one is known to the runtime alone.
            Codec::MessagePack => quote_spanned!(text.span()=> #p::msgpack!()),
            Codec::Postcard => quote_spanned!(text.span()=> #p::postcard!()),
        };
        more.extend(quote_spanned!(mixed()=> .codec(#codec)));
    }
    if let Some(cache) = &function.cache {
        let cache = compact(&cache.expr);
        more.extend(quote_spanned!(mixed()=> .cache(#cache)));
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
