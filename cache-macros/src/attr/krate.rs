use syn::parse::ParseStream;
use syn::{Attribute, Path, Token};

use super::Entry;
use crate::errors::Errors;

/// The value of `crate = path`.
pub(super) fn parse(input: ParseStream, path: &mut Option<Path>) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let what = "`crate` is the path of `cache_core`: write `crate = my_crate::cache_core`";
    *path = Some(input.call(Path::parse_mod_style).map_err(|error| syn::Error::new(error.span(), what))?);
    Ok(())
}

/// `cache_core`'s path: what `crate = …` says, or the crate's own name.
pub(crate) fn or_default(path: Option<Path>) -> Path {
    path.unwrap_or_else(|| syn::parse_quote!(::cache_core))
}

/// The helper attribute of a derive, `#[cache_key(crate = path)]`.
pub(crate) fn of_derive(helper: &str, attrs: &[Attribute], errors: &mut Errors) -> Path {
    let mut found = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(helper)) {
        let table: &[Entry<Option<Path>>] =
            &[Entry("crate", "crate = cache_core", |_, input, path| parse(input, path))];
        if let Some(list) = errors.take(attr.meta.require_list()) {
            let name = format!("#[{helper}]");
            if let Some(path) = super::options(&name, table, list.tokens.clone(), errors) {
                found = Some(path);
            }
        }
    }
    or_default(found)
}
