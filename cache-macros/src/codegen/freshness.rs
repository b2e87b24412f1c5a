//! What a function says of the time around its TTL, as the runtime takes it.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{Runtime, mixed};
use crate::attr::freshness::{Length, Span};
use crate::model::Cached;

/// `.freshness(…)` of the function's site; nothing where it says nothing.
pub(super) fn freshness(function: &Cached, p: &Runtime) -> Option<TokenStream> {
    let fresh = &function.freshness;
    if fresh.given().is_empty() {
        return None;
    }
    let mut fields = Vec::new();
    let plain = [
        ("stale_while_revalidate", &fresh.stale_while_revalidate),
        ("stale_if_error", &fresh.stale_if_error),
        ("retry_after", &fresh.retry_after),
    ];
    for (field, span) in plain.into_iter().filter_map(|(field, span)| Some((field, span.as_ref()?))) {
        let (field, length) = (Ident::new(field, mixed()), length(span, p));
        fields.push(quote_spanned!(mixed()=> #field: #length));
    }
    for (field, span) in [("soft_timeout", &fresh.soft_timeout), ("timeout", &fresh.timeout)] {
        if let Some(span) = span {
            let (field, length) = (Ident::new(field, mixed()), length(span, p));
            fields.push(quote_spanned!(mixed()=> #field: #p::Some(#length)));
        }
    }
    if let Some(share) = &fresh.refresh_ahead {
        let value = share.value;
        fields.push(quote_spanned!(mixed()=> refresh_ahead: #p::Some(#value)));
    }
    if let Some(share) = &fresh.jitter {
        let value = share.value;
        fields.push(quote_spanned!(mixed()=> jitter: #value));
    }
    if let Some(adaptive) = &fresh.adaptive {
        let (least, most) = (literal(adaptive.least, p), literal(adaptive.most, p));
        fields.push(quote_spanned!(mixed()=> adaptive: #p::Some((#least, #most))));
    }
    Some(quote_spanned!(mixed()=> .freshness(#p::Freshness { #(#fields,)* ..#p::Freshness::PLAIN })))
}

fn length(span: &Span, p: &Runtime) -> TokenStream {
    match &span.value {
        Length::Literal(length) => literal(*length, p),
        Length::Const(expr) => {
            let at = expr.span();
            let p = p.at(at);
            quote_spanned!(at=> { const LENGTH: #p::Duration = #expr; LENGTH })
        }
    }
}

fn literal(length: Duration, p: &Runtime) -> TokenStream {
    let (seconds, nanos) = (length.as_secs(), length.subsec_nanos());
    if nanos == 0 { quote!(#p::Duration::from_secs(#seconds)) } else { quote!(#p::Duration::new(#seconds, #nanos)) }
}
