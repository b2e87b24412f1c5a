use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::describe::describe;
use super::{mixed, private};
use crate::model::{Cached, compact};

/// The function's one static.
pub(super) fn site(function: &Cached) -> TokenStream {
    let p = private(&function.krate);
    let vis = &function.item.vis;
    let name = function.name();
    let template = &function.key.template;
    let texts = &function.key.texts;
    let skipped = function.left_out();
    let open_end = function.key.open_end;
    let (explicit, single_flight) = (function.key.explicit, function.single_flight);
    let ttl = function.ttl_text();
    let (tier, version) = (function.tier(), function.version);
    let tier = quote_spanned!(mixed()=> #p::Tier::#tier);
    let stays = function.stays();
    let cache = function.cache.as_ref().map(|cache| compact(&cache.expr)).unwrap_or_default();
    let describe = describe(function, &p);
    quote_spanned! {mixed()=>
        #vis fn __site() -> &'static #p::Site {
            static SITE: #p::Site = #p::Site::new(#p::SiteInfo {
                function: #name,
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: ::core::line!(),
                template: #template,
                texts: &[#(#texts),*],
                skipped: &[#(#skipped),*],
                explicit: #explicit,
                single_flight: #single_flight,
                ttl: #ttl,
                open_end: #open_end,
                tier: #tier,
                stays: #stays,
                version: #version,
                cache: #cache,
                describe: #describe,
            });
            #p::submit! { #p::Linked(&SITE) }
            &SITE
        }
    }
}
