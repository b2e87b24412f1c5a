//! Key templates: `album:{album_id}:photos:{filter.status|lower}`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Error, Ident, LitStr, Member, Token};

/// Literal texts and the placeholders between them: one text more than there are placeholders.
pub(crate) struct Template {
    pub(crate) texts: Vec<String>,
    pub(crate) placeholders: Vec<Placeholder>,
}

pub(crate) struct Placeholder {
    /// As written between the braces.
    pub(crate) text: String,
    /// Empty for `{}`.
    pub(crate) path: Option<(Ident, Vec<Member>)>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) span: Span,
}

#[derive(Clone, Copy)]
pub(crate) enum Filter {
    Lower,
    Hash,
}

/// What a placeholder is matched by in a pattern must be found by its text alone.
const GLOB: [char; 5] = ['*', '?', '[', ']', '\\'];

/// Why `text` cannot stand in a key.
pub(crate) fn text_refusal(text: &str) -> Option<&'static str> {
    if text.contains(GLOB) {
        Some("`*`, `?`, `[`, `]` and `\\` are wildcards of patterns: a key's own text is made without them")
    } else if text.contains(['%', '~']) {
        Some("`%` and `~` are how a key's arguments are escaped: a key's own text is made without them")
    } else if text.contains(|c: char| c.is_control()) {
        Some("a key's own text is made without control characters")
    } else {
        None
    }
}

/// A key's template.
pub(crate) fn parse(literal: &LitStr) -> syn::Result<Template> {
    let template = split(literal)?;
    if literal.value().is_empty() {
        return Err(Error::new(literal.span(), "an empty key names nothing: write `\"artist:{artist_id}\"`"));
    }
    if let Some(refusal) = template.texts.iter().find_map(|text| text_refusal(text)) {
        return Err(Error::new(literal.span(), refusal));
    }
    one_placeholder_per_segment(&template)?;
    Ok(template)
}

/// A pattern's template: its text may hold wildcards.
pub(crate) fn parse_pattern(literal: &LitStr) -> syn::Result<Template> {
    if literal.value().is_empty() {
        return Err(Error::new(
            literal.span(),
            "an empty pattern is refused: write what to invalidate, `\"artist:*\"`, or `\"*\"` for everything",
        ));
    }
    split(literal)
}

fn one_placeholder_per_segment(template: &Template) -> syn::Result<()> {
    let inner = template.texts.iter().skip(1);
    for (text, placeholder) in inner.zip(template.placeholders.iter().skip(1)) {
        if !text.contains(':') {
            return Err(Error::new(
                placeholder.span,
                format!(
                    "`{{{}}}` shares its segment with the placeholder before it, so that distinct arguments could make one key: separate them by `:`",
                    placeholder.text
                ),
            ));
        }
    }
    Ok(())
}

fn split(literal: &LitStr) -> syn::Result<Template> {
    let value = literal.value();
    let mut texts = vec![String::new()];
    let mut placeholders = Vec::new();
    let mut rest = value.as_str();
    while let Some(at) = rest.find(['{', '}']) {
        let last = texts.len() - 1;
        texts[last].push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if after.starts_with(brace) {
            texts[last].push_str(brace);
            rest = &after[1..];
            continue;
        }
        let end = (brace == "{").then(|| after.find('}')).flatten().ok_or_else(|| {
            Error::new(
                literal.span(),
                format!(
                    "a lone `{brace}`: write a placeholder, `{{artist_id}}`, or `{brace}{brace}` for the character"
                ),
            )
        })?;
        placeholders.push(placeholder(&after[..end], literal)?);
        texts.push(String::new());
        rest = &after[end + 1..];
    }
    if let Some(last) = texts.last_mut() {
        last.push_str(rest);
    }
    Ok(Template { texts, placeholders })
}

fn placeholder(text: &str, literal: &LitStr) -> syn::Result<Placeholder> {
    let span = literal.span();
    let mut parts = text.split('|').map(str::trim);
    let path = match parts.next().unwrap_or_default() {
        "" => None,
        path => Some(field_path(path).map_err(|_| {
            Error::new(
                span,
                format!("`{{{text}}}` is no placeholder: write an argument, `{{id}}`, or a field of one, `{{filter.status}}`; expressions go into `key(…)`"),
            )
        })?),
    };
    let filters = parts
        .map(|name| match name {
            "lower" => Ok(Filter::Lower),
            "hash" => Ok(Filter::Hash),
            _ => {
                Err(Error::new(span, format!("unknown filter `{name}` in `{{{text}}}`: there are `lower` and `hash`")))
            }
        })
        .collect::<syn::Result<_>>()?;
    Ok(Placeholder { text: text.to_owned(), path, filters, span })
}

fn field_path(path: &str) -> syn::Result<(Ident, Vec<Member>)> {
    let mut names = path.split('.');
    let first = Ident::parse_any.parse_str(names.next().unwrap_or_default())?;
    let fields = names
        .map(|name| (|input: syn::parse::ParseStream| input.parse::<Member>()).parse_str(name))
        .collect::<syn::Result<_>>()?;
    Ok((first, fields))
}

/// Reads `"template", arg, arg` as `key!` takes it.
pub(crate) fn with_args(input: syn::parse::ParseStream) -> syn::Result<(Template, Vec<syn::Expr>)> {
    let literal: LitStr = input.parse().map_err(|error: Error| {
        Error::new(error.span(), "a key begins with its template: write `key!(\"user:{}\", user_id)`")
    })?;
    let template = parse(&literal)?;
    let mut args = Vec::new();
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if !input.is_empty() {
            args.push(input.parse()?);
        }
    }
    Ok((template, args))
}
