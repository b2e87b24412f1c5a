//! The options about the time around a TTL.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident, Lit, LitStr, Token};

/// What they say.
#[derive(Default, Clone)]
pub(crate) struct FreshnessArgs {
    pub(crate) stale_while_revalidate: Option<Span>,
    pub(crate) stale_if_error: Option<Span>,
    pub(crate) retry_after: Option<Span>,
    pub(crate) soft_timeout: Option<Span>,
    pub(crate) timeout: Option<Span>,
    pub(crate) refresh_ahead: Option<Share>,
    pub(crate) jitter: Option<Share>,
    pub(crate) adaptive: Option<Adaptive>,
}

/// An option that is a span of time.
#[derive(Clone)]
pub(crate) struct Span {
    pub(crate) name: Ident,
    pub(crate) value: Length,
}

#[derive(Clone)]
pub(crate) enum Length {
    Literal(Duration),
    /// Evaluated by the compiler.
    Const(Box<Expr>),
}

/// An option that is a share of something.
#[derive(Clone)]
pub(crate) struct Share {
    pub(crate) name: Ident,
    pub(crate) value: f64,
}

/// `adaptive_ttl = "30s..1h"`
#[derive(Clone)]
pub(crate) struct Adaptive {
    pub(crate) name: Ident,
    pub(crate) least: Duration,
    pub(crate) most: Duration,
}

pub(super) fn span(name: &Ident, input: ParseStream, span: &mut Option<Span>) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let mut value: Expr = input.parse()?;
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    let value = match &value {
        Expr::Lit(literal) => Length::Literal(length(name, &literal.lit)?),
        _ => Length::Const(Box::new(value)),
    };
    *span = Some(Span { name: name.clone(), value });
    Ok(())
}

fn length(name: &Ident, lit: &Lit) -> syn::Result<Duration> {
    let refused = |reason: &str| {
        Error::new(lit.span(), format!("{reason}: write `{name} = \"30s\"`, seconds as `30`, or a `Duration` constant"))
    };
    let length = match lit {
        Lit::Int(seconds) => Duration::from_secs(seconds.base10_parse()?),
        Lit::Str(text) if text.value() == "never" => {
            return Err(refused(&format!("`{name}` has to end")));
        }
        Lit::Str(text) => humantime::parse_duration(&text.value())
            .map_err(|reason| refused(&format!("`{}` is no duration ({reason})", text.value())))?,
        _ => return Err(refused(&format!("`{name}` is a span of time"))),
    };
    if length.is_zero() {
        return Err(refused(&format!("`{name}` of zero would do nothing")));
    }
    Ok(length)
}

pub(super) fn share(name: &Ident, input: ParseStream, share: &mut Option<Share>, example: &str) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let what = || format!("`{name}` is a share of the TTL, more than 0 and less than 1: write `{name} = {example}`");
    let expr: Expr = input.parse().map_err(|error| Error::new(error.span(), what()))?;
    let mut inner = &expr;
    while let Expr::Group(group) = inner {
        inner = &group.expr;
    }
    let value = match inner {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Float(float) => float.base10_parse::<f64>().ok(),
            _ => None,
        },
        _ => None,
    };
    match value.filter(|value| *value > 0.0 && *value < 1.0) {
        Some(value) => {
            *share = Some(Share { name: name.clone(), value });
            Ok(())
        }
        None => Err(Error::new(expr.span(), what())),
    }
}

pub(super) fn adaptive(name: &Ident, input: ParseStream, adaptive: &mut Option<Adaptive>) -> syn::Result<()> {
    input.parse::<Token![=]>()?;
    let what = "`adaptive_ttl` is the shortest and the longest TTL: write `adaptive_ttl = \"30s..1h\"`";
    let text: LitStr = input.parse().map_err(|error| Error::new(error.span(), what))?;
    let value = text.value();
    let refused = |reason: String| Error::new(text.span(), format!("{reason}: write `adaptive_ttl = \"30s..1h\"`"));
    let Some((least, most)) = value.split_once("..") else { return Err(Error::new(text.span(), what)) };
    let bound = |bound: &str| {
        humantime::parse_duration(bound.trim())
            .map_err(|reason| refused(format!("`{bound}` is no duration ({reason})")))
    };
    let (least, most) = (bound(least)?, bound(most)?);
    if least.is_zero() || least >= most {
        return Err(refused("the shortest TTL has to be more than zero and less than the longest".to_owned()));
    }
    *adaptive = Some(Adaptive { name: name.clone(), least, most });
    Ok(())
}

impl Length {
    pub(crate) fn literal(&self) -> Option<Duration> {
        match self {
            Length::Literal(length) => Some(*length),
            Length::Const(_) => None,
        }
    }
}

impl FreshnessArgs {
    /// The names of the options that are given.
    pub(crate) fn given(&self) -> Vec<&Ident> {
        let spans =
            [&self.stale_while_revalidate, &self.stale_if_error, &self.retry_after, &self.soft_timeout, &self.timeout];
        let shares = [&self.refresh_ahead, &self.jitter];
        let spans = spans.into_iter().flatten().map(|span| &span.name);
        let shares = shares.into_iter().flatten().map(|share| &share.name);
        spans.chain(shares).chain(self.adaptive.as_ref().map(|adaptive| &adaptive.name)).collect()
    }

    /// The first option that runs bodies beside their callers.
    pub(crate) fn in_background(&self) -> Option<&Ident> {
        self.beside_a_hit().or(self.bounded())
    }

    /// The first option that runs a body beside a caller that is answered at once.
    pub(crate) fn beside_a_hit(&self) -> Option<&Ident> {
        let revalidates = self.stale_while_revalidate.as_ref().map(|span| &span.name);
        revalidates.or(self.refresh_ahead.as_ref().map(|share| &share.name))
    }

    /// The first option that ends a call before its load.
    pub(crate) fn bounded(&self) -> Option<&Ident> {
        self.timeout.as_ref().or(self.soft_timeout.as_ref()).map(|span| &span.name)
    }

    /// Whether what a load gives is compared with what it takes the place of.
    pub(crate) fn compares(&self) -> bool {
        self.beside_a_hit().is_some() || self.stale_if_error.is_some() || self.adaptive.is_some()
    }
}
