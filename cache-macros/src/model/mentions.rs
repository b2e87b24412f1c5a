//! Which arguments an expression mentions.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Expr, ExprClosure, ExprPath, Ident, Macro, PatIdent};

use super::Arg;

/// Indices of the arguments that `expr` mentions, ascending.
pub(crate) fn mentioned(expr: &Expr, args: &[Arg]) -> Vec<usize> {
    let mut names = Names::default();
    names.visit_expr(expr);
    (0..args.len()).filter(|index| args[*index].names.iter().any(|name| names.contain(name))).collect()
}

/// Whether `expr` mentions an argument, or a part of one, by `name`.
pub(crate) fn mentions(expr: &Expr, name: &Ident) -> bool {
    let mut names = Names::default();
    names.visit_expr(expr);
    names.contain(name)
}

/// The first place where `expr` mentions `name`.
pub(crate) fn mentions_ident(expr: &Expr, name: &str) -> Option<Ident> {
    let mut names = Names::default();
    names.visit_expr(expr);
    names.idents.into_iter().find(|ident| ident == name)
}

#[derive(Default)]
struct Names {
    idents: Vec<Ident>,
    /// Format strings of macros: `format!("{id}")` mentions `id`.
    literals: Vec<String>,
}

impl Names {
    fn contain(&self, name: &Ident) -> bool {
        let name_text = name.to_string();
        self.idents.contains(name) || self.literals.iter().any(|literal| formats(literal, &name_text))
    }

    fn scan(&mut self, tokens: TokenStream) {
        let mut after_dot = false;
        for token in tokens {
            let dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
            match token {
                TokenTree::Ident(ident) if !after_dot => self.idents.push(ident),
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Literal(literal) => self.literals.push(literal.to_string()),
                _ => {}
            }
            after_dot = dot;
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let (None, Some(name)) = (&path.qself, path.path.get_ident()) {
            self.idents.push(name.clone());
        }
        visit::visit_expr_path(self, path);
    }

    /// What a closure's parameters are called is theirs inside of it.
    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        let mut params = Params::default();
        closure.inputs.iter().for_each(|input| params.visit_pat(input));
        let mut inner = Names::default();
        inner.visit_expr(&closure.body);
        self.idents.extend(inner.idents.into_iter().filter(|ident| !params.0.contains(ident)));
        let hidden = |literal: &String| params.0.iter().any(|param| formats(literal, &param.to_string()));
        self.literals.extend(inner.literals.into_iter().filter(|literal| !hidden(literal)));
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.scan(mac.tokens.to_token_stream());
    }
}

#[derive(Default)]
struct Params(Vec<Ident>);

impl<'ast> Visit<'ast> for Params {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.0.push(pat.ident.clone());
        visit::visit_pat_ident(self, pat);
    }
}

fn formats(literal: &str, name: &str) -> bool {
    literal.match_indices(name).any(|(at, _)| {
        let after = &literal[at + name.len()..];
        literal[..at].ends_with('{') && after.starts_with(['}', ':', '.', '|'])
    })
}
