//! What the types have to be, asserted where nothing of it is run.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::rules::{self, outcome};
use super::segments::{Scope, assert_keys, scope_args, scoped};
use super::{Runtime, mixed};
use crate::model::types::{referent_span, ungroup};
use crate::model::{Cached, Role};

/// What the types have to be, asserted once: that segments are keys, that the value can be stored, and [`handles`].
pub(super) fn assertions(function: &Cached, p: &Runtime) -> TokenStream {
    let keys = assert_keys(function, p);
    // Of a function that is known by its return type they are asserted beside its shape.
    let handles = (!function.is_known_by_return()).then(|| handles(function, p)).flatten();
    let value = (!function.has_own_shape()).then(|| {
        let (outcome, asserts) = (outcome(function, p), value_assertions(function, p));
        quote_spanned!(mixed()=> let shape = #outcome; #asserts)
    });
    let keys = (!keys.is_empty()).then(|| {
        let args = scope_args(function, Scope::Full);
        scoped(function, Scope::Full, &args, quote_spanned!(mixed()=> { #keys }))
    });
    if keys.is_none() && value.is_none() && handles.is_none() {
        return TokenStream::new();
    }
    quote_spanned! {mixed()=>
        if false {
            #keys
            #value
            #handles
        }
    }
}

/// That what is left out by its name alone is no key, asserted of the types.
pub(super) fn handles(function: &Cached, p: &Runtime) -> Option<TokenStream> {
    let asserts = function.args.iter().enumerate().filter_map(|(index, arg)| {
        let told = function.key.mentions(index) || arg.role != Role::NamedHandle;
        (!told).then(|| {
            let span = mixed().located_at(arg.ident.span());
            let ty = ungroup(&arg.ty);
            quote_spanned!(span=> #p::assert_handle(&#p::HandleProbe::<#ty>::VERDICT);)
        })
    });
    let asserts: Vec<_> = asserts.collect();
    (!asserts.is_empty()).then(|| {
        quote_spanned! {mixed()=>
            {
                #[allow(unused_imports)]
                use #p::NotKeyFallback as _;
                #(#asserts)*
            }
        }
    })
}

/// Of the return type: that its value can be stored, and what rules over it ask.
pub(super) fn value_assertions(function: &Cached, p: &Runtime) -> TokenStream {
    // Not the user's token: the compiler would propose to borrow the type.
    let span = mixed().located_at(referent_span(&function.output));
    let placed = p.at(span);
    let shape = Ident::new("shape", span);
    let value = quote_spanned!(span=> #placed::assert_value(#shape););
    let rules = rules::assertions(function, p);
    quote!(#value #rules)
}
