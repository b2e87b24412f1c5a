use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprPath, FnArg, Index, PatIdent, PathArguments, Signature};

use super::{Runtime, mixed};
use crate::attr::invalidates::{CallArg, TargetArg};
use crate::attr::template::{Filter, Placeholder, Template};
use crate::errors::{Errors, did_you_mean};
use crate::model::{at, mentions_ident};

/// The returned value, in a target's arguments.
const RESULT: &str = "result";

/// What `#[invalidates]` invalidates, as statements over a `fence`.
pub(super) struct Targets<'a> {
    p: &'a Runtime,
    /// What expressions may mention.
    names: Vec<Ident>,
    /// Before the body: each target as far as it is known. A segment that needs the returned value is a wildcard.
    pub(super) before: Vec<TokenStream>,
    /// After success: the targets that the returned value is needed for.
    pub(super) after: Vec<TokenStream>,
    /// The name of the returned value, where it is used.
    pub(super) result: Option<Ident>,
}

impl<'a> Targets<'a> {
    pub(super) fn new(targets: &[TargetArg], sig: &Signature, p: &'a Runtime, errors: &mut Errors) -> Self {
        let mut names = Names::default();
        for input in &sig.inputs {
            match input {
                FnArg::Receiver(receiver) => names.0.push(Ident::new("self", receiver.self_token.span)),
                FnArg::Typed(typed) => names.visit_pat(&typed.pat),
            }
        }
        let mut all = Targets { p, names: names.0, before: Vec::new(), after: Vec::new(), result: None };
        for (index, target) in targets.iter().enumerate() {
            match target {
                TargetArg::Call(call) => all.call(index, call),
                TargetArg::Key(template) => all.template(index, template, "key_target", errors),
                TargetArg::Pattern(template) => all.template(index, template, "pattern_target", errors),
                TargetArg::Tag(template) => all.tag(index, template, errors),
            }
        }
        if let (Some(result), Some(name)) = (&all.result, all.names.iter().find(|name| *name == RESULT)) {
            errors.on(name, "`result` is the returned value in `#[invalidates]`: give this argument another name");
            errors.on(result, "`result` is the returned value here, not the argument of that name");
        }
        all
    }

    fn uses_result(&mut self, expr: &Expr) -> bool {
        let mention = mentions_ident(expr, RESULT);
        let uses = mention.is_some();
        if self.result.is_none() {
            self.result = mention;
        }
        uses
    }

    fn call(&mut self, index: usize, call: &CallArg) {
        let p = self.p;
        let needs_result: Vec<bool> = call.args.iter().map(|arg| self.uses_result(arg)).collect();
        let before = call.args.iter().zip(&needs_result);
        let before: Vec<_> = before.map(|(arg, late)| known(arg).filter(|_| !late)).collect();
        let target = invocation(p, call, &before);
        self.before.push(quote_spanned!(mixed()=> fence.add(#target);));
        if needs_result.contains(&true) {
            let after = call.args.iter().zip(&needs_result);
            let after: Vec<_> = after.map(|(arg, late)| known(arg).filter(|_| *late)).collect();
            let target = invocation(p, call, &after);
            self.after.push(quote_spanned!(mixed()=> fence.replace(#index, #target);));
        }
    }

    /// A tag is known before the write: there are no wildcards for tags, and a write that is dropped invalidates, too.
    fn tag(&mut self, index: usize, template: &Template, errors: &mut Errors) {
        let of_result = template
            .placeholders
            .iter()
            .find(|placeholder| placeholder.path.as_ref().is_some_and(|(name, _)| name == RESULT));
        match of_result {
            Some(placeholder) => errors.at(
                placeholder.span,
                "a tag is invalidated also where the write is dropped half-way, when there is no `result`: write an argument, or call `invalidate_tag` after the write",
            ),
            None => self.template(index, template, "tag_target", errors),
        }
    }

    fn template(&mut self, index: usize, template: &Template, make: &str, errors: &mut Errors) {
        let p = self.p;
        let values: Vec<_> =
            template.placeholders.iter().filter_map(|placeholder| self.placeholder(placeholder, errors)).collect();
        if values.len() < template.placeholders.len() {
            return;
        }
        let constructor = |name: &str| {
            let name = Ident::new(name, mixed());
            quote_spanned!(mixed()=> #p::#name)
        };
        let make = constructor(make);
        let texts = &template.texts;
        if values.iter().all(|(_, late)| !late) {
            let parts = values.iter().map(|(value, _)| value);
            self.before.push(quote_spanned! {mixed()=>
                fence.add(#make(#p::DEFAULT, #p::rendered(&[#(#texts),*], &(#(#parts,)*))));
            });
            return;
        }
        // Rendered one by one: those that need the returned value are `*` until it is there.
        let mut early = Vec::new();
        let mut late = Vec::new();
        for (position, (value, needs_result)) in values.iter().enumerate() {
            let part = format_ident!("part{index}_{position}", span = mixed());
            let rendered = quote_spanned!(mixed()=> #p::rendered(&["", ""], &(#value,)));
            let text = &texts[position];
            if *needs_result {
                early.push(quote_spanned!(mixed()=> #text, "*"));
                late.push(quote_spanned!(mixed()=> #text, &#rendered));
            } else {
                self.before.push(quote_spanned!(mixed()=> let #part = #rendered;));
                early.push(quote_spanned!(mixed()=> #text, &#part));
                late.push(quote_spanned!(mixed()=> #text, &#part));
            }
        }
        let last = &texts[values.len()];
        let wide = constructor("pattern_target");
        self.before.push(quote_spanned!(mixed()=> fence.add(#wide(#p::DEFAULT, [#(#early,)* #last].concat()));));
        self.after.push(quote_spanned! {mixed()=>
            fence.replace(#index, #make(#p::DEFAULT, [#(#late,)* #last].concat()));
        });
    }

    /// A reference to a placeholder's value, and whether it needs the returned value.
    fn placeholder(&mut self, placeholder: &Placeholder, errors: &mut Errors) -> Option<(TokenStream, bool)> {
        let Some((name, fields)) = &placeholder.path else {
            errors.at(placeholder.span, "`{}` names no argument: write `{artist_id}`");
            return None;
        };
        let is_result = name == RESULT;
        let name = if is_result {
            let result = Ident::new(RESULT, Span::call_site().located_at(placeholder.span));
            self.result.get_or_insert(result).clone()
        } else if let Some(known) = self.names.iter().find(|known| *known == name) {
            Ident::new(&name.to_string(), known.span().located_at(placeholder.span))
        } else {
            let known: Vec<_> = self.names.iter().map(ToString::to_string).collect();
            let hint = match did_you_mean(&name.to_string(), known.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{{{meant}}}`?"),
                None => "write an argument of the function, or `result`".to_owned(),
            };
            errors.at(placeholder.span, format!("`{{{}}}` names no argument: {hint}", placeholder.text));
            return None;
        };
        let span = name.span();
        let p = self.p.at(span);
        let fields = fields.iter().map(|field| at(field, span));
        let mut value = quote_spanned!(span=> &#name #(.#fields)*);
        for filter in &placeholder.filters {
            value = match filter {
                Filter::Lower => quote_spanned!(span=> &#p::lower(#value)),
                Filter::Hash => quote_spanned!(span=> &#p::hash(#value)),
            };
        }
        let assertion = quote_spanned!(span=> #p::assert_key(#value););
        let steps = if is_result { &mut self.after } else { &mut self.before };
        steps.push(quote_spanned!(mixed()=> if false { #assertion }));
        Some((quote_spanned!(span=> #p::Part(#value).key()), is_result))
    }
}

/// The argument, unless it is `_`.
fn known(arg: &Expr) -> Option<&Expr> {
    (!matches!(arg, Expr::Infer(_))).then_some(arg)
}

/// A reference to the argument; one that is written as a reference is one, whose array may become a slice.
fn by_reference(arg: &Expr) -> TokenStream {
    match arg {
        Expr::Reference(_) => quote!(#arg),
        _ => quote_spanned!(arg.span()=> &(#arg)),
    }
}

/// The companion's target for these arguments, `None` for a wildcard.
fn invocation(p: &Runtime, call: &CallArg, args: &[Option<&Expr>]) -> TokenStream {
    let mut path = call.path.clone();
    let turbofish = path.segments.last_mut().map(|last| std::mem::replace(&mut last.arguments, PathArguments::None));
    let turbofish = turbofish.and_then(|arguments| match arguments {
        PathArguments::AngleBracketed(arguments) => {
            let args = arguments.args;
            Some(quote!(::<#args>))
        }
        _ => None,
    });
    let span = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
    let method = |name: &str| Ident::new(name, Span::call_site().located_at(span));
    // A method's companion is what its type gives; a function's is a type itself.
    let handle = call.is_method().then(|| {
        if let Some(last) = path.segments.last_mut() {
            last.ident = format_ident!("{}_cache", last.ident.unraw(), span = last.ident.span());
        }
        let path = ExprPath { attrs: Vec::new(), qself: call.qself.clone(), path: path.clone() };
        quote_spanned!(span=> #path #turbofish())
    });
    if !call.rest {
        let target = method("__target");
        let args = args.iter().zip(&call.args).map(|(known, arg)| match known {
            Some(arg) => {
                let (span, p) = (arg.span(), p.at(arg.span()));
                let arg = by_reference(arg);
                quote_spanned!(span=> #p::Some(#arg))
            }
            None => quote_spanned!(arg.span()=> #p::None),
        });
        return match handle {
            Some(handle) => quote_spanned!(span=> #handle.#target((#(#args,)*))),
            None => quote_spanned!(span=> #path::#target #turbofish(#(#args),*)),
        };
    }
    if args.is_empty() && turbofish.is_none() && handle.is_none() {
        let all = method("__all");
        let common = common(p, span);
        return quote_spanned!(span=> {
            #common
            #path::#all()
        });
    }
    let known = args.iter().enumerate().filter_map(|(index, arg)| Some((index, (*arg)?)));
    let (indices, exprs): (Vec<_>, Vec<_>) = known.unzip();
    let names: Vec<_> =
        indices.iter().zip(&exprs).map(|(index, expr)| format_ident!("given{index}", span = expr.span())).collect();
    let fills = indices.iter().zip(&exprs).zip(&names).map(|((index, expr), name)| {
        let (span, p) = (expr.span(), p.at(expr.span()));
        let mut field = Index::from(*index);
        field.span = span;
        quote_spanned!(span=> all.#field = #p::Some(#name);)
    });
    // A wildcard past the last parameter has to fail, too.
    let reach = args.len().checked_sub(1).filter(|last| args[*last].is_none()).map(|last| {
        let mut field = Index::from(last);
        field.span = call.args[last].span();
        quote_spanned!(field.span=> let _ = &all.#field;)
    });
    let all = Ident::new("all", Span::call_site());
    let references = exprs.iter().map(|expr| by_reference(expr));
    let fill = quote_spanned! {span=>
        |#all| {
            #reach
            #(#fills)*
        }
    };
    let invocation = match handle {
        Some(handle) => {
            let rest = method("__rest");
            quote_spanned!(span=> #handle.#rest(#fill))
        }
        None => {
            let (target, p) = (method("__target"), p.at(span));
            quote_spanned!(span=> #p::rest(#path::#target #turbofish, #fill))
        }
    };
    if exprs.is_empty() {
        return invocation;
    }
    quote_spanned! {span=>
        match (#(#references,)*) {
            (#(#names,)*) => #invocation,
        }
    }
}

/// So that a companion has what it does not say by itself.
pub(super) fn common(p: &Runtime, span: Span) -> TokenStream {
    let p = p.at(span);
    quote_spanned! {span=>
        #[allow(unused_imports)]
        use #p::Common as _;
    }
}

#[derive(Default)]
struct Names(Vec<Ident>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.0.push(pat.ident.clone());
        visit::visit_pat_ident(self, pat);
    }
}
