//! The steps that have to be one on the server, in Lua.

use std::sync::LazyLock;

use redis::Script;

/// A script behind what all of them share. It is sent once per server and called by its digest; the server may forget it.
macro_rules! script {
    ($name:ident, $file:literal) => {
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!(include_str!("scripts/order.lua"), include_str!($file))));
    };
}

script!(LEASE, "scripts/lease.lua");
script!(RENEW, "scripts/renew.lua");
script!(PUT, "scripts/put.lua");
script!(MARK, "scripts/mark.lua");
script!(SET_IF_ABSENT, "scripts/set_if_absent.lua");
script!(DISCARD, "scripts/discard.lua");
script!(INCREMENT, "scripts/increment.lua");
