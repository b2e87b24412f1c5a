use std::time::Duration;

use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprLit, ExprUnary, Lit, Token, UnOp};

/// How long a value is fresh, as written.
#[derive(Default, Clone)]
pub(crate) enum Ttl {
    #[default]
    Default,
    /// A literal, and the text it was written as.
    After(Duration, String),
    Never,
    Expr(Box<Expr>),
}

impl Ttl {
    /// As written, without the quotes.
    pub(crate) fn text(&self) -> String {
        match self {
            Ttl::Default => String::new(),
            Ttl::After(_, text) => text.clone(),
            Ttl::Never => "never".to_owned(),
            Ttl::Expr(expr) => expr.to_token_stream().to_string(),
        }
    }
}

pub(super) fn parse(input: ParseStream, ttl: &mut Ttl) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let mut value: Expr = input.parse()?;
    // What `macro_rules!` passes on as an expression stands in an invisible group.
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    *ttl = match &value {
        Expr::Lit(ExprLit { lit, .. }) => literal(lit)?,
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if matches!(**expr, Expr::Lit(_)) => {
            return Err(Error::new_spanned(
                &value,
                "a TTL is not negative: write seconds as `300`, or `\"5m\"`, or `\"never\"`",
            ));
        }
        _ => Ttl::Expr(Box::new(value)),
    };
    Ok(())
}

fn literal(lit: &Lit) -> syn::Result<Ttl> {
    let (duration, text) = match lit {
        Lit::Int(seconds) => (Duration::from_secs(seconds.base10_parse()?), seconds.base10_digits().to_owned()),
        Lit::Str(text) if text.value() == "never" => return Ok(Ttl::Never),
        Lit::Str(text) => {
            let value = text.value();
            let duration = humantime::parse_duration(&value).map_err(|reason| {
                Error::new(
                    text.span(),
                    format!("`{value}` is no duration ({reason}): write `\"5m\"`, `\"1h30m\"`, `\"never\"`, or seconds as `300`"),
                )
            })?;
            (duration, value)
        }
        _ => {
            return Err(Error::new_spanned(
                lit,
                "a TTL is whole seconds (`300`), a string (`\"5m\"`, `\"500ms\"`, `\"never\"`), or a `Duration` expression",
            ));
        }
    };
    if duration.is_zero() {
        return Err(Error::new_spanned(
            lit,
            "a TTL of zero would store nothing: write a duration, or remove `#[cached]`",
        ));
    }
    Ok(Ttl::After(duration, text))
}
