//! What the tokens of a type say about it.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    GenericArgument, GenericParam, Generics, Ident, Path, PathArguments, PathSegment, Type, TypeParamBound, TypePath,
    WherePredicate,
};

use super::Conversion;

/// Types that are handles, by their last path segment.
const HANDLES: [&str; 19] = [
    "SqlitePool",
    "PgPool",
    "MySqlPool",
    "AnyPool",
    "SqliteConnection",
    "PgConnection",
    "MySqlConnection",
    "MysqlConnection",
    "AnyConnection",
    "AsyncPgConnection",
    "AsyncMysqlConnection",
    "DatabaseConnection",
    "DatabaseTransaction",
    "DbConn",
    "PgTransaction",
    "SqliteTransaction",
    "MySqlTransaction",
    "MultiplexedConnection",
    "ConnectionManager",
];

/// Handles where they have generic arguments: without them the names are those of domain types, too.
const GENERIC_HANDLES: [&str; 4] = ["Pool", "PoolConnection", "PooledConnection", "Transaction"];

/// Bounds that make a type parameter a handle.
const HANDLE_BOUNDS: [&str; 15] = [
    "Executor",
    "Acquire",
    "PgExecutor",
    "SqliteExecutor",
    "MySqlExecutor",
    "ConnectionTrait",
    "TransactionTrait",
    "StreamTrait",
    "Connection",
    "AsyncConnection",
    "LoadConnection",
    "GenericClient",
    "ConnectionLike",
    "Commands",
    "AsyncCommands",
];

/// What a handle may be wrapped in.
const WRAPPERS: [&str; 8] = ["Arc", "Rc", "Box", "Data", "State", "Extension", "Mutex", "RwLock"];

/// The type without the invisible groups that `macro_rules!` leaves around it, and without parentheses.
pub(crate) fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(paren) => ungroup(&paren.elem),
        _ => ty,
    }
}

/// Where the type behind references begins.
pub(crate) fn referent_span(ty: &Type) -> Span {
    match ungroup(ty) {
        Type::Reference(reference) => referent_span(&reference.elem),
        ty => ty.span(),
    }
}

pub(super) fn is_handle(ty: &Type, generics: &Generics) -> bool {
    match ungroup(ty) {
        Type::Reference(reference) => is_handle(&reference.elem, generics),
        Type::ImplTrait(it) => it.bounds.iter().any(is_handle_bound),
        Type::Path(TypePath { qself: None, path, .. }) => {
            if let Some(param) = path.get_ident().filter(|name| is_param(name, generics)) {
                return bounds(param, generics).any(is_handle_bound);
            }
            let Some(last) = path.segments.last() else {
                return false;
            };
            let name = last.ident.to_string();
            let has_arguments = !last.arguments.is_none();
            HANDLES.contains(&name.as_str())
                || (has_arguments && GENERIC_HANDLES.contains(&name.as_str()))
                || (WRAPPERS.contains(&name.as_str()) && type_arguments(last).any(|ty| is_handle(ty, generics)))
        }
        _ => false,
    }
}

/// A type parameter, or `impl Trait`: what it is made of is only known to its caller.
pub(super) fn is_generic(ty: &Type, generics: &Generics) -> bool {
    match ungroup(ty) {
        Type::Reference(reference) => is_generic(&reference.elem, generics),
        Type::ImplTrait(_) => true,
        Type::Path(TypePath { qself: None, path, .. }) => path.get_ident().is_some_and(|name| is_param(name, generics)),
        _ => false,
    }
}

pub(super) fn conversion(ty: &Type) -> Conversion {
    let Type::ImplTrait(it) = ungroup(ty) else {
        return Conversion::None;
    };
    for bound in &it.bounds {
        let TypeParamBound::Trait(bound) = bound else {
            continue;
        };
        let Some(last) = bound.path.segments.last() else {
            continue;
        };
        let Some(target) = type_arguments(last).next() else {
            continue;
        };
        if last.ident == "AsRef" {
            return Conversion::AsRef(target.clone());
        }
        if last.ident == "Into" {
            return Conversion::Into(target.clone());
        }
    }
    Conversion::None
}

/// Whether `ty` is a future that something outside awaits.
pub(crate) fn is_future(ty: &Type) -> bool {
    match ungroup(ty) {
        Type::ImplTrait(it) => it.bounds.iter().any(|bound| is_trait(bound, "Future")),
        Type::TraitObject(object) => object.bounds.iter().any(|bound| is_trait(bound, "Future")),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            ["BoxFuture", "LocalBoxFuture"].contains(&name.as_str())
                || (["Pin", "Box"].contains(&name.as_str()) && type_arguments(last).any(is_future))
        }),
        _ => false,
    }
}

/// What `Pin<Box<dyn Future<Output = T>>>` yields.
pub(crate) fn boxed_future(ty: &Type) -> Option<Type> {
    match ungroup(ty) {
        Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) if last_is(&bound.path, "Future") => yielded(&bound.path),
            _ => None,
        }),
        Type::Path(path) => {
            let last = path.path.segments.last().filter(|last| last.ident == "Pin" || last.ident == "Box")?;
            type_arguments(last).find_map(boxed_future)
        }
        _ => None,
    }
}

fn yielded(future: &Path) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = &future.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(output.ty.clone()),
        _ => None,
    })
}

/// The type parameters and associated types of `generics` that `ty` is nothing but one of.
pub(crate) fn is_bare_param(ty: &Type, generics: &Generics) -> bool {
    match ungroup(ty) {
        Type::Path(TypePath { qself: Some(_), .. }) => true,
        Type::Path(TypePath { qself: None, path, .. }) => {
            path.segments.first().is_some_and(|first| first.arguments.is_none() && is_param(&first.ident, generics))
        }
        _ => false,
    }
}

fn is_trait(bound: &TypeParamBound, name: &str) -> bool {
    matches!(bound, TypeParamBound::Trait(bound) if last_is(&bound.path, name))
}

pub(super) fn last_is(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

fn is_handle_bound(bound: &TypeParamBound) -> bool {
    HANDLE_BOUNDS.iter().any(|name| is_trait(bound, name))
}

fn is_param(name: &Ident, generics: &Generics) -> bool {
    generics.type_params().any(|param| param.ident == *name)
}

fn bounds<'a>(name: &'a Ident, generics: &'a Generics) -> impl Iterator<Item = &'a TypeParamBound> {
    let inline = generics.params.iter().filter_map(move |param| match param {
        GenericParam::Type(param) if param.ident == *name => Some(&param.bounds),
        _ => None,
    });
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let clauses = predicates.filter_map(move |predicate| match predicate {
        WherePredicate::Type(predicate) => match ungroup(&predicate.bounded_ty) {
            Type::Path(path) if path.path.is_ident(name) => Some(&predicate.bounds),
            _ => None,
        },
        _ => None,
    });
    inline.chain(clauses).flatten()
}

pub(super) fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Whether the type mentions a reference.
pub(crate) fn has_reference(ty: &Type) -> bool {
    struct Finds(bool);
    impl<'ast> Visit<'ast> for Finds {
        fn visit_type_reference(&mut self, _: &'ast syn::TypeReference) {
            self.0 = true;
        }
    }
    let mut finds = Finds(false);
    finds.visit_type(ty);
    finds.0
}

/// The first lifetime in `ty` that is not `'static`, spelled or elided.
pub(crate) fn has_lifetime(ty: &Type) -> bool {
    struct Borrows(bool);
    impl<'ast> Visit<'ast> for Borrows {
        fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
            self.0 |= reference.lifetime.is_none();
            visit::visit_type_reference(self, reference);
        }
        fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
            self.0 |= lifetime.ident != "static";
        }
        // Lifetimes of a function pointer's arguments are its own.
        fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
    }
    let mut borrows = Borrows(false);
    borrows.visit_type(ty);
    borrows.0
}

/// Whether `impl Trait` occurs in `ty`.
pub(crate) fn has_impl_trait(ty: &Type) -> bool {
    struct Opaque(bool);
    impl<'ast> Visit<'ast> for Opaque {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut opaque = Opaque(false);
    opaque.visit_type(ty);
    opaque.0
}
