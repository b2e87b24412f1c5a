//! A method's companion: the body, the site and the handle, as items of the `impl`.
//!
//! Its type is the runtime's, over tuples of the arguments, and what it does are closures that capture nothing: nothing
//! here has to name the `impl`'s type or its parameters.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Generics, Lifetime, Type, Visibility, parse_quote};

use super::calls::{lazily, store_call};
use super::companion::uncached;
use super::params::{Param, cache_ident, generics_outliving, lengthened, of_key, of_put, used};
use super::rules::for_put;
use super::segments::{Scope, cache, conversions, scope_args, scoped, targets, tuple};
use super::site::site_item;
use super::wrapper::{begin, load, own, shape, shape_item};
use super::{Runtime, attributes, batch, conditional, mixed, private};
use crate::model::types::has_impl_trait;
use crate::model::{Cached, Companion, Conversion, subset};

/// Everything but the method itself.
pub(super) fn beside(function: &Cached) -> TokenStream {
    let cfgs = attributes::cfgs(&function.item.attrs);
    let vis = visibility(function);
    let (own_uncached, own_site, own_shape) = own_names(function);
    let uncached = uncached(function, &own_uncached, &vis);
    let before = quote_spanned!(mixed()=> #cfgs #[doc(hidden)] #[allow(dead_code, unreachable_pub)] #vis);
    let site = site_item(function, &own_site, &before);
    let p = private(&function.krate);
    let shape = function.has_own_shape().then(|| {
        let shape = shape_item(function, &p, &own_shape, &vis);
        quote_spanned! {mixed()=>
            #cfgs
            #[doc(hidden)]
            #[allow(dead_code, unreachable_pub)]
            #shape
        }
    });
    let handle = handle(function, &vis);
    let batched = batch::beside(function, &vis);
    quote_spanned! {mixed()=>
        #cfgs
        #uncached
        #site
        #shape
        #handle
        #batched
    }
}

/// What the body, the site and the shape are called.
pub(super) fn own_names(function: &Cached) -> (Ident, Ident, Ident) {
    let ident = &function.item.sig.ident;
    let name = ident.unraw();
    let span = Span::call_site().located_at(ident.span());
    let own = |what| format_ident!("__{name}_{what}", span = span);
    (own("uncached"), own("site"), own("shape"))
}

/// A trait's methods are as visible as the trait; what stands beside them is not worth less.
fn visibility(function: &Cached) -> Visibility {
    match &function.host {
        Some(host) if host.is_trait => parse_quote!(pub),
        _ => function.item.vis.clone(),
    }
}

fn handle(function: &Cached, vis: &Visibility) -> Option<TokenStream> {
    let ident = &function.item.sig.ident;
    let name = match &function.companion {
        Companion::None => return None,
        Companion::Named(name) => name.clone(),
        Companion::Default => {
            format_ident!("{}_cache", ident.unraw(), span = Span::call_site().located_at(ident.span()))
        }
    };
    let given = Lifetime::new("'__given", mixed());
    let keyed = of_key(function);
    if keyed.iter().any(|param| has_impl_trait(&tuple_type(function, param))) {
        return None;
    }
    // The runtime's items by a name of the handle's own, which is shorter.
    let p = Runtime::named(&Ident::new("__runtime", mixed()));
    let handle = Handle { function, p, given, keyed, stored: of_put(function) };
    Some(handle.item(&name, vis))
}

struct Handle<'a> {
    function: &'a Cached,
    /// What the runtime's items are reached by in its body.
    p: Runtime,
    given: Lifetime,
    keyed: Vec<Param>,
    stored: Vec<Param>,
}

impl Handle<'_> {
    fn item(&self, name: &Ident, vis: &Visibility) -> TokenStream {
        let Handle { function, p: own, given, .. } = self;
        let p = private(&function.krate);
        let cfgs = attributes::cfgs(&function.item.attrs);
        let output = &function.output;
        let needed = {
            let params = used(function, &self.stored);
            let keyed = used(function, &self.keyed);
            subset(&function.item.sig.generics, &quote!(#params #keyed #output))
        };
        let generics = generics_outliving(&needed, given);
        let (list, clause) = (&generics.params, &generics.where_clause);
        let is_async = function.is_async();
        let kind = Ident::new(if is_async { "Method" } else { "SyncMethod" }, mixed());
        let which = if self.takes_cache() {
            let krate = &function.krate;
            quote_spanned!(mixed()=> &#given #krate::Cache)
        } else {
            quote!(())
        };
        let (key_types, put_types) = (self.types(&self.keyed), self.types(&self.stored));
        let target_types = self.keyed.iter().map(|param| {
            let target = lengthened(&param.target, given);
            quote_spanned!(mixed()=> #p::Option<#target>)
        });
        let target_types: Vec<_> = target_types.collect();
        let calls = self.calls(&which);
        let (all_types, runs) = self.runs(&needed);
        let run = match (&runs, is_async) {
            (None, _) => quote!(()),
            (Some(_), true) => {
                quote_spanned!(mixed()=> impl #p::Run<(#(#all_types,)*), Answer = impl #p::Future<Output = #output>>)
            }
            (Some(_), false) => quote_spanned!(mixed()=> impl #p::Run<(#(#all_types,)*), Answer = #output>),
        };
        let (refresh, uncached) = runs.unwrap_or_else(|| (quote!(()), quote!(())));
        let item = quote_spanned! {mixed()=>
            #cfgs
            #[doc(hidden)]
            #[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
            #[inline]
            #vis fn #name<#list>() -> #p::#kind<
                #which,
                (#(#key_types,)*),
                (#(#put_types,)*),
                (#(#target_types,)*),
                #output,
                (#(#all_types,)*),
                #run,
                #run,
            > #clause {
                use #p as #own;
                #own::#kind::new(#calls, #refresh, #uncached)
            }
        };
        receiver_renamed(item)
    }

    fn takes_cache(&self) -> bool {
        self.function.cache.as_ref().is_some_and(|cache| !cache.args.is_empty())
    }

    fn types(&self, params: &[Param]) -> Vec<Type> {
        params.iter().map(|param| lengthened(&tuple_type(self.function, param), &self.given)).collect()
    }

    /// `|(id, name,): (i64, &str,)|`
    fn pattern(&self, params: &[Param]) -> TokenStream {
        let (idents, types) = (params.iter().map(|param| &param.ident), self.types(params));
        quote!((#(#idents,)*): (#(#types,)*))
    }

    fn calls(&self, which: &TokenStream) -> TokenStream {
        let Handle { function, p, keyed, stored, .. } = self;
        let site = own(function).1;
        let scope = Scope::Companion;
        let args = scope_args(function, scope);
        let lets = conversions(function, keyed.iter().map(|param| &param.ident));
        let put_lets = conversions(function, stored.iter().map(|param| &param.ident));
        let (shape, tuple, which_cache) = (shape(function, p), tuple(function), cache(function, scope));
        let (key_pattern, put_pattern) = (self.pattern(keyed), self.pattern(stored));
        let (peek_call, put_call) =
            if function.is_async() { ("peek_later", "put_later") } else { ("peek_blocking", "put_whole") };
        let (peek_call, put_call) = (Ident::new(peek_call, mixed()), Ident::new(put_call, mixed()));
        let peek = scoped(
            function,
            scope,
            &args,
            quote_spanned!(mixed()=> #p::#peek_call(#site, #shape, #tuple, #which_cache)),
        );
        let (bind, policy) = for_put(function, p, &shape);
        let put = scoped(
            function,
            scope,
            &args,
            quote_spanned!(mixed()=> #p::#put_call(#site, #shape, #tuple, #which_cache, #policy, value)),
        );
        let store = store_call(function, p, &site);
        let segments = targets(function);
        let cache_param = cache_ident();
        let target_cache = if self.takes_cache() { quote!(#cache_param) } else { which_cache.clone() };
        let target = quote_spanned!(mixed()=> #p::named(#site, #target_cache, [#(#segments),*]));
        let idents: Vec<_> = keyed.iter().map(|param| &param.ident).collect();
        let as_targets = keyed.iter().map(|param| &param.as_target);
        let known = quote_spanned!(mixed()=> #(let #idents = #p::Some(#as_targets);)*);
        let target_types = keyed.iter().map(|param| lengthened(&param.target, &self.given));
        let any = segments.iter().zip(&function.key.segments).map(|(known, segment)| match segment {
            crate::model::Segment::Value(_) => quote_spanned!(mixed()=> #p::Segment::Any),
            _ => known.clone(),
        });
        let output = &function.output;
        let (all_pattern, all_cache) = if self.takes_cache() {
            (quote_spanned!(mixed()=> #cache_param: #which), which_cache)
        } else {
            (quote!((): ()), which_cache)
        };
        quote_spanned! {mixed()=>
            #p::Calls {
                peek: |#key_pattern| { #lets #peek },
                put: |#put_pattern, value: #output| { #put_lets #bind #put },
                store: |entry: #p::Target, value: #output| #store,
                one: |#key_pattern| { #lets #known #target },
                some: |(#(#idents,)*): (#(#p::Option<#target_types>,)*)| #target,
                all: |#all_pattern| #p::named(#site, #all_cache, [#(#any),*]),
                stats: |#all_pattern| #p::stats(#site, #all_cache),
            }
        }
    }

    /// The types of all arguments, and what runs the body; nothing where a type is only known to the caller.
    fn runs(&self, needed: &Generics) -> (Vec<Type>, Option<(TokenStream, TokenStream)>) {
        let Handle { function, p, given, .. } = self;
        if function.batch.is_some() {
            return (Vec::new(), None);
        }
        let own_types = &function.item.sig.generics;
        let known = own_types.type_params().count() + own_types.const_params().count()
            == needed.type_params().count() + needed.const_params().count();
        if !known || function.args.iter().any(|arg| has_impl_trait(&arg.ty)) {
            return (Vec::new(), None);
        }
        let types: Vec<_> = function.args.iter().map(|arg| lengthened(&arg.ty, given)).collect();
        let idents: Vec<_> = function.args.iter().map(|arg| &arg.ident).collect();
        let (uncached, site) = own(function);
        let lets = conversions(function, idents.iter().copied());
        let miss = begin(function, p, "refresh", &site, &shape(function, p), None);
        let load = load(function, p, &uncached, &shape(function, p));
        let pattern = quote!((#(#idents,)*): (#(#types,)*));
        let refresh = lazily(function, p, quote_spanned!(mixed()=> #lets let miss = #miss; #load));
        let refresh = quote_spanned!(mixed()=> |#pattern| { #refresh });
        let plain = conditional::unasked(function, p, &shape(function, p), &uncached, &idents);
        let plain = quote_spanned!(mixed()=> |#pattern| #plain);
        (types, Some((refresh, plain)))
    }
}

/// A parameter's type in a tuple: `impl AsRef<T>` is given as `&T`, `impl Into<T>` as `T`.
fn tuple_type(function: &Cached, param: &Param) -> Type {
    let arg = function.args.iter().find(|arg| arg.ident == param.ident);
    match arg.map(|arg| &arg.conversion) {
        Some(Conversion::AsRef(target)) => parse_quote!(&#target),
        Some(Conversion::Into(target)) => target.clone(),
        _ => param.ty.clone(),
    }
}

/// A closure has no `self`.
fn receiver_renamed(tokens: TokenStream) -> TokenStream {
    let mut renamed = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let in_path = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':') && {
            let mut ahead = tokens.clone();
            ahead.next();
            matches!(ahead.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
        };
        renamed.push(match token {
            TokenTree::Ident(ident) if ident == "self" && !in_path => {
                TokenTree::Ident(Ident::new("this", mixed().located_at(ident.span())))
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), receiver_renamed(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            token => token,
        });
    }
    renamed.into_iter().collect()
}
