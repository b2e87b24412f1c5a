use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericParam, Generics, Lifetime, LifetimeParam, Token, Type, TypeParamBound, TypeReference, WherePredicate,
    parse_quote,
};

use super::mixed;
use crate::model::types::ungroup;
use crate::model::{Arg, Cached, Conversion};

/// A parameter of the companion's functions.
pub(super) struct Param {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    /// What it is in `__target`: a reference, to be put into an `Option`.
    pub(super) target: Type,
    /// How a value of `ty` becomes one of `target`.
    pub(super) as_target: TokenStream,
}

/// What the key mentions, whole, in declared order; a segment's own parameter stands where the first argument of
/// its expression does. A `&Cache` comes first where the choice of the cache uses arguments.
pub(super) fn of_key(function: &Cached) -> Vec<Param> {
    with(function, &[])
}

/// The same and the arguments that decide what is stored, and for how long.
pub(super) fn of_put(function: &Cached) -> Vec<Param> {
    with(function, &function.policy_args)
}

fn with(function: &Cached, more: &[usize]) -> Vec<Param> {
    let mut ordered = Vec::new();
    for (index, arg) in function.args.iter().enumerate() {
        let keyed = function.key.values().any(|value| value.own.is_none() && value.args.contains(&index));
        if keyed || more.contains(&index) {
            ordered.push((index, of_arg(function, index, arg)));
        }
    }
    for value in function.key.values() {
        if let Some((name, ty)) = &value.own {
            let place = value.args.first().copied().unwrap_or(usize::MAX);
            ordered.push((place, by_value(name.clone(), ty.clone())));
        }
    }
    ordered.sort_by_key(|(place, _)| *place);
    cache(function).into_iter().chain(ordered.into_iter().map(|(_, param)| param)).collect()
}

fn of_arg(function: &Cached, index: usize, arg: &Arg) -> Param {
    let only_whole = function.key.values().all(|value| value.whole || !value.args.contains(&index));
    let ident = arg.ident.clone();
    if let Some(batch) = function.batch.as_ref().filter(|batch| batch.index == index) {
        // By value, as the function of one item takes it; a reference once `conversions` has been at it.
        return Param { as_target: quote!(#ident), target: arg.ty.clone(), ty: batch.item.clone(), ident };
    }
    match &arg.conversion {
        Conversion::AsRef(target) if only_whole => Param {
            as_target: quote_spanned!(mixed()=> ::core::convert::AsRef::<#target>::as_ref(&#ident)),
            ident,
            ty: arg.ty.clone(),
            target: parse_quote!(&#target),
        },
        Conversion::Into(target) => {
            Param { as_target: quote!(&#ident), ident, ty: arg.ty.clone(), target: parse_quote!(&#target) }
        }
        _ => by_value(ident, arg.ty.clone()),
    }
}

fn by_value(ident: Ident, ty: Type) -> Param {
    if let Type::Reference(TypeReference { lifetime, elem, mutability: None, .. }) = ungroup(&ty) {
        return Param { as_target: quote!(#ident), target: reference(lifetime.clone(), elem.clone()), ident, ty };
    }
    Param { as_target: quote!(&#ident), target: reference(None, Box::new(ty.clone())), ident, ty }
}

fn reference(lifetime: Option<Lifetime>, elem: Box<Type>) -> Type {
    Type::Reference(TypeReference {
        attrs: Vec::new(),
        and_token: <Token![&]>::default(),
        lifetime,
        mutability: None,
        elem,
    })
}

fn cache(function: &Cached) -> Option<Param> {
    let uses_args = function.cache.as_ref().is_some_and(|cache| !cache.args.is_empty());
    let krate = &function.krate;
    uses_args.then(|| by_value(cache_ident(), parse_quote!(&#krate::Cache)))
}

/// The companions' own parameter for the cache.
pub(super) fn cache_ident() -> Ident {
    Ident::new("cache", mixed())
}

/// `id: i64, name: &str`
pub(super) fn declared(params: &[Param]) -> TokenStream {
    let (idents, types): (Vec<_>, Vec<_>) = params.iter().map(|param| (&param.ident, &param.ty)).unzip();
    quote!(#(#idents: #types),*)
}

/// What generic parameters are needed for.
pub(super) fn used(function: &Cached, params: &[Param]) -> TokenStream {
    let types = params.iter().map(|param| &param.ty);
    let segments = function.key.params();
    quote!(#(#types)* #(#segments)*)
}

struct Names<'a>(&'a Lifetime);

impl VisitMut for Names<'_> {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime.get_or_insert_with(|| self.0.clone());
        visit_mut::visit_type_reference_mut(self, reference);
    }
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            *lifetime = self.0.clone();
        }
    }
    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
}

/// The type, with `name` for every lifetime.
pub(super) fn lengthened(ty: &Type, name: &Lifetime) -> Type {
    let mut ty = ty.clone();
    Names(name).visit_type_mut(&mut ty);
    ty
}

/// The generics, with `name` for every lifetime.
pub(super) fn generics_outliving(generics: &Generics, name: &Lifetime) -> Generics {
    let mut generics = generics.clone();
    let params = generics.params.into_iter().filter(|param| !matches!(param, GenericParam::Lifetime(_)));
    generics.params = std::iter::once(GenericParam::Lifetime(LifetimeParam::new(name.clone()))).chain(params).collect();
    if let Some(clause) = &mut generics.where_clause {
        let about_types = |predicate: &WherePredicate| !matches!(predicate, WherePredicate::Lifetime(_));
        clause.predicates = std::mem::take(&mut clause.predicates).into_iter().filter(about_types).collect();
        Names(name).visit_where_clause_mut(clause);
    }
    for param in generics.type_params_mut() {
        for bound in &mut param.bounds {
            Names(name).visit_type_param_bound_mut(bound);
        }
        param.bounds.push(TypeParamBound::Lifetime(name.clone()));
    }
    generics
}

/// All of `params` as they are passed to `__target`.
pub(super) fn as_targets(params: &[Param], some: &impl ToTokens) -> TokenStream {
    let values = params.iter().map(|param| &param.as_target);
    quote!(#(#some(#values)),*)
}
