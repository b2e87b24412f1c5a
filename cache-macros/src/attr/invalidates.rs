use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprRange, Ident, LitStr, Path, QSelf, Token};

use super::template::{self, Template};
use super::{each, krate};
use crate::errors::{Errors, did_you_mean};

/// The options of `#[invalidates]`.
#[derive(Default)]
pub(crate) struct InvalidatesArgs {
    pub(crate) targets: Vec<TargetArg>,
    pub(crate) krate: Option<Path>,
}

pub(crate) enum TargetArg {
    /// `get_artist(artist_id, _, ..)`
    Call(CallArg),
    Key(Template),
    Pattern(Template),
    Tag(Template),
}

pub(crate) struct CallArg {
    /// `<Repo<P>>::get_artist`
    pub(crate) qself: Option<QSelf>,
    pub(crate) path: Path,
    pub(crate) args: Vec<Expr>,
    /// Ends in `..`.
    pub(crate) rest: bool,
}

impl CallArg {
    /// Whether the path goes through a type, by the way types are written: `Repo::get_artist`, `Self::get_artist`.
    pub(crate) fn is_method(&self) -> bool {
        let of = self.path.segments.iter().rev().nth(1);
        self.qself.is_some()
            || of.is_some_and(|of| of.ident.unraw().to_string().starts_with(|first: char| first.is_uppercase()))
    }
}

const OPTIONS: [&str; 4] = ["key", "pattern", "tag", "crate"];

pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> InvalidatesArgs {
    let mut args = InvalidatesArgs::default();
    let before = errors.is_empty();
    each(tokens, errors, |input, _| target(input, &mut args));
    if before && errors.is_empty() && args.targets.is_empty() {
        errors
            .at(proc_macro2::Span::call_site(), "nothing to invalidate: write `#[invalidates(get_artist(artist_id))]`");
    }
    args
}

/// The options of `#[updates]`: calls alone, whole ones.
pub(crate) fn parse_updates(tokens: TokenStream, errors: &mut Errors) -> InvalidatesArgs {
    let mut args = InvalidatesArgs::default();
    let before = errors.is_empty();
    each(tokens, errors, |input, errors| {
        if input.peek(Token![crate]) {
            input.parse::<Token![crate]>()?;
            return krate::parse(input, &mut args.krate);
        }
        let call = updated(input)?;
        if call.rest {
            errors.on(&call.path, "an update stores under one key: write all of the arguments, without `..`");
        }
        for open in call.args.iter().filter(|arg| matches!(arg, Expr::Infer(_))) {
            errors.on(open, "an update stores under one key: `_` is for `#[invalidates]`");
        }
        args.targets.push(TargetArg::Call(call));
        Ok(())
    });
    if before && errors.is_empty() && args.targets.is_empty() {
        errors.at(proc_macro2::Span::call_site(), "nothing to update: write `#[updates(get_artist(artist_id))]`");
    }
    args
}

fn updated(input: ParseStream) -> syn::Result<CallArg> {
    let named = input.peek(Ident::peek_any) && input.peek2(Token![=]);
    if named {
        let name = Ident::parse_any(input)?;
        return Err(Error::new(
            name.span(),
            format!(
                "`{name}` is nothing that a value can be stored by: write calls of cached functions, `#[updates(get_artist(artist_id))]`"
            ),
        ));
    }
    call(input)
}

fn target(input: ParseStream, args: &mut InvalidatesArgs) -> syn::Result<()> {
    let assigns = {
        let ahead = input.fork();
        Ident::parse_any(&ahead).is_ok() && ahead.peek(Token![=])
    };
    if !assigns {
        args.targets.push(TargetArg::Call(call(input)?));
        return Ok(());
    }
    let name = Ident::parse_any(input)?;
    if name == "crate" {
        return krate::parse(input, &mut args.krate);
    }
    input.parse::<Token![=]>()?;
    match name.to_string().as_str() {
        "key" => {
            let template = template::parse(&string(input, "key = \"artist:{artist_id}\"")?)?;
            args.targets.push(TargetArg::Key(template));
            Ok(())
        }
        "pattern" => {
            let template = template::parse_pattern(&string(input, "pattern = \"artist:*\"")?)?;
            args.targets.push(TargetArg::Pattern(template));
            Ok(())
        }
        "tag" => {
            let template = template::parse(&string(input, "tag = \"artist:{artist_id}\"")?)?;
            args.targets.push(TargetArg::Tag(template));
            Ok(())
        }
        text => Err(Error::new(name.span(), unknown(text))),
    }
}

fn unknown(name: &str) -> String {
    match did_you_mean(name, OPTIONS) {
        Some(meant) => format!("unknown option `{name}`: did you mean `{meant}`?"),
        None => format!(
            "unknown option `{name}`: #[invalidates] takes calls of cached functions, `key = \"…\"`, `pattern = \"…\"` and `tag = \"…\"`"
        ),
    }
}

fn string(input: ParseStream, example: &str) -> syn::Result<LitStr> {
    input.parse().map_err(|error| Error::new(error.span(), format!("expected a string: write `{example}`")))
}

fn call(input: ParseStream) -> syn::Result<CallArg> {
    let expr: Expr = input.parse()?;
    let what = "write a call of a cached function, `get_artist(artist_id)`, or `key = \"…\"`, `pattern = \"…\"`";
    let Expr::Call(call) = expr else {
        return Err(Error::new_spanned(expr, what));
    };
    let Expr::Path(function) = &*call.func else {
        return Err(Error::new_spanned(call.func, what));
    };
    let mut args: Vec<Expr> = call.args.into_iter().collect();
    let rest = args.last().is_some_and(is_rest);
    if rest {
        args.pop();
    }
    if let Some(misplaced) = args.iter().find(|arg| is_rest(arg)) {
        return Err(Error::new_spanned(misplaced, "`..` stands for all arguments that follow: it comes last"));
    }
    Ok(CallArg { qself: function.qself.clone(), path: function.path.clone(), args, rest })
}

fn is_rest(expr: &Expr) -> bool {
    matches!(expr, Expr::Range(ExprRange { start: None, end: None, .. })) && expr.to_token_stream().to_string() == ".."
}
