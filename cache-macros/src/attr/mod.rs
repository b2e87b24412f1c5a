//! Tokens → arguments: a table of option ↦ parser for each macro; unknown and repeated options are handled here, once.

pub(crate) mod cached;
pub(crate) mod freshness;
pub(crate) mod invalidates;
pub(crate) mod key;
pub(crate) mod krate;
pub(crate) mod template;
pub(crate) mod ttl;

use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, Token, parenthesized, token};

use crate::errors::{Errors, did_you_mean};

/// What an option's name is followed by, written into the arguments.
type Parse<A> = fn(&Ident, ParseStream, &mut A) -> syn::Result<()>;

/// An option: its name, an example of its use, and how what follows the name is parsed.
pub(crate) struct Entry<A>(pub(crate) &'static str, pub(crate) &'static str, pub(crate) Parse<A>);

impl<A> Entry<A> {
    fn name(&self) -> &'static str {
        self.0
    }
}

/// Parses `name …, name …` by `table`.
pub(crate) fn options<A: Default>(
    attribute: &str,
    table: &[Entry<A>],
    tokens: proc_macro2::TokenStream,
    errors: &mut Errors,
) -> A {
    let mut args = A::default();
    let mut seen = Vec::new();
    each(tokens, errors, |input, errors| option(attribute, table, input, &mut seen, &mut args, errors));
    args
}

/// Parses what stands between the commas by `one`. What it refuses is reported, and the rest is read all the same.
fn each(
    tokens: proc_macro2::TokenStream,
    errors: &mut Errors,
    mut one: impl FnMut(ParseStream, &mut Errors) -> syn::Result<()>,
) {
    let parsed = (|input: ParseStream| {
        while !input.is_empty() {
            if let Err(error) = one(input, errors) {
                errors.add(error);
                skip_option(input)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    })
    .parse2(tokens);
    if let Err(error) = parsed {
        errors.add(error);
    }
}

fn option<A: Default>(
    attribute: &str,
    table: &[Entry<A>],
    input: ParseStream,
    seen: &mut Vec<String>,
    args: &mut A,
    errors: &mut Errors,
) -> syn::Result<()> {
    let name = Ident::parse_any(input)?;
    let text = name.to_string();
    let Some(entry) = table.iter().find(|entry| entry.name() == text) else {
        return Err(syn::Error::new(name.span(), unknown(attribute, &text, table)));
    };
    if seen.contains(&text) {
        errors.at(name.span(), format!("`{text}` is given twice: keep one"));
        return parse(entry, &name, input, &mut A::default());
    }
    seen.push(text);
    parse(entry, &name, input, args)
}

fn parse<A>(entry: &Entry<A>, name: &Ident, input: ParseStream, args: &mut A) -> syn::Result<()> {
    let Entry(_, example, parse) = entry;
    if !has_value(input) {
        return Err(syn::Error::new(name.span(), format!("`{name}` takes a value: write `{example}`")));
    }
    parse(name, input, args)?;
    if input.is_empty() || input.peek(Token![,]) {
        Ok(())
    } else {
        Err(input.error(format!("expected `,` after the value of `{name}`")))
    }
}

fn unknown<A>(attribute: &str, name: &str, table: &[Entry<A>]) -> String {
    if let Some(meant) = did_you_mean(name, table.iter().map(Entry::name)) {
        return format!("unknown option `{name}`: did you mean `{meant}`?");
    }
    let known: Vec<_> = table.iter().map(|entry| format!("`{}`", entry.name())).collect();
    format!("unknown option `{name}`: {attribute} takes {}", known.join(", "))
}

/// Moves to the `,` before the next option. A comma inside of generic arguments is not one, so the next option's
/// name and `=` or `(` are asked for, too.
fn skip_option(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() {
        if input.peek(Token![,]) {
            let ahead = input.fork();
            ahead.parse::<Token![,]>()?;
            let starts = ahead.is_empty()
                || (Ident::parse_any(&ahead).is_ok()
                    && (ahead.is_empty()
                        || ahead.peek(Token![,])
                        || ahead.peek(Token![=])
                        || ahead.peek(token::Paren)));
            if starts {
                return Ok(());
            }
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Whether `= value` or `(…)` follows.
fn has_value(input: ParseStream) -> bool {
    let assigns = {
        let ahead = input.fork();
        ahead.parse::<Token![=]>().is_ok() && !ahead.is_empty() && !ahead.peek(Token![,])
    };
    assigns || input.peek(token::Paren)
}

/// The items between an option's parentheses, separated by commas.
fn list<T>(input: ParseStream, item: fn(ParseStream) -> syn::Result<T>) -> syn::Result<(token::Paren, Vec<T>)> {
    let content;
    let paren = parenthesized!(content in input);
    let items = Punctuated::<T, Token![,]>::parse_terminated_with(&content, item);
    if items.is_err() {
        // What is left over would be an error of its own.
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok((paren, items?.into_iter().collect()))
}
