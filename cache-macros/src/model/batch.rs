//! A function of many items: what it says of one of them.

use syn::spanned::Spanned;
use syn::{Ident, Path, Type, TypePath};

use super::Arg;
use super::types::{last_is, type_arguments, ungroup};
use crate::attr::cached::CachedArgs;

/// `batch = ids`
#[derive(Clone)]
pub(crate) struct Batch {
    /// The argument.
    pub(crate) index: usize,
    /// Its type, behind references.
    pub(crate) list: Type,
    /// One of them.
    pub(crate) item: Type,
    /// What the function returns.
    pub(crate) whole: Type,
    /// The argument's type, as it is written.
    pub(crate) written: Type,
    /// The option's value.
    pub(crate) name: Ident,
}

impl Batch {
    /// Makes the argument one item, by reference: in the key and in the options its name stands for that.
    pub(super) fn new(options: &CachedArgs, args: &mut [Arg], krate: &Path) -> Option<Self> {
        let name = options.batch.clone()?;
        let index = args.iter().position(|arg| arg.pat.is_none() && !arg.is_self() && arg.ident == name)?;
        let written = args[index].ty.clone();
        let mut list = ungroup(&written);
        while let Type::Reference(reference) = list {
            list = ungroup(&reference.elem);
        }
        let list = list.clone();
        let item = item_of(&list, krate);
        args[index].ty = syn::parse_quote_spanned!(item.span()=> &#item);
        Some(Batch { index, list, item, whole: syn::parse_quote!(()), written, name })
    }

    /// What the function gives of one item.
    pub(super) fn answer(&mut self, whole: &Type, krate: &Path) -> Type {
        self.whole = whole.clone();
        let item = &self.item;
        let span = whole.span();
        syn::parse_quote_spanned!(span=> <#whole as #krate::private::Answers<#item>>::Item)
    }

    /// Whether it is none of the lists that everybody knows.
    pub(crate) fn no_list(&self) -> bool {
        let lists = ["Vec", "Box", "Arc", "BTreeSet"];
        !matches!(self.list, Type::Slice(_)) && !lists.iter().any(|name| is_named(&self.list, name))
    }

    /// Whether the items' type stands in the list's.
    pub(crate) fn is_spelled(&self) -> bool {
        !matches!(self.item, Type::Path(TypePath { qself: Some(_), .. }))
    }

    /// Whether the argument is declared as a reference.
    pub(crate) fn is_reference(&self) -> bool {
        matches!(ungroup(&self.written), Type::Reference(_))
    }
}

/// The items' type: as it is written, where the list is one that everybody knows.
fn item_of(list: &Type, krate: &Path) -> Type {
    if let Type::Slice(slice) = list {
        return (*slice.elem).clone();
    }
    if let Some(item) = first_argument(list).filter(|_| is_named(list, "Vec")) {
        return item.clone();
    }
    syn::parse_quote_spanned!(list.span()=> <#list as #krate::private::Items>::Item)
}

/// Whether it is a path that ends in that name.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(TypePath { qself: None, path, .. }) if last_is(path, name))
}

/// The first type among a path's arguments.
pub(crate) fn first_argument(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Path(TypePath { qself: None, path, .. }) => type_arguments(path.segments.last()?).next(),
        _ => None,
    }
}
