use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Visibility;

use super::{mixed, private};
use crate::model::Cached;

/// The function's one static.
pub(super) fn site(function: &Cached, own_name: &Ident, vis: &Visibility) -> TokenStream {
    let p = private(&function.krate);
    let name = function.name();
    let template = &function.key.template;
    let texts = &function.key.texts;
    let skipped = function.left_out();
    let open_end = function.key.open_end;
    let (explicit, single_flight) = (function.key.explicit, function.single_flight);
    let ttl = function.ttl.text();
    let (tier, version) = (function.tier(), function.version);
    let tier = quote_spanned!(mixed()=> #p::Tier::#tier);
    quote_spanned! {mixed()=>
        #vis fn #own_name() -> &'static #p::Site {
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
                version: #version,
            });
            &SITE
        }
    }
}
