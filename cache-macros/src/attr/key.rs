use syn::parse::ParseStream;
use syn::{Expr, Ident, LitStr, Token, Type, token};

use super::list;
use super::template::{self, Template};

/// The value of `key`.
pub(crate) enum KeyArg {
    /// `key = "album:{album_id}"`
    Template(Template),
    /// `key(expr, name: Type = expr)`
    Segments(token::Paren, Vec<SegmentArg>),
}

/// One segment of `key(…)`.
pub(crate) struct SegmentArg {
    /// The companion's own parameter for it.
    pub(crate) own: Option<(Ident, Type)>,
    pub(crate) expr: Expr,
}

pub(super) fn parse(input: ParseStream, key: &mut Option<KeyArg>) -> syn::Result<()> {
    if input.peek(token::Paren) {
        let (paren, segments) = list(input, segment)?;
        *key = Some(KeyArg::Segments(paren, segments));
        return Ok(());
    }
    input.parse::<Token![=]>()?;
    if !input.peek(LitStr) {
        return Err(input.error(
            "a key template is a string literal, `key = \"artist:{artist_id}\"`; expressions go into `key(…)`",
        ));
    }
    *key = Some(KeyArg::Template(template::parse(&input.parse()?)?));
    Ok(())
}

fn segment(input: ParseStream) -> syn::Result<SegmentArg> {
    let own = if input.peek(syn::Ident) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        input.parse::<Token![=]>()?;
        Some((name, ty))
    } else {
        None
    };
    Ok(SegmentArg { own, expr: input.parse()? })
}

/// The value of `key_prefix`.
pub(super) fn prefix(input: ParseStream, prefix: &mut Option<LitStr>) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let literal: LitStr = input.parse().map_err(|error: syn::Error| {
        syn::Error::new(error.span(), "a `key_prefix` is a string: write `key_prefix = \"artist\"`")
    })?;
    let text = literal.value();
    let refusal = if text.is_empty() {
        "an empty `key_prefix` would give functions one another's entries: name this function's entries"
    } else if text.contains(['{', '}']) {
        "a `key_prefix` is plain text: placeholders belong in `key = \"…\"`"
    } else if text.starts_with(':') || text.ends_with(':') {
        "a `key_prefix` is followed by `:` by itself: leave out the one at its end"
    } else if let Some(refusal) = template::text_refusal(&text) {
        refusal
    } else {
        *prefix = Some(literal);
        return Ok(());
    };
    Err(syn::Error::new(literal.span(), refusal))
}
