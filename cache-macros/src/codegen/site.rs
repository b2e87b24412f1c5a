use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Visibility;

use super::describe::describe;
use super::freshness::freshness;
use super::{mixed, private};
use crate::model::{Cached, Segment, compact};

/// The function's one static.
pub(super) fn site(function: &Cached, own_name: &Ident, vis: &Visibility) -> TokenStream {
    let p = private(&function.krate);
    let name = function.name();
    let template = &function.key.template;
    let texts = &function.key.texts;
    let skipped = function.left_out();
    let open_end = function.key.open_end;
    let self_params = function.key.segments.iter().any(|segment| matches!(segment, Segment::SelfParams));
    let (explicit, single_flight) = (function.key.explicit, function.single_flight);
    let ttl = function.ttl_text();
    let (tier, version) = (function.tier(), function.version);
    let tier = quote_spanned!(mixed()=> #p::Tier::#tier);
    let stays = function.stays();
    let cache = function.cache.as_ref().map(|cache| compact(&cache.expr)).unwrap_or_default();
    let describe = describe(function, &p);
    let freshness = freshness(function, &p);
    let line = line(function);
    quote_spanned! {mixed()=>
        #vis fn #own_name() -> &'static #p::Site {
            static SITE: #p::Site = #p::Site::new(#p::SiteInfo {
                function: #name,
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: #line,
                template: #template,
                texts: &[#(#texts),*],
                skipped: &[#(#skipped),*],
                explicit: #explicit,
                single_flight: #single_flight,
                ttl: #ttl,
                self_params: #self_params,
                open_end: #open_end,
                tier: #tier,
                stays: #stays,
                version: #version,
                cache: #cache,
                describe: #describe,
            })#freshness;
            #p::submit! { #p::Linked(&SITE) }
            &SITE
        }
    }
}

/// Of a method in a decorated block its own line: `line!()` is where the outermost macro was called.
fn line(function: &Cached) -> TokenStream {
    if function.host.is_some() && proc_macro::is_available() {
        let line = function.item.sig.ident.span().unwrap().line() as u32;
        return quote!(#line);
    }
    quote_spanned!(mixed()=> ::core::line!())
}
