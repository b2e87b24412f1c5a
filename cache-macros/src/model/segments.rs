use proc_macro2::Span;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Member, Type};

use super::types::referent_span;
use super::{Arg, Role, mentioned};
use crate::attr::cached::Given;
use crate::attr::key::SegmentArg;
use crate::attr::template::{Filter, Placeholder};

/// One segment of a key.
pub(crate) enum Segment {
    /// A type parameter of the function: another type, another entry.
    Type(Ident),
    /// A const parameter of the function.
    Const(Ident),
    /// The type parameters of `Self`: another type, another entry.
    SelfParams,
    Value(Box<Value>),
}

pub(crate) struct Value {
    pub(crate) expr: Expr,
    pub(crate) filters: Vec<Filter>,
    /// What a `key_with` function gives: it prints as it is.
    pub(crate) verbatim: bool,
    /// The arguments that `expr` mentions.
    pub(crate) args: Vec<usize>,
    /// The companions' own parameter for this segment.
    pub(crate) own: Option<(Ident, Type)>,
    /// The segment is this argument, whole.
    pub(crate) whole: bool,
    /// Where errors about the segment's type belong, with the hygiene of the argument's name.
    pub(crate) span: Span,
    /// As the key's template shows it.
    pub(crate) label: String,
}

impl Value {
    /// A whole argument. Errors about it point at its type.
    pub(super) fn argument(index: usize, arg: &Arg) -> Self {
        let ident = &arg.ident;
        Value {
            expr: syn::parse_quote!(#ident),
            whole: true,
            filters: Vec::new(),
            verbatim: false,
            args: vec![index],
            own: None,
            span: ident.span().located_at(referent_span(&arg.ty)),
            label: arg.label.clone(),
        }
    }

    pub(super) fn expression(segment: &SegmentArg, args: &[Arg]) -> Self {
        let whole = bare_name(&segment.expr)
            .and_then(|name| args.iter().position(|arg| arg.pat.is_none() && arg.ident == *name));
        if let (Some(index), None) = (whole, &segment.own) {
            return Value { span: segment.expr.span(), ..Value::argument(index, &args[index]) };
        }
        Value {
            args: mentioned(&segment.expr, args),
            filters: Vec::new(),
            verbatim: false,
            own: segment.own.clone(),
            whole: false,
            span: match &segment.own {
                Some((name, _)) => name.span().located_at(segment.expr.span()),
                None => segment.expr.span(),
            },
            label: match &segment.own {
                Some((name, _)) => name.to_string(),
                None => compact(&segment.expr),
            },
            expr: segment.expr.clone(),
        }
    }

    /// What a `key_with` function gives of all arguments that are neither handles nor skipped.
    pub(super) fn built(given: &Given, args: &[Arg]) -> Self {
        let path = &given.expr;
        let part = |arg: &Arg| !matches!(arg.role, Role::Handle | Role::NamedHandle | Role::Skipped);
        let indices: Vec<usize> = (0..args.len()).filter(|index| part(&args[*index])).collect();
        let passed = indices.iter().map(|index| {
            let (arg, ident) = (&args[*index], &args[*index].ident);
            if arg.is_reference() { quote!(#ident) } else { quote!(&#ident) }
        });
        let span = path.span();
        let call = quote_spanned!(span=> (#path)(#(#passed),*));
        Value {
            expr: syn::parse_quote!(#call),
            filters: Vec::new(),
            verbatim: true,
            args: indices,
            own: None,
            whole: false,
            span,
            label: compact(path),
        }
    }

    /// A placeholder of a template that names an argument, or a field of one.
    pub(super) fn placeholder(placeholder: &Placeholder, args: &[Arg]) -> Option<Self> {
        let (name, fields) = placeholder.path.as_ref()?;
        let (index, named) = args.iter().enumerate().find_map(|(index, arg)| {
            let named = arg.names.iter().find(|known| *known == name)?;
            Some((index, named))
        })?;
        let arg = &args[index];
        // The literal's place with the argument's own hygiene, or `macro_rules!` would hide the argument.
        let span = named.span().located_at(placeholder.span);
        let mut value = if fields.is_empty() && arg.pat.is_none() {
            Value::argument(index, arg)
        } else {
            let name = Ident::new(&name.to_string(), span);
            let fields = fields.iter().map(|field| at(field, span));
            let expr = quote_spanned!(span=> #name #(.#fields)*);
            Value {
                expr: syn::parse_quote!(#expr),
                filters: Vec::new(),
                verbatim: false,
                args: vec![index],
                own: None,
                whole: false,
                span,
                label: String::new(),
            }
        };
        value.span = span;
        value.filters.clone_from(&placeholder.filters);
        value.label.clone_from(&placeholder.text);
        Some(value)
    }

    /// Whether `expr` means the same where the arguments it mentions are references to them.
    pub(crate) fn works_by_reference(&self) -> bool {
        fn works(expr: &Expr) -> bool {
            match expr {
                Expr::Path(_) | Expr::Lit(_) | Expr::Macro(_) => true,
                Expr::Field(field) => works(&field.base),
                Expr::Paren(paren) => works(&paren.expr),
                Expr::Group(group) => works(&group.expr),
                Expr::MethodCall(call) => {
                    works(&call.receiver) && call.args.iter().all(|arg| matches!(arg, Expr::Lit(_)))
                }
                _ => false,
            }
        }
        works(&self.expr)
    }

    /// Whether `&` in front of `expr` takes a reference to all of it.
    pub(crate) fn binds_tightly(&self) -> bool {
        matches!(
            self.expr,
            Expr::Path(_)
                | Expr::Lit(_)
                | Expr::Macro(_)
                | Expr::Field(_)
                | Expr::Paren(_)
                | Expr::MethodCall(_)
                | Expr::Call(_)
        )
    }
}

fn bare_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        Expr::Paren(paren) => bare_name(&paren.expr),
        Expr::Group(group) => bare_name(&group.expr),
        _ => None,
    }
}

/// The member, spelled at `span`.
pub(crate) fn at(member: &Member, span: Span) -> Member {
    let mut member = member.clone();
    match &mut member {
        Member::Named(name) => name.set_span(span),
        Member::Unnamed(index) => index.span = span,
    }
    member
}

/// An expression as one would write it.
pub(crate) fn compact(tokens: &impl ToTokens) -> String {
    // Long expressions come with line breaks.
    let mut text = tokens.to_token_stream().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    for (spaced, tight) in [
        (" . ", "."),
        (" :: ", "::"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        ("& ", "&"),
        (" !", "!"),
        (" ?", "?"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

/// A type as one would write it: an angle is no comparison there.
pub(crate) fn compact_type(ty: &Type) -> String {
    compact(ty).replace(" < ", "<").replace(" >", ">")
}
