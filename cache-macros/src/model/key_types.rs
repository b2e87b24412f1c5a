//! Types that are known to be keys by their names.

use syn::{Type, TypePath};

use super::types::{type_arguments, ungroup};

/// Those of the language itself, and `String`.
const PLAIN_KEYS: &[&str] = &[
    "bool", "char", "str", "String", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
    "isize",
];

/// Others of std that are keys.
const STD_KEYS: [&str; 8] =
    ["Duration", "SystemTime", "IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr", "PathBuf", "Path"];

/// Std containers that are keys where their contents are.
const STD_CONTAINERS: [&str; 7] = ["Option", "Vec", "Box", "Arc", "Rc", "Cow", "BTreeSet"];

pub(crate) fn is_std_key(ty: &Type) -> bool {
    match ungroup(ty) {
        Type::Reference(reference) => is_std_key(&reference.elem),
        Type::Slice(slice) => is_std_key(&slice.elem),
        Type::Array(array) => is_std_key(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_std_key),
        Type::Path(TypePath { qself: None, path, .. }) => path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            PLAIN_KEYS.contains(&name.as_str())
                || STD_KEYS.contains(&name.as_str())
                || (STD_CONTAINERS.contains(&name.as_str())
                    && !last.arguments.is_none()
                    && type_arguments(last).all(is_std_key))
        }),
        _ => false,
    }
}

/// A type of the language itself, or `String`: nobody has to be told that another type of this name is no key.
pub(crate) fn is_plain_key(ty: &Type) -> bool {
    match ungroup(ty) {
        Type::Reference(reference) => is_plain_key(&reference.elem),
        Type::Path(TypePath { qself: None, path, .. }) => {
            path.get_ident().is_some_and(|name| PLAIN_KEYS.contains(&name.to_string().as_str()))
        }
        _ => false,
    }
}
