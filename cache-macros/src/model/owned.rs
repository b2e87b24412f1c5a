//! How a body that runs beside its caller owns its arguments.

use syn::{GenericArgument, PathArguments, Type, TypePath, TypeReference};

use super::types::{has_lifetime, ungroup};

/// How an argument becomes the body's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owned {
    /// It is moved.
    Moved,
    /// `&T`: by `ToOwned`.
    Referent,
    /// `Option<&T>`: the same inside.
    InOption,
}

/// How; none where it borrows what cannot be owned.
pub(crate) fn owned_by(ty: &Type) -> Option<Owned> {
    match ungroup(ty) {
        Type::Reference(reference) => plain(reference).then_some(Owned::Referent),
        Type::Path(TypePath { qself: None, path, .. })
            if path.segments.last().is_some_and(|last| last.ident == "Option") =>
        {
            let last = path.segments.last()?;
            let PathArguments::AngleBracketed(args) = &last.arguments else { return Some(Owned::Moved) };
            match args.args.first() {
                Some(GenericArgument::Type(inner)) => match ungroup(inner) {
                    Type::Reference(reference) => plain(reference).then_some(Owned::InOption),
                    _ => (!has_lifetime(ty)).then_some(Owned::Moved),
                },
                _ => Some(Owned::Moved),
            }
        }
        ty => (!has_lifetime(ty)).then_some(Owned::Moved),
    }
}

fn plain(reference: &TypeReference) -> bool {
    reference.mutability.is_none() && !has_lifetime(&reference.elem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn references_one_deep_are_owned_and_others_are_not() {
        let how = |ty: Type| owned_by(&ty);
        assert_eq!(how(parse_quote!(u64)), Some(Owned::Moved));
        assert_eq!(how(parse_quote!(&str)), Some(Owned::Referent));
        assert_eq!(how(parse_quote!(&[u8])), Some(Owned::Referent));
        assert_eq!(how(parse_quote!(Option<&str>)), Some(Owned::InOption));
        assert_eq!(how(parse_quote!(Option<u8>)), Some(Owned::Moved));
        assert_eq!(how(parse_quote!(&'static str)), Some(Owned::Referent));
        assert_eq!(how(parse_quote!(&mut Tx)), None);
        assert_eq!(how(parse_quote!(&[&str])), None);
        assert_eq!(how(parse_quote!(Vec<&str>)), None);
        assert_eq!(how(parse_quote!(Transaction<'_, Sqlite>)), None);
    }
}
