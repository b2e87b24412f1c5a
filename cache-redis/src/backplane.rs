//! What instances tell each other, as a stream of the server: whoever was away reads on where it stopped, and sees it if
//! something is missing.

use std::time::{Duration, Instant};

use cache_core::{Backplane, Message, News, Origin, Reach, Sweep, Swept, TierFuture};
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamRangeReply, StreamReadReply};
use redis::{FromRedisValue, Pipeline, Value, cmd, pipe};

use crate::RedisTier;
use crate::error::{Cause, is_answer, is_full};
use crate::keys::Keys;
use crate::link::{ANSWERING, Link};
use crate::scripts::TELL;

/// How many messages are kept for those who are slow or away, about.
const KEPT: usize = 10_000;
/// A channel on which nothing was told for so long is forgotten.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// More bytes of changes go in several messages. Nothing larger is read.
const LONGEST: usize = 64 << 10;
/// How many messages are read at once.
const AT_ONCE: usize = 128;
/// Who has to catch up on more drops all copies instead.
const BEHIND: usize = 2_048;
/// So many answers with messages a second are read at once. Beyond that they are collected for [`COLLECTING`] each, so that a
/// fleet does not ask its server for every message of a busy second by itself.
const AT_ONCE_A_SECOND: u32 = 100;
const COLLECTING: Duration = Duration::from_millis(20);
/// How often a connection that others use too is asked.
const POLL: Duration = Duration::from_millis(100);

impl RedisTier {
    pub(crate) async fn send_message(&self, keys: &Keys, message: &Message) -> Result<(), Cause> {
        let channel = keys.channel();
        for changes in messages(message) {
            let mut script = TELL.prepare_invoke();
            script.key(&channel).arg(KEPT).arg(KEPT_FOR.as_millis() as u64).arg(message.origin.0).arg(changes);
            match self.link.call::<String>(&script).await {
                Err(error) if is_full(&error) || is_answer(&error) => {
                    // Who listens finds the channel gone, and drops all copies.
                    let server = &*self.link.place;
                    tracing::warn!(target: "cache", server, %error, "Redis does not take a message: all copies are dropped instead");
                    return Ok(self.link.send(cmd("UNLINK").arg(&channel)).await?);
                }
                told => told.map(drop)?,
            }
        }
        Ok(())
    }
}

/// What a message says of a removal of many names that is being swept, and of one that is.
const SWEEPING: &str = "/+";
const SWEPT: &str = "/-";

/// What a message says of a name whose load has come to its end. No [`Reach`] begins so.
const LANDED: char = '!';

/// What a message says, as JSON arrays of texts, none too long.
fn messages(message: &Message) -> Vec<String> {
    let sweep = message.sweep.map(|(Sweep(id), swept)| match swept {
        Swept::NotYet => format!("{SWEEPING}{id}"),
        Swept::Done => format!("{SWEPT}{id}"),
    });
    let reaches = message.reaches.iter().map(Reach::to_text);
    let landed = message.landed.iter().map(|name| format!("{LANDED}{name}"));
    let mut messages = Vec::new();
    // Each says which sweep its removals belong to.
    let mut message: Vec<String> = sweep.iter().cloned().collect();
    let mut len = 0;
    for text in reaches.chain(landed) {
        if text.len() > LONGEST / 8 {
            // Such a name, or such a pattern, is not worth the room.
            message = sweep.into_iter().chain(["*".to_owned()]).collect();
            return serde_json::to_string(&message).into_iter().collect();
        }
        len += text.len();
        if len > LONGEST / 8 {
            messages.push(std::mem::replace(&mut message, sweep.iter().cloned().collect()));
            len = text.len();
        }
        message.push(text);
    }
    messages.push(message);
    // A list of texts is always JSON; each character of theirs takes 6 bytes at most.
    messages.iter().filter_map(|message| serde_json::to_string(message).ok()).collect()
}

/// A message; none if nobody wrote it so.
fn message(entry: &StreamId) -> Option<Message> {
    let origin = Origin(entry.get("origin")?);
    let changes: Vec<u8> = entry.get("changes")?;
    if changes.len() > LONGEST {
        return None;
    }
    let texts: Vec<String> = serde_json::from_slice(&changes).ok()?;
    let (mut reaches, mut sweep, mut landed) = (Vec::new(), None, Vec::new());
    for text in texts {
        if let Some(name) = text.strip_prefix(LANDED) {
            landed.push(name.to_owned());
        } else if let Some(id) = text.strip_prefix(SWEEPING) {
            sweep = Some((Sweep(id.parse().ok()?), Swept::NotYet));
        } else if let Some(id) = text.strip_prefix(SWEPT) {
            sweep = Some((Sweep(id.parse().ok()?), Swept::Done));
        } else {
            reaches.push(Reach::from_text(&text)?);
        }
    }
    Some(Message { origin, reaches, sweep, landed })
}

/// What a listener reads of a message's fields, for the fuzzer alone.
#[doc(hidden)]
#[must_use]
pub fn __read_message(origin: &[u8], changes: &[u8]) -> Option<Message> {
    let fields = [("origin", origin), ("changes", changes)];
    let map = fields.map(|(name, bytes)| (name.to_owned(), Value::BulkString(bytes.to_vec())));
    message(&StreamId { map: map.into(), ..StreamId::default() })
}

/// The `changes` that a message is written as, for the fuzzer alone.
#[doc(hidden)]
#[must_use]
pub fn __write_message(message: &Message) -> Vec<String> {
    messages(message)
}

/// One instance's ear.
pub(crate) struct Listener {
    link: Link,
    channel: String,
    /// The last message that was read; empty where there was none. None where that is not known.
    last: Option<String>,
    /// Its own: who waits for a message keeps a connection from everybody else. Taken out while it is used, so that an answer
    /// that nobody waited for is not taken for another's.
    connection: Option<MultiplexedConnection>,
    pace: Pace,
}

/// How many answers with messages there were in the second that began then.
struct Pace {
    began: Instant,
    answers: u32,
}

impl Pace {
    /// Whether messages are to be collected before they are read.
    fn is_busy(&mut self) -> bool {
        if self.began.elapsed() >= Duration::from_secs(1) {
            *self = Self { began: Instant::now(), answers: 0 };
        }
        self.answers >= AT_ONCE_A_SECOND
    }
}

/// What was read of the channel.
struct Read {
    entries: Vec<StreamId>,
    /// The newest message; empty where there is none.
    newest: String,
}

impl Listener {
    pub(crate) fn new(link: Link, keys: &Keys) -> Self {
        Self {
            link,
            channel: keys.channel(),
            last: None,
            connection: None,
            pace: Pace { began: Instant::now(), answers: 0 },
        }
    }

    async fn hear(&mut self, wait: Duration) -> Result<News, Cause> {
        let Some(mut last) = self.last.clone() else {
            let newest = self.ask::<(StreamRangeReply,)>(pipe().add_command(self.newest()), wait).await?.0;
            self.last = Some(id(&newest));
            return Ok(News::Missed);
        };
        if self.pace.is_busy() {
            tokio::time::sleep(COLLECTING).await;
        }
        let mut messages = Vec::new();
        let mut wait = wait;
        loop {
            let read = self.read(&last, wait).await?;
            let unbroken = read.entries.iter().try_fold(last.clone(), |last, entry| {
                (entry.get::<String>("before")? == last).then(|| entry.id.clone())
            });
            let heard: Option<Vec<Message>> = read.entries.iter().map(message).collect();
            let (Some(now), Some(heard)) = (unbroken, heard) else {
                tracing::warn!(target: "cache", server = &*self.link.place, "a message of another instance is missing or unreadable");
                self.last = Some(read.newest);
                return Ok(News::Missed);
            };
            last = now;
            messages.extend(heard);
            if last == read.newest {
                self.last = Some(last);
                self.pace.answers += u32::from(!messages.is_empty());
                return Ok(News::Heard(messages));
            }
            if read.entries.is_empty() && !comes_after(&read.newest, &last) || messages.len() > BEHIND {
                // The server has lost what was read already, or this instance cannot keep up.
                self.last = Some(read.newest);
                return Ok(News::Missed);
            }
            wait = Duration::ZERO;
        }
    }

    /// What comes after `last`, for which it waits.
    async fn read(&mut self, last: &str, wait: Duration) -> Result<Read, Cause> {
        let mut read = cmd("XREAD");
        read.arg("COUNT").arg(AT_ONCE);
        if !wait.is_zero() {
            if self.link.is_own() {
                read.arg("BLOCK").arg(wait.as_millis().max(1) as u64);
            } else {
                tokio::time::sleep(wait.min(POLL)).await;
            }
        }
        read.arg("STREAMS").arg(&self.channel).arg(if last.is_empty() { "0-0" } else { last });
        let newest = self.newest();
        let both = pipe().add_command(read).add_command(newest).clone();
        let (entries, newest): (Option<StreamReadReply>, StreamRangeReply) = self.ask(&both, wait).await?;
        let entries = entries.map(|reply| reply.keys.into_iter().flat_map(|key| key.ids).collect());
        Ok(Read { entries: entries.unwrap_or_default(), newest: id(&newest) })
    }

    fn newest(&self) -> redis::Cmd {
        let mut newest = cmd("XREVRANGE");
        newest.arg(&self.channel).arg("+").arg("-").arg("COUNT").arg(1);
        newest
    }

    async fn ask<T: FromRedisValue>(&mut self, commands: &Pipeline, wait: Duration) -> Result<T, Cause> {
        if !self.link.is_own() {
            return Ok(self.link.send_all(commands).await?);
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.link.dedicated(&self.channel, Some(wait + ANSWERING)).await?,
        };
        let answer = commands.query_async(&mut connection).await?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

fn id(reply: &StreamRangeReply) -> String {
    reply.ids.first().map(|entry| entry.id.clone()).unwrap_or_default()
}

fn comes_after(one: &str, other: &str) -> bool {
    let parts = |id: &str| -> Option<(u64, u64)> {
        let (millis, number) = id.split_once('-')?;
        Some((millis.parse().ok()?, number.parse().ok()?))
    };
    parts(one) > parts(other)
}

impl Backplane for Listener {
    fn next(&mut self, wait: Duration) -> TierFuture<'_, News> {
        Box::pin(async move {
            let link = self.link.clone();
            let tier = RedisTier { link };
            tier.operation("hear", self.hear(wait)).await
        })
    }
}

#[cfg(test)]
mod tests;
