use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{GenericParam, Generics, Ident, Signature, Token};

use super::params::{Param, as_targets, declared, of_key, of_put, used};
use super::rules::{for_load, for_put};
use super::segments::{Scope, cache, conversions, scope_args, scoped};
use super::wrapper::{body, name_arguments, shape};
use super::{Runtime, mixed, private, turbofish};
use crate::model::{Cached, subset};

/// Stores `value`, whole, under `entry`. Where what is stored depends on arguments, which are not there, the entry is
/// removed instead.
pub(super) fn store_call(function: &Cached, p: &Runtime, site: &TokenStream) -> TokenStream {
    let waits = function.is_async();
    if !function.policy_args.is_empty() {
        let call = Ident::new(if waits { "give_up_later" } else { "give_up" }, mixed());
        return quote_spanned!(mixed()=> { let _ = value; #p::#call(entry) });
    }
    let shape = shape(function, p);
    let call = Ident::new(if waits { "store_later" } else { "store" }, mixed());
    let (bind, policy) = for_put(function, p, &shape);
    quote_spanned!(mixed()=> { #bind #p::#call(#site, #shape, entry, #policy, value) })
}

/// The runtime's function of that name, in the form of the user's.
pub(super) fn in_form_of(function: &Cached, call: &str) -> Ident {
    if function.is_async() { Ident::new(call, mixed()) } else { Ident::new(&format!("{call}_blocking"), mixed()) }
}

/// Of an async function what begins with the first poll, as a future that is not an `async` block: that costs whoever
/// compiles it several times as much.
pub(super) fn lazily(function: &Cached, p: &Runtime, body: TokenStream) -> TokenStream {
    if function.is_async() { quote_spanned!(mixed()=> #p::lazily(move || { #body })) } else { body }
}

/// The companion's functions.
pub(super) struct Calls<'a> {
    pub(super) function: &'a Cached,
    pub(super) p: Runtime,
    pub(super) params: Vec<Param>,
    /// The function's generics as far as `params` need them.
    pub(super) generics: Generics,
    /// Signatures alone.
    stub: bool,
}

impl<'a> Calls<'a> {
    pub(super) fn new(function: &'a Cached) -> Self {
        let params = of_key(function);
        Calls {
            p: private(&function.krate),
            generics: subset(&function.item.sig.generics, &used(function, &params)),
            params,
            stub: false,
            function,
        }
    }

    pub(super) fn stub(function: &'a Cached) -> Self {
        Calls { stub: true, ..Calls::new(function) }
    }

    pub(super) fn body(&self, body: TokenStream) -> TokenStream {
        if self.stub { quote_spanned!(mixed()=> loop {}) } else { body }
    }

    /// A body that gives a value, at once or as a future. What it evaluates of the user's, it does when it is polled.
    fn valued_body(&self, body: TokenStream, evaluates: bool) -> TokenStream {
        match (self.stub, self.function.is_async()) {
            (true, true) => quote_spanned!(mixed()=> async { loop {} }),
            (true, false) => quote_spanned!(mixed()=> loop {}),
            (false, _) if evaluates => lazily(self.function, &self.p, body),
            (false, _) => body,
        }
    }

    /// What a function returns that gives `output`: that, or a future of it.
    fn given(&self, output: &TokenStream) -> TokenStream {
        let p = &self.p;
        if self.function.is_async() {
            quote_spanned!(mixed()=> impl #p::Future<Output = #output>)
        } else {
            output.clone()
        }
    }

    /// Those that deal in the value: `peek`, `put`, `refresh`.
    pub(super) fn valued(&self) -> TokenStream {
        let Calls { function, p, params, .. } = self;
        let vis = &function.item.vis;
        let output = &function.output;
        let generics = {
            let keyed = used(function, params);
            subset(&function.item.sig.generics, &quote!(#keyed #output))
        };
        let (declared, clause) = (declared(params), &generics.where_clause);
        let lets = conversions(function, params.iter().map(|param| &param.ident));
        let (shape, named) = (shape(function, p), self.target());
        let call = in_form_of(function, "peek_named");
        let peek = self.valued_body(quote_spanned!(mixed()=> #lets #p::#call(#shape, #named)), false);
        let found = self.given(&quote_spanned!(mixed()=> #p::Option<#output>));
        let put = self.put(&shape, &named);
        let refresh = if function.batch.is_some() { self.batched() } else { self.refresh(&shape) };
        let store = self.store();
        quote_spanned! {mixed()=>
            #[inline]
            #vis fn peek #generics(#declared) -> #found #clause {
                #peek
            }
            #put
            #refresh
            #store
        }
    }

    /// The entry that the key's parameters say.
    fn target(&self) -> TokenStream {
        let turbofish = turbofish(&self.generics);
        let p = &self.p;
        let passed = as_targets(&self.params, &quote_spanned!(mixed()=> #p::Some));
        quote_spanned!(mixed()=> Self::__target #turbofish(#passed))
    }

    fn put(&self, shape: &TokenStream, named: &TokenStream) -> TokenStream {
        let Calls { function, p, .. } = self;
        let vis = &function.item.vis;
        let output = &function.output;
        let params = of_put(function);
        let declared = declared(&params);
        let comma = (!params.is_empty()).then(<Token![,]>::default);
        let lets = conversions(function, params.iter().map(|param| &param.ident));
        let mut generics = {
            let used = used(function, &params);
            subset(&function.item.sig.generics, &quote!(#used #output))
        };
        let [value, layers] = ["__V", "__M"].map(|name| Ident::new(name, mixed()));
        generics.params.extend([&value, &layers].map(|name| GenericParam::Type(name.clone().into())));
        let predicates = generics.where_clause.take().map(|clause| clause.predicates);
        let (bind, policy) = for_put(function, p, shape);
        let call = in_form_of(function, "put_named");
        let evaluates = !bind.is_empty();
        let put = quote_spanned!(mixed()=> #lets #bind #p::#call(#shape, #named, #policy, value));
        let body = self.valued_body(put, evaluates);
        let stored = self.given(&quote_spanned!(mixed()=> #p::Stored));
        let (list, predicates) = (&generics.params, predicates.into_iter().flatten());
        quote_spanned! {mixed()=>
            #vis fn put<#list>(#declared #comma value: #value) -> #stored
            where
                #output: #p::Layers<#value, #layers>,
                #(#predicates,)*
            {
                #body
            }
        }
    }

    /// What `#[updates]` calls, with an entry of `__target`.
    fn store(&self) -> TokenStream {
        let Calls { function, p, .. } = self;
        let vis = &function.item.vis;
        let output = &function.output;
        let generics = subset(&function.item.sig.generics, &quote!(#output));
        let clause = &generics.where_clause;
        let body = self.body(store_call(function, p, &quote_spanned!(mixed()=> Self::__site())));
        let stored = if function.is_async() {
            quote_spanned!(mixed()=> #p::Later<#p::Stored>)
        } else {
            quote_spanned!(mixed()=> #p::Stored)
        };
        quote_spanned! {mixed()=>
            #[inline]
            #vis fn __store #generics(entry: #p::Target, value: #output) -> #stored #clause {
                #body
            }
        }
    }

    fn refresh(&self, shape: &TokenStream) -> TokenStream {
        let Calls { function, p, .. } = self;
        let vis = &function.item.vis;
        let mut sig = function.item.sig.clone();
        name_arguments(&mut sig, function);
        sig.ident = syn::Ident::new("refresh", mixed());
        let lets = conversions(function, function.args.iter().map(|arg| &arg.ident));
        // Its own arguments say what a companion's parameters say, the cache among them.
        let some = quote_spanned!(mixed()=> #p::Some);
        let chosen = self.takes_cache().then(|| {
            let cache = cache(function, Scope::Full);
            quote!(#cache,)
        });
        let keyed = if self.takes_cache() { &self.params[1..] } else { &self.params };
        let (turbofish, passed) = (turbofish(&self.generics), as_targets(keyed, &some));
        let args = scope_args(function, Scope::Full);
        let target = quote_spanned!(mixed()=> Self::__target #turbofish(#chosen #passed));
        let named = scoped(function, Scope::Full, &args, target);
        let (bind, policy) = for_load(function, p, shape);
        let body = body(function, &quote_spanned!(mixed()=> Self::uncached));
        let call = in_form_of(function, "refresh_named");
        let evaluates = !bind.is_empty();
        let refresh = quote_spanned! {mixed()=>
            #lets
            let named = #named;
            #bind
            #p::#call(#shape, named, #policy, #body)
        };
        let body = self.valued_body(refresh, evaluates);
        if sig.asyncness.take().is_none() {
            return quote_spanned!(mixed()=> #[inline] #vis #sig { #body });
        }
        let output = &function.output;
        let Signature { safety, abi, ident, generics, inputs, .. } = &sig;
        let clause = &generics.where_clause;
        quote_spanned! {mixed()=>
            #[inline]
            #vis #safety #abi fn #ident #generics(#inputs) -> impl #p::Future<Output = #output> #clause { #body }
        }
    }

    /// Those that deal in the name.
    pub(super) fn named(&self) -> TokenStream {
        let Calls { function, p, params, generics, .. } = self;
        let vis = &function.item.vis;
        let (declared, clause) = (declared(params), &generics.where_clause);
        let lets = conversions(function, params.iter().map(|param| &param.ident));
        let named = self.target();
        let key = self.body(quote_spanned!(mixed()=> #lets #p::key_named(#named)));
        let invalidate = in_form_of(function, "invalidate_named");
        let one = self.body(quote_spanned!(mixed()=> #lets #p::#invalidate(#named)));
        let removal = if function.is_async() {
            quote_spanned!(mixed()=> #p::Later<#p::Removed>)
        } else {
            quote_spanned!(mixed()=> #p::Removed)
        };
        let cache_param = params.first().filter(|param| param.ident == "cache" && self.takes_cache());
        let cache_declared = cache_param.map(|param| super::params::declared(std::slice::from_ref(param)));
        let cache_passed = cache_param.map(|param| {
            let ident = &param.ident;
            quote_spanned!(mixed()=> #p::Some(#ident))
        });
        let all = self.body(quote_spanned!(mixed()=> #p::#invalidate(Self::__all(#cache_passed))));
        let cache = cache(function, Scope::Companion);
        let stats = self.body(quote_spanned!(mixed()=> #p::stats(Self::__site(), #cache)));
        let target_calls = self.targets();
        quote_spanned! {mixed()=>
            #[inline]
            #vis fn key #generics(#declared) -> #p::String #clause {
                #key
            }
            #[inline]
            #vis fn invalidate #generics(#declared) -> #removal #clause {
                #one
            }
            #[inline]
            #vis fn invalidate_all(#cache_declared) -> #removal {
                #all
            }
            #[inline]
            #vis fn stats(#cache_declared) -> #p::Stats {
                #stats
            }
            #target_calls
        }
    }

    pub(super) fn takes_cache(&self) -> bool {
        self.function.cache.as_ref().is_some_and(|cache| !cache.args.is_empty())
    }
}
