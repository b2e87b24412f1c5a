use syn::{Expr, LitStr, Path, parse_quote_spanned};

use super::{Arg, mentioned};
use crate::attr::cached::{CachedArgs, Codec, Given, Tier};
use crate::attr::ttl::Ttl;

/// What a function says of its values and its calls.
pub(crate) struct Rules {
    pub(crate) ttl_with: Option<Given>,
    pub(crate) ttl_none: Option<(syn::Ident, Ttl)>,
    pub(crate) ttl_err: Option<(syn::Ident, Ttl)>,
    pub(crate) tier: Tier,
    pub(crate) tier_span: Option<proc_macro2::Span>,
    pub(crate) codec: Option<(LitStr, Codec)>,
    pub(crate) when: Option<Given>,
    pub(crate) refresh_when: Option<Given>,
    pub(crate) cache_if: Option<Given>,
    pub(crate) validate: Option<Given>,
    pub(crate) share_err: Option<Given>,
    pub(crate) weight: Option<Given>,
    /// Each as an expression that renders it.
    pub(crate) tags: Vec<Expr>,
    pub(crate) tags_with: Option<Given>,
}

impl Rules {
    pub(super) fn new(options: &CachedArgs, krate: &Path) -> Self {
        Rules {
            ttl_with: options.ttl_with.clone(),
            ttl_none: options.ttl_none.clone(),
            ttl_err: options.ttl_err.clone(),
            tier: options.tier.as_ref().map_or(Tier::Auto, |(_, tier)| *tier),
            tier_span: options.tier.as_ref().map(|(text, _)| text.span()),
            codec: options.codec.clone(),
            when: options.when.clone(),
            refresh_when: options.refresh_when.clone(),
            cache_if: options.cache_if.clone(),
            validate: options.validate.clone(),
            share_err: options.share_err.clone(),
            weight: options.weight.clone(),
            tags: options.tags.iter().map(|tag| rendered(&tag.text, krate)).collect(),
            tags_with: options.tags_with.clone(),
        }
    }

    /// Whether a look-up has to know of them: of what is stored, some may be no value, or not good enough.
    pub(crate) fn choose(&self) -> bool {
        self.ttl_none.is_some() || self.ttl_err.is_some() || self.validate.is_some()
    }

    /// Whether what is stored carries tags.
    pub(crate) fn tagged(&self) -> bool {
        !self.tags.is_empty() || self.tags_with.is_some()
    }

    /// Whether there is more to a value than its TTL.
    pub(crate) fn any(&self) -> bool {
        self.choose() || self.ttl_with.is_some() || self.cache_if.is_some() || self.tagged()
    }

    /// What decides whether a value is stored, and for how long.
    fn policy<'a>(&'a self, ttl: &'a Ttl) -> Vec<&'a Expr> {
        let ttls = [Some(ttl), self.ttl_none.as_ref().map(|(_, ttl)| ttl), self.ttl_err.as_ref().map(|(_, ttl)| ttl)];
        let ttls = ttls.into_iter().flatten().filter_map(|ttl| match ttl {
            Ttl::Expr(expr) => Some(&**expr),
            _ => None,
        });
        let rules = [&self.ttl_with, &self.cache_if, &self.tags_with].into_iter().flatten().map(|given| &given.expr);
        ttls.chain(rules).chain(&self.tags).collect()
    }

    /// Every expression over the arguments.
    pub(super) fn exprs<'a>(&'a self, ttl: &'a Ttl) -> Vec<&'a Expr> {
        let given = [&self.when, &self.refresh_when, &self.validate].into_iter().flatten();
        self.policy(ttl).into_iter().chain(given.map(|given| &given.expr)).collect()
    }

    /// The rules over values, which outlive a call whose body does.
    pub(crate) fn over_values(&self) -> impl Iterator<Item = &Given> {
        [&self.ttl_with, &self.cache_if, &self.validate, &self.tags_with].into_iter().flatten()
    }

    pub(super) fn policy_args(&self, ttl: &Ttl, args: &[Arg]) -> Vec<usize> {
        let mut mentioned: Vec<_> = self.policy(ttl).into_iter().flat_map(|expr| mentioned(expr, args)).collect();
        mentioned.sort_unstable();
        mentioned.dedup();
        mentioned
    }
}

/// The expression that renders a tag: its placeholders are the arguments of those names.
fn rendered(text: &LitStr, krate: &Path) -> Expr {
    parse_quote_spanned!(text.span()=> #krate::key!(#text))
}
