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
            Self::Steps(steps) if steps.is_transaction() => transaction(steps, connection).await,
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

/// Steps as one. Valkey refuses them at their end and not before, which `redis` takes for an answer that cannot be read; as
/// commands like any others they are refused with what the server says.
async fn transaction(steps: &Pipeline, connection: &mut (impl ConnectionLike + Send)) -> RedisResult<Value> {
    let mut all = pipe();
    all.cmd("MULTI");
    for command in steps.cmd_iter() {
        all.add_command(command.clone());
    }
    all.cmd("EXEC");
    let mut answers: Vec<Value> = all.query_async(connection).await?;
    Ok(answers.pop().unwrap_or(Value::Nil))
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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use redis::{RedisFuture, parse_redis_value};

    use super::*;
    use crate::error::{is_full, is_moving};

    /// A server that answers so, whatever it is asked.
    struct Answers<'s>(&'s [&'s str]);

    impl ConnectionLike for Answers<'_> {
        fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
            Box::pin(async { parse_redis_value(self.0[0].as_bytes()) })
        }

        fn req_packed_commands<'a>(
            &'a mut self,
            _: &'a Pipeline,
            offset: usize,
            count: usize,
        ) -> RedisFuture<'a, Vec<Value>> {
            let answers = self.0.iter().skip(offset).take(count);
            Box::pin(async { answers.map(|answer| parse_redis_value(answer.as_bytes())).collect() })
        }

        fn get_db(&self) -> i64 {
            0
        }
    }

    fn outcome(answers: &[&str]) -> RedisResult<Value> {
        let mut steps = pipe();
        steps.atomic().cmd("UNLINK").arg("a").ignore().cmd("SET").arg("a").arg(1).ignore();
        let mut answers = Answers(answers);
        let request = Request::Steps(&steps);
        let asked = pin!(request.over(&mut answers));
        match asked.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("it answers at once"),
        }
    }

    #[test]
    fn a_transaction_is_refused_at_its_beginning_or_at_its_end() {
        let (ok, queued, aborted) = ("+OK\r\n", "+QUEUED\r\n", "-EXECABORT Transaction discarded\r\n");
        let moving = "-TRYAGAIN Multiple keys request during rehashing of slot\r\n";
        let full = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
        assert!(is_moving(&outcome(&[ok, moving, queued, aborted]).unwrap_err()));
        assert!(is_moving(&outcome(&[ok, queued, queued, moving]).unwrap_err()));
        assert!(is_moving(&outcome(&[ok, queued, queued, "-ASK 7 127.0.0.1:1\r\n"]).unwrap_err()));
        assert!(is_full(&outcome(&[ok, queued, full, aborted]).unwrap_err()));
        assert!(is_full(&outcome(&[ok, queued, queued, full]).unwrap_err()));
        assert!(is_full(&outcome(&[ok, queued, queued, "*2\r\n:1\r\n-OOM command not allowed\r\n"]).unwrap_err()));
        assert_eq!(
            outcome(&[ok, queued, queued, "*2\r\n:1\r\n+OK\r\n"]),
            Ok(Value::Array(vec![Value::Int(1), Value::Okay]))
        );
    }
}
