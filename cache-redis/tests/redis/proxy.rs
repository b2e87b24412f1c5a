//! A way to the server that harms what goes over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::server::until;

/// Done to replies alone, but for the last two: those stop both directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Harm {
    Nothing,
    /// Each comes so much later.
    Late(Duration),
    /// One of so many is cut in its middle, and its connection with it.
    Cut(usize),
    /// One of so many has a bit flipped, or some bytes more.
    Garbled(usize),
    /// Nothing arrives, and nobody is told. A connection that has lost something is broken when this is over.
    Lost,
    /// Nothing arrives until this is over; then everything does.
    Held,
    /// Connections are broken.
    Broken,
}

/// A generator without a dependency: the same numbers for the same seed.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }
}

pub(crate) struct Proxy {
    port: u16,
    harm: watch::Sender<Harm>,
    done: Arc<AtomicU64>,
    open: Arc<AtomicUsize>,
}

impl Proxy {
    /// Before the server on a port.
    pub(crate) async fn before(server: u16, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (harm, watched) = watch::channel(Harm::Nothing);
        let done = Arc::new(AtomicU64::new(0));
        let open = Arc::new(AtomicUsize::new(0));
        let (counter, all) = (done.clone(), open.clone());
        tokio::spawn(async move {
            for number in 0.. {
                let Ok((client, _)) = listener.accept().await else { return };
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                // What is cut is to arrive cut, and not with what comes after it.
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let way = |replies, from, to| Way { replies, from, to, harm: watched.clone(), done: counter.clone() };
                let requests = way(None, from_client, to_server);
                let replies = way(Some(Random::new(seed << 16 | number)), from_server, to_client);
                // Both ends see it when one direction ends.
                all.fetch_add(1, SeqCst);
                let (all, mut broken) = (all.clone(), watched.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = requests.carry() => {}
                        _ = replies.carry() => {}
                        _ = broken.wait_for(|now| *now == Harm::Broken) => {}
                    }
                    all.fetch_sub(1, SeqCst);
                });
            }
        });
        Self { port, harm, done, open }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn harm(&self, harm: Harm) {
        self.harm.send_replace(harm);
    }

    /// Breaks all connections.
    pub(crate) async fn break_all(&self) {
        self.harm(Harm::Broken);
        until("all are broken", async || self.open.load(SeqCst) == 0).await;
        self.harm(Harm::Nothing);
    }

    /// How often it did harm.
    pub(crate) fn harmed(&self) -> u64 {
        self.done.load(SeqCst)
    }
}

/// One direction of a connection.
struct Way {
    /// For replies.
    replies: Option<Random>,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    harm: watch::Receiver<Harm>,
    done: Arc<AtomicU64>,
}

impl Way {
    /// Ends when the connection does, by an end of it or by the harm.
    async fn carry(mut self) -> std::io::Result<()> {
        let mut room = [0; 4096];
        loop {
            let read = self.from.read(&mut room).await?;
            if read == 0 {
                return Ok(());
            }
            let mut bytes = room[..read].to_vec();
            let harm = *self.harm.borrow_and_update();
            if let Harm::Lost | Harm::Held = harm {
                self.done.fetch_add(1, SeqCst);
                let over = self.harm.wait_for(|now| *now != harm).await.is_ok();
                if harm == Harm::Lost || !over {
                    return Ok(());
                }
            }
            if let Some(random) = &mut self.replies {
                match harm {
                    Harm::Late(by) => tokio::time::sleep(by).await,
                    Harm::Cut(one_in) if random.below(one_in) == 0 => {
                        self.done.fetch_add(1, SeqCst);
                        return self.to.write_all(&bytes[..read / 2]).await;
                    }
                    Harm::Garbled(one_in) if random.below(one_in) == 0 => garble(&mut bytes, random),
                    _ => {
                        self.to.write_all(&bytes).await?;
                        continue;
                    }
                }
                self.done.fetch_add(1, SeqCst);
            }
            self.to.write_all(&bytes).await?;
        }
    }
}

fn garble(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    if random.below(2) == 0 {
        bytes[at] ^= 1 << random.below(8);
    } else {
        let more: Vec<u8> = (0..=random.below(8)).map(|_| random.below(256) as u8).collect();
        bytes.splice(at..at, more);
    }
}
