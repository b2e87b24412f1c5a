use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::calls::Calls;
use super::mixed;
use super::params::cache_ident;
use super::segments::{Scope, cache, targets};

impl Calls<'_> {
    /// What `#[invalidates]` calls: one `Option` per parameter, `None` for a wildcard.
    pub(super) fn targets(&self) -> TokenStream {
        let Calls { function, p, params, generics, .. } = self;
        let vis = &function.item.vis;
        let clause = &generics.where_clause;
        let idents: Vec<_> = params.iter().map(|param| &param.ident).collect();
        let types = params.iter().map(|param| &param.target);
        let segments = targets(function);
        let cache_ident = cache_ident();
        let cache = if self.takes_cache() { quote!(#cache_ident) } else { cache(function, Scope::Companion) };
        let cache_param = self.takes_cache().then(|| {
            let krate = &function.krate;
            quote_spanned!(mixed()=> #cache_ident: #p::Option<&#krate::Cache>)
        });
        let target = self.body(quote_spanned!(mixed()=> #p::named(Self::__site(), #cache, [#(#segments),*])));
        let all = self.body(quote_spanned!(mixed()=> #p::all_named(Self::__site(), #cache)));
        quote_spanned! {mixed()=>
            #[inline]
            #vis fn __target #generics(#(#idents: #p::Option<#types>),*) -> #p::Named #clause {
                #target
            }
            #[inline]
            #vis fn __all(#cache_param) -> #p::Named {
                #all
            }
        }
    }
}
