use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Lifetime;

use super::calls::Calls;
use super::params::{cache_ident, outliving};
use super::segments::{Scope, cache, targets};
use super::{mixed, turbofish};

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
        let rest = self.rest();
        quote_spanned! {mixed()=>
            #[inline]
            #vis fn __target #generics(#(#idents: #p::Option<#types>),*) -> #p::Named #clause {
                #target
            }
            #rest
            #[inline]
            #vis fn __all(#cache_param) -> #p::Named {
                #all
            }
        }
    }

    /// `__target` with `None` for what `fill` leaves out.
    fn rest(&self) -> Option<TokenStream> {
        let Calls { function, p, params, generics, .. } = self;
        let vis = &function.item.vis;
        let given = Lifetime::new("'__given", mixed());
        let (types, generics) = outliving(params, generics, &given)?;
        let turbofish = turbofish(&generics);
        let (list, clause) = (&generics.params, &generics.where_clause);
        let nones = params.iter().map(|_| quote_spanned!(mixed()=> #p::None));
        let fields = (0..params.len()).map(syn::Index::from);
        let body = self.body(quote_spanned! {mixed()=>
            let mut given = (#(#nones,)*);
            fill(&mut given);
            Self::__target #turbofish(#(given.#fields),*)
        });
        Some(quote_spanned! {mixed()=>
            #[inline]
            #vis fn __rest<#list>(fill: impl #p::FnOnce(&mut (#(#p::Option<#types>,)*))) -> #p::Named #clause {
                #body
            }
        })
    }
}
