//! What a body that runs beside its caller needs of its arguments.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

/// A borrowed argument that can be made one's own: by `Clone`, or as a string or a slice.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is borrowed and cannot be cloned, and a load in the background needs its own",
    label = "not `Clone`",
    note = "derive `Clone` for it, take it by value or as an `Arc`, or leave out the option that loads in the background"
)]
pub trait Own {
    /// What is owned.
    type Owned;

    /// Makes it so.
    fn own(&self) -> Self::Owned;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Own for T {
    type Owned = T;

    fn own(&self) -> T {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Own for [T] {
    type Owned = Vec<T>;

    fn own(&self) -> Vec<T> {
        self.to_vec()
    }
}

macro_rules! owned {
    ($($borrowed:ty => $owned:ty;)*) => {$(
        impl Own for $borrowed {
            type Owned = $owned;

            fn own(&self) -> $owned {
                self.to_owned()
            }
        }
    )*};
}

owned! {
    str => String;
    Path => PathBuf;
    OsStr => OsString;
    CStr => CString;
}
