//! The steps that have to be one on the server, in Lua.

use std::sync::LazyLock;

use redis::{Cmd, ToRedisArgs, cmd};

/// A script behind what all of them share. It is called by its digest; a server that does not know it is sent all of it.
macro_rules! script {
    ($name:ident, $file:literal) => {
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!(include_str!("scripts/order.lua"), include_str!($file))));
    };
}

script!(LEASE, "scripts/lease.lua");
script!(RENEW, "scripts/renew.lua");
script!(PUT, "scripts/put.lua");
script!(SET, "scripts/set.lua");
script!(MARK, "scripts/mark.lua");
script!(SET_IF_ABSENT, "scripts/set_if_absent.lua");
script!(DISCARD, "scripts/discard.lua");
script!(INCREMENT, "scripts/increment.lua");
script!(CLAIM, "scripts/claim.lua");
script!(DISCLAIM, "scripts/disclaim.lua");
script!(NOTE_SWEEP, "scripts/note_sweep.lua");
script!(UNSWEPT, "scripts/unswept.lua");
script!(TELL, "scripts/tell.lua");

/// What a server runs as one step.
pub(crate) struct Script {
    text: &'static str,
    digest: String,
}

impl Script {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { text, digest: redis::Script::new(text).get_hash().to_owned() }
    }

    pub(crate) fn prepare_invoke(&self) -> Invocation<'_> {
        Invocation { script: self, keys: Vec::new(), arguments: Vec::new() }
    }
}

/// A script with what it is called with. In a cluster all of its keys are in one slot.
pub(crate) struct Invocation<'s> {
    script: &'s Script,
    keys: Vec<Vec<u8>>,
    arguments: Vec<Vec<u8>>,
}

impl Invocation<'_> {
    pub(crate) fn key(&mut self, key: impl ToRedisArgs) -> &mut Self {
        key.write_redis_args(&mut self.keys);
        self
    }

    pub(crate) fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    pub(crate) fn first_key(&self) -> &[u8] {
        self.keys.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// The call by digest.
    pub(crate) fn by_digest(&self) -> Cmd {
        self.called("EVALSHA", &self.script.digest)
    }

    /// The call of a script that the server does not know, which it then does. It is one round trip to the very server
    /// that is asked: in a cluster others need not be there for it.
    pub(crate) fn in_full(&self) -> Cmd {
        self.called("EVAL", self.script.text)
    }

    fn called(&self, how: &str, script: &str) -> Cmd {
        let mut call = cmd(how);
        call.arg(script).arg(self.keys.len()).arg(&self.keys).arg(&self.arguments);
        call
    }
}
