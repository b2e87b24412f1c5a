use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::visit_mut::VisitMut;
use syn::{GenericParam, Lifetime, Type};

use super::rules::found;
use super::wrapper::{checked, companion_ident, shape};
use super::{Runtime, mixed};
use crate::attr::template::Filter;
use crate::check::signature::mentions_self;
use crate::model::key_types::is_plain_key;
use crate::model::types::{has_impl_trait, ungroup};
use crate::model::{Cached, Conversion, Segment, Value};

/// How what the signature says of the types is told.
pub(super) enum Description {
    /// By the body of a function.
    Body(TokenStream),
    /// By fields of the site, and what the function returns.
    Fields(TokenStream),
}

/// What the signature says of the types: nothing where they depend on the caller.
pub(super) fn describe(function: &Cached, p: &Runtime) -> Option<Description> {
    let sig = &function.item.sig;
    let generic = sig.generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)));
    if generic || function.host.is_some() || sig.receiver().is_some() || mentions_self(sig) {
        return None;
    }
    let known = function.key.segments.iter().map(|segment| match segment {
        Segment::Value(value) => known(function, value),
        Segment::Type(_) | Segment::Const(_) | Segment::SelfParams => None,
    });
    let known: Vec<_> = known.collect();
    let is_told = function.is_known_by_return();
    let kinds = known.iter().map(|ty| kind(p, ty.as_ref(), is_told));
    let probes = known.iter().flatten().any(|ty| !is_plain_key(ty)).then(|| {
        quote_spanned! {mixed()=>
            #[allow(unused_imports)]
            use #p::KindUnknown as _;
        }
    });
    if is_told {
        let name = companion_ident(function);
        let kinds = match probes {
            Some(probes) => quote_spanned!(mixed()=> { #probes &[#(#kinds),*] }),
            None => quote_spanned!(mixed()=> &[#(#kinds),*]),
        };
        let how = quote_spanned!(mixed()=> kinds: #kinds, describe: #p::Some(#p::described::<#name, _>),);
        return Some(Description::Fields(how));
    }
    let found = found(function, p);
    let shape = if function.has_own_shape() { shape(function, p) } else { checked(function, p, &found) };
    Some(Description::Body(quote_spanned!(mixed()=> #probes #p::Described::new(#shape, &[#(#kinds),*]))))
}

/// What kind of segment a type makes, or what says so.
fn kind(p: &Runtime, known: Option<&Type>, as_function: bool) -> TokenStream {
    let kind = match known {
        Some(ty) if is_plain_key(ty) && as_function => return quote_spanned!(mixed()=> #p::kind::<#ty>),
        Some(ty) if is_plain_key(ty) => quote_spanned!(mixed()=> #p::kind::<#ty>()),
        Some(ty) => quote_spanned!(mixed()=> #p::KindProbe::<#ty>::new().kind()),
        None => quote_spanned!(mixed()=> #p::None),
    };
    if as_function { quote_spanned!(mixed()=> || #kind) } else { kind }
}

/// The type that a segment has in the key, if the signature says it.
fn known(function: &Cached, value: &Value) -> Option<Type> {
    if value.filters.iter().any(|filter| matches!(filter, Filter::Lower | Filter::Hash)) {
        return Some(syn::parse_quote!(::std::string::String));
    }
    let mut ty = match &value.own {
        Some((_, ty)) => ty.clone(),
        None if value.whole => {
            let arg = &function.args[value.args[0]];
            match (&arg.conversion, ungroup(&arg.ty)) {
                (Conversion::AsRef(target) | Conversion::Into(target), _) => target.clone(),
                (Conversion::None, Type::Reference(reference)) => (*reference.elem).clone(),
                (Conversion::None, ty) => ty.clone(),
            }
        }
        None => return None,
    };
    if has_impl_trait(&ty) {
        return None;
    }
    Inferred.visit_type_mut(&mut ty);
    Some(ty)
}

/// Replaces lifetimes, whose names mean nothing outside of the signature.
struct Inferred;

impl VisitMut for Inferred {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            *lifetime = Lifetime::new("'_", lifetime.span());
        }
    }

    // Lifetimes of a function pointer's arguments are its own.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
}
