use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Generics, Ident, Pat, PatIdent, Receiver, ReceiverKind, Signature, Type, parse_quote};

use super::key_types::is_std_key;
use super::types;

/// One argument of a decorated function.
pub(crate) struct Arg {
    /// Its name in generated code.
    pub(crate) ident: Ident,
    /// Its name in messages and documentation.
    pub(crate) label: String,
    /// Where the argument is written as a pattern: the pattern, by reference.
    pub(crate) pat: Option<Pat>,
    /// What expressions over the arguments may call it or its parts.
    pub(crate) names: Vec<Ident>,
    pub(crate) ty: Type,
    pub(crate) conversion: Conversion,
    pub(crate) role: Role,
}

/// What is keyed in an argument's stead.
pub(crate) enum Conversion {
    None,
    /// `impl AsRef<T>`: `as_ref()`.
    AsRef(Type),
    /// `impl Into<T>`: converted before the look-up.
    Into(Type),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Has to be in the key.
    Key,
    /// Left out by its type.
    Handle,
    /// Left out by its name: its type must not be a `CacheKey`.
    NamedHandle,
    /// Left out by `skip(…)`.
    Skipped,
}

pub(super) fn all(sig: &Signature) -> Vec<Arg> {
    let one = |(index, input): (usize, &FnArg)| match input {
        FnArg::Typed(typed) => Arg::new(index, &typed.pat, &typed.ty),
        FnArg::Receiver(receiver) => Arg::receiver(receiver),
    };
    sig.inputs.iter().enumerate().map(one).collect()
}

/// Names that handles go by.
const NAMES: [&str; 8] = ["db", "conn", "connection", "pool", "tx", "txn", "transaction", "executor"];

pub(super) fn assign_roles(args: &mut [Arg], skip: &[Ident], generics: &Generics) {
    for arg in args {
        let is_named = arg.names.len() == 1 && arg.pat.is_none();
        // The body cannot see what it does not name (`_`); a pattern is skipped by skipping all of its names.
        arg.role = if arg.names.iter().all(|name| skip.contains(name)) {
            Role::Skipped
        } else if types::is_handle(&arg.ty, generics) {
            Role::Handle
        } else if is_named
            && NAMES.contains(&arg.label.as_str())
            && !is_std_key(&arg.ty)
            && !types::is_generic(&arg.ty, generics)
        {
            Role::NamedHandle
        } else {
            Role::Key
        };
    }
}

impl Arg {
    fn receiver(receiver: &Receiver) -> Self {
        let ident = Ident::new("self", receiver.self_token.span);
        let ty = match &receiver.kind {
            ReceiverKind::Reference(_, lifetime, mutability) => parse_quote!(&#lifetime #mutability Self),
            ReceiverKind::Typed(_, ty) => (**ty).clone(),
            _ => parse_quote!(Self),
        };
        Arg {
            label: "self".to_owned(),
            pat: None,
            names: vec![ident.clone()],
            ident,
            ty,
            conversion: Conversion::None,
            role: Role::Key,
        }
    }

    /// Whether it is the method's receiver.
    pub(crate) fn is_self(&self) -> bool {
        self.ident == "self"
    }

    fn new(index: usize, pat: &Pat, ty: &Type) -> Self {
        let conversion = types::conversion(ty);
        if let Pat::Ident(PatIdent { ident, by_ref: None, subpat: None, .. }) = pat {
            return Arg {
                ident: ident.clone(),
                label: ident.unraw().to_string(),
                pat: None,
                names: vec![ident.clone()],
                ty: ty.clone(),
                conversion,
                role: Role::Key,
            };
        }
        let mut bindings = Bindings::default();
        bindings.visit_pat(pat);
        let mut pat = pat.clone();
        ByReference.visit_pat_mut(&mut pat);
        let name = format!("arg{index}");
        let span = Span::mixed_site().located_at(pat.span());
        Arg {
            label: match &*bindings.names {
                [] => "_".to_owned(),
                [name] => name.unraw().to_string(),
                _ => name.clone(),
            },
            ident: Ident::new(&name, span),
            pat: (!matches!(pat, Pat::Wild(_))).then_some(pat),
            names: bindings.names,
            ty: ty.clone(),
            conversion,
            role: Role::Key,
        }
    }

    /// Whether the argument is declared as `&U`.
    pub(crate) fn is_reference(&self) -> bool {
        matches!(types::ungroup(&self.ty), Type::Reference(_))
    }
}

#[derive(Default)]
struct Bindings {
    names: Vec<Ident>,
}

impl<'ast> Visit<'ast> for Bindings {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.names.push(pat.ident.clone());
        visit::visit_pat_ident(self, pat);
    }
}

/// Makes a pattern of a value one that matches a reference to it.
struct ByReference;

impl VisitMut for ByReference {
    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        pat.mutability = None;
        pat.by_ref = None;
        visit_mut::visit_pat_ident_mut(self, pat);
    }
}
