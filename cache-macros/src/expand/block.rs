//! Decorated `impl` blocks: each method that carries its own `#[cached(…)]` is expanded where its type is seen.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, ExprPath, GenericParam, ImplItem, ItemFn, ItemImpl, Meta, Path, QSelf, Type, TypePath, parse_quote,
};

use super::{as_function, one};
use crate::errors::Errors;
use crate::model::{Host, subset};
use crate::{attr, codegen};

/// `#[cached] impl …`
pub(super) fn expand(args: TokenStream, mut block: ItemImpl) -> TokenStream {
    let mut errors = Errors::default();
    let krate = attr::cached::parse_block(args, &mut errors);
    let host = host(&block);
    let mut beside = TokenStream::new();
    let mut found = false;
    let own = own_names(&block);
    let mut items = Vec::new();
    for item in std::mem::take(&mut block.items) {
        let ImplItem::Fn(mut method) = item else {
            items.push(item.into_token_stream());
            continue;
        };
        let Some(at) = method.attrs.iter().position(is_cached) else {
            items.push(method.into_token_stream());
            continue;
        };
        found = true;
        let attribute = method.attrs.remove(at);
        let tokens = match attribute.meta {
            Meta::List(list) => list.tokens,
            _ => TokenStream::new(),
        };
        let mut options = attr::cached::parse(tokens, &mut errors);
        if options.krate.is_none() {
            options.krate.clone_from(&krate);
        }
        let mut function = as_function(method);
        if let Some((of, _)) = &block.trait_ {
            // What stands beside the block is outside of the trait.
            QualifiedSelf { of, own: &own }.visit_item_fn_mut(&mut function);
        }
        let before = errors.count();
        let function = one(&options, function, Some(host.clone()), &mut errors);
        if errors.count() > before {
            items.push(function.as_written().into_token_stream());
            continue;
        }
        let (method, rest) = codegen::method(&function);
        items.push(method);
        beside.extend(rest);
    }
    if !found {
        errors.on(block.impl_token, "no method of this block is cached: write `#[cached(…)]` on those that are to be");
    }
    let errors = errors.into_tokens();
    let (attrs, unsafety, generics, self_ty) = (&block.attrs, &block.unsafety, &block.generics, &block.self_ty);
    let clause = &generics.where_clause;
    let Some((of, token)) = &block.trait_ else {
        return quote! {
            #errors
            #(#attrs)*
            #unsafety impl #generics #self_ty #clause {
                #(#items)*
                #beside
            }
        };
    };
    let cfgs = attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let own_generics = subset(generics, &self_ty.to_token_stream());
    let own_clause = &own_generics.where_clause;
    quote! {
        #errors
        #(#attrs)*
        #unsafety impl #generics #of #token #self_ty #clause {
            #(#items)*
        }
        #(#cfgs)*
        #[doc(hidden)]
        impl #own_generics #self_ty #own_clause {
            #beside
        }
    }
}

fn is_cached(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "cached")
}

fn host(block: &ItemImpl) -> Host {
    let last = match &*block.self_ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    };
    let name = last.map(|last| last.ident.to_string());
    // Also where it is one of several blocks, for `Table<u8>` and `Table<u16>`.
    let generic = block.generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)))
        || last.is_none_or(|last| !last.arguments.is_none());
    Host { name, generic, is_trait: block.trait_.is_some() }
}

/// The names of the types and constants that the block gives its trait.
fn own_names(block: &ItemImpl) -> Vec<String> {
    let name = |item: &ImplItem| match item {
        ImplItem::Type(item) => Some(item.ident.to_string()),
        ImplItem::Const(item) => Some(item.ident.to_string()),
        _ => None,
    };
    block.items.iter().filter_map(name).collect()
}

/// Writes `Self::Item` as `<Self as Trait>::Item`.
struct QualifiedSelf<'a> {
    of: &'a Path,
    own: &'a [String],
}

impl QualifiedSelf<'_> {
    fn qualify(&self, qself: &mut Option<QSelf>, path: &mut Path) {
        let mut segments = path.segments.iter();
        let is_own = qself.is_none()
            && segments.next().is_some_and(|first| first.ident == "Self")
            && segments.next().is_some_and(|second| self.own.contains(&second.ident.to_string()));
        if is_own {
            let of = self.of;
            let rest = path.segments.iter().skip(1);
            let qualified: ExprPath = parse_quote!(<Self as #of>::#(#rest)::*);
            *qself = qualified.qself;
            *path = qualified.path;
        }
    }
}

impl VisitMut for QualifiedSelf<'_> {
    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        visit_mut::visit_type_path_mut(self, ty);
        self.qualify(&mut ty.qself, &mut ty.path);
    }

    fn visit_expr_path_mut(&mut self, expr: &mut ExprPath) {
        visit_mut::visit_expr_path_mut(self, expr);
        self.qualify(&mut expr.qself, &mut expr.path);
    }
}

/// The method as a function of its own.
pub(super) fn function(method: syn::ImplItemFn) -> ItemFn {
    let syn::ImplItemFn { attrs, vis, sig, block, .. } = method;
    parse_quote!(#(#attrs)* #vis #sig #block)
}
