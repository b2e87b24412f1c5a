//! A function that is given what it gave before: by an argument that its callers do not write, and with a return type that
//! they do not see.

use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, PatType, ReturnType, Signature, Type, TypePath};

use super::batch::{first_argument, is_named};
use super::types::ungroup;

/// What was taken out of its signature.
pub(crate) struct Conditional {
    /// `previous: Option<Previous<T>>`
    pub(crate) argument: PatType,
    /// Where that stands.
    pub(crate) position: usize,
    /// The return type as it is written.
    written: ReturnType,
    /// Whether that says `Refreshed<T>` somewhere.
    pub(crate) may_be_unmodified: bool,
}

impl Conditional {
    /// Leaves the signature that callers see.
    pub(super) fn take(sig: &mut Signature) -> Option<Self> {
        let found = sig.inputs.iter().enumerate().find_map(|(position, input)| match input {
            FnArg::Typed(typed) if is_offer(&typed.ty) => Some((position, typed.clone())),
            _ => None,
        });
        let (position, argument) = found?;
        let written = sig.output.clone();
        let mut strip = Strip(false);
        strip.visit_return_type_mut(&mut sig.output);
        let inputs = std::mem::take(&mut sig.inputs).into_iter().enumerate();
        sig.inputs = inputs.filter(|(index, _)| *index != position).map(|(_, input)| input).collect();
        Some(Conditional { argument, position, written, may_be_unmodified: strip.0 })
    }

    /// The signature as it is written.
    pub(crate) fn put_back(&self, sig: &mut Signature) {
        sig.inputs.insert(self.position, FnArg::Typed(self.argument.clone()));
        sig.output = self.written.clone();
    }
}

/// `Option<Previous<T>>`
fn is_offer(ty: &Type) -> bool {
    is_named(ungroup(ty), "Option") && first_argument(ungroup(ty)).is_some_and(is_previous)
}

/// `Previous<T>`
pub(crate) fn is_previous(ty: &Type) -> bool {
    is_named(ungroup(ty), "Previous") && first_argument(ungroup(ty)).is_some()
}

/// Puts `T` where `Refreshed<T>` stands.
struct Strip(bool);

impl VisitMut for Strip {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Path(TypePath { qself: None, .. }) = ungroup(ty)
            && is_named(ungroup(ty), "Refreshed")
            && let Some(inner) = first_argument(ungroup(ty)).cloned()
        {
            self.0 = true;
            *ty = inner;
        }
        visit_mut::visit_type_mut(self, ty);
    }
}
