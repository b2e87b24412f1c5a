//! What is asked of a server, wherever it is.

use redis::aio::ConnectionLike;
use redis::{Arg, Cmd, ErrorKind, Pipeline, RedisResult, ServerErrorKind, Value, cmd, pipe};

use crate::scripts::Invocation;

/// One request. In a cluster all of its keys are in one slot.
#[derive(Clone, Copy)]
pub(crate) enum Request<'a> {
    /// Its key, where it has one, is its first argument.
    Command(&'a Cmd),
    /// Each of them has a key. In a cluster they are a transaction: where a node refuses some, it did none.
    Steps(&'a Pipeline),
    Script(&'a Invocation<'a>),
}

impl Request<'_> {
    /// What decides which slot it is for.
    pub(crate) fn key(&self) -> &[u8] {
        match self {
            Self::Command(command) => first_argument(command),
            Self::Steps(steps) => steps.cmd_iter().next().map(first_argument).unwrap_or_default(),
            Self::Script(script) => script.first_key(),
        }
    }

    /// Whether a node that is taking over its slot may be asked. Steps are of several keys, which that node would have to
    /// have all of them: what is told to come back later may as well be told now.
    pub(crate) fn may_be_asked_ahead(&self) -> bool {
        !matches!(self, Self::Steps(_))
    }

    pub(crate) async fn over(&self, connection: &mut (impl ConnectionLike + Send)) -> RedisResult<Value> {
        match self {
            Self::Command(command) => command.query_async(connection).await,
            Self::Steps(steps) => steps.query_async(connection).await,
            Self::Script(script) => match script.by_digest().query_async(connection).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    script.in_full().query_async(connection).await
                }
                answer => answer,
            },
        }
    }

    /// Asks a node that is taking over the slot. The permission is for the command that follows, so both go in one packet:
    /// a request of another caller may not come between.
    pub(crate) async fn ahead(&self, connection: &mut (impl ConnectionLike + Send)) -> RedisResult<Value> {
        match self {
            Self::Command(command) => permitted(command, connection).await,
            Self::Script(script) => match permitted(&script.by_digest(), connection).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    permitted(&script.in_full(), connection).await
                }
                answer => answer,
            },
            Self::Steps(_) => self.over(connection).await,
        }
    }
}

async fn permitted(command: &Cmd, connection: &mut (impl ConnectionLike + Send)) -> RedisResult<Value> {
    let mut both = pipe();
    both.add_command(cmd("ASKING")).ignore().add_command(command.clone());
    let (answer,) = both.query_async(connection).await?;
    Ok(answer)
}

fn first_argument(command: &Cmd) -> &[u8] {
    match command.args_iter().nth(1) {
        Some(Arg::Simple(argument)) => argument,
        _ => &[],
    }
}
