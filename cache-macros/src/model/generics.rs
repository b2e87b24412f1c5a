use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, Token, Type, WhereClause, WherePredicate};

/// Identifiers in `tokens`; a lifetime's is among them.
pub(super) fn names_in(tokens: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => {
                names.insert(ident.to_string());
            }
            TokenTree::Group(group) => names.extend(names_in(&group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    names
}

/// Whether the type mentions a type or const parameter.
pub(super) fn mentions_param(ty: &Type, generics: &Generics) -> bool {
    let params = generics.params.iter().filter(|param| !matches!(param, GenericParam::Lifetime(_)));
    let mut params = params.map(name_of).peekable();
    if params.peek().is_none() {
        return false;
    }
    let names = names_in(&ty.to_token_stream());
    params.any(|name| names.contains(&name))
}

/// What remains of `generics` for a signature that mentions `used`: the parameters in it, what their bounds mention,
/// and the `where` predicates on them.
pub(crate) fn subset(generics: &Generics, used: &TokenStream) -> Generics {
    if generics.params.is_empty() {
        return Generics::default();
    }
    let mut kept = names_in(used);
    loop {
        let before = kept.len();
        for param in &generics.params {
            if kept.contains(&name_of(param)) {
                kept.extend(own_names(generics, param.to_token_stream()));
            }
        }
        for predicate in predicates(generics) {
            if bounds_kept(generics, predicate, &kept) {
                kept.extend(own_names(generics, predicate.to_token_stream()));
            }
        }
        if kept.len() == before {
            break;
        }
    }
    let params: Punctuated<_, Token![,]> =
        generics.params.iter().filter(|param| kept.contains(&name_of(param))).cloned().collect();
    let predicates: Punctuated<_, Token![,]> =
        predicates(generics).filter(|predicate| bounds_kept(generics, predicate, &kept)).cloned().collect();
    Generics {
        lt_token: (!params.is_empty()).then(Default::default),
        gt_token: (!params.is_empty()).then(Default::default),
        params,
        where_clause: (!predicates.is_empty()).then(|| WhereClause { where_token: Default::default(), predicates }),
    }
}

fn predicates(generics: &Generics) -> impl Iterator<Item = &WherePredicate> {
    generics.where_clause.iter().flat_map(|clause| &clause.predicates)
}

fn name_of(param: &GenericParam) -> String {
    match param {
        GenericParam::Lifetime(param) => param.lifetime.ident.to_string(),
        GenericParam::Type(param) => param.ident.to_string(),
        GenericParam::Const(param) => param.ident.to_string(),
    }
}

/// The parameters among the names in `tokens`.
fn own_names(generics: &Generics, tokens: TokenStream) -> impl Iterator<Item = String> {
    let names = names_in(&tokens);
    let params: Vec<_> = generics.params.iter().map(name_of).collect();
    names.into_iter().filter(move |name| params.contains(name))
}

/// Whether the predicate's bounded side is about parameters that are kept.
fn bounds_kept(generics: &Generics, predicate: &WherePredicate, kept: &BTreeSet<String>) -> bool {
    let bounded = match predicate {
        WherePredicate::Type(predicate) => predicate.bounded_ty.to_token_stream(),
        WherePredicate::Lifetime(predicate) => predicate.lifetime.to_token_stream(),
        _ => return false,
    };
    own_names(generics, bounded).any(|name| kept.contains(&name))
}
