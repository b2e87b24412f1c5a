//! A connection of one's own, in the newer protocol (RESP3) where the server speaks it.
//!
//! It begins in the older one, which every server speaks, and asks for the newer one with a command. Whoever refuses that has
//! let the tier in already: no second connection is needed, and a wrong password is told by every server in the same way.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ProtocolVersion, RedisResult, Value, cmd};
use tokio::time::timeout;

use crate::error::is_gone;
use crate::link::{CONNECTING, WAITING};

/// How long a server may think about another protocol.
const THINKING: Duration = Duration::from_secs(1);

/// A connection whose answers may take so long; for ever without a bound.
pub(crate) async fn connect(client: &Client, answering: Option<Duration>) -> RedisResult<MultiplexedConnection> {
    let information = client.get_connection_info();
    let settings = information.redis_settings();
    if !settings.protocol().supports_resp3() {
        return open(client, answering).await;
    }
    let settings = settings.clone().set_protocol(ProtocolVersion::RESP2);
    let older = Client::open(information.clone().set_redis_settings(settings))?;
    let mut connection = open(&older, answering).await?;
    match timeout(THINKING, cmd("HELLO").arg(3).query_async::<Value>(&mut connection)).await {
        Ok(Ok(_)) => Ok(connection),
        Ok(Err(error)) if !is_gone(&error) && !error.is_timeout() => Ok(connection),
        // There are proxies that end a connection over a command that they do not know.
        _ => open(&older, answering).await,
    }
}

async fn open(client: &Client, answering: Option<Duration>) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECTING))
        .set_response_timeout(answering)
        .set_pipeline_buffer_size(WAITING);
    client.get_multiplexed_async_connection_with_config(&config).await
}
