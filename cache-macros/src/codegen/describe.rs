use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::visit_mut::VisitMut;
use syn::{GenericParam, Lifetime, Type};

use super::rules::found;
use super::wrapper::{checked, shape};
use super::{Runtime, mixed};
use crate::attr::template::Filter;
use crate::check::signature::mentions_self;
use crate::model::key_types::is_plain_key;
use crate::model::types::{has_impl_trait, ungroup};
use crate::model::{Cached, Conversion, Segment, Value};

/// What the signature says of the types, as the body of a function: nothing where they depend on the caller.
pub(super) fn describe(function: &Cached, p: &Runtime) -> Option<TokenStream> {
    let sig = &function.item.sig;
    let generic = sig.generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)));
    if generic || function.host.is_some() || sig.receiver().is_some() || mentions_self(sig) {
        return None;
    }
    let mut are_sure = true;
    let kinds = function.key.segments.iter().map(|segment| {
        let known = match segment {
            Segment::Value(value) => known(function, value),
            Segment::Type(_) | Segment::Const(_) | Segment::SelfParams => None,
        };
        match known {
            Some(ty) if is_plain_key(&ty) => quote_spanned!(mixed()=> #p::kind::<#ty>()),
            Some(ty) => {
                are_sure = false;
                quote_spanned!(mixed()=> #p::KindProbe::<#ty>::new().kind())
            }
            None => quote_spanned!(mixed()=> #p::None),
        }
    });
    let kinds: Vec<_> = kinds.collect();
    let described = if function.is_known_by_return() {
        let returned = shape(function, p);
        quote_spanned!(mixed()=> #p::described(#returned, &[#(#kinds),*]))
    } else {
        let found = found(function, p);
        let shape = if function.has_own_shape() { shape(function, p) } else { checked(function, p, &found) };
        quote_spanned!(mixed()=> #p::Described::new(#shape, &[#(#kinds),*]))
    };
    let probes = (!are_sure).then(|| {
        quote_spanned! {mixed()=>
            #[allow(unused_imports)]
            use #p::KindUnknown as _;
        }
    });
    Some(quote!(#probes #described))
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
