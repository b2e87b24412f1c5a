//! A cluster: which node a request is for, and what to do when it is another.
//!
//! Each node has a wire of its own, so one that is away keeps nobody from the others. A request is sent again only where a
//! node has said that it did not do it: a redirection. Everything else is its caller's error.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::{Mutex, RwLock};
use redis::aio::MultiplexedConnection;
use redis::{Client, ConnectionAddr, ConnectionInfo, RedisError, RedisResult, Value, cmd, pipe};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::address::at;
use crate::error::is_gone;
use crate::request::Request;
use crate::slots::{Node, Table, slot};
use crate::wire::{End, Session, Wire};

/// How often one request is sent on.
const REDIRECTIONS: usize = 5;
/// How many nodes are asked at once who has which slots.
const ASKED_AT_ONCE: usize = 3;
/// Nodes are not asked again sooner than that.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

pub(crate) struct Cluster {
    /// What was named at first, for when no other node is known, or none of them is there.
    seeds: Vec<Node>,
    /// How nodes are reached; the address in it is a seed's.
    settings: ConnectionInfo,
    runtime: Handle,
    table: RwLock<Table>,
    wires: Mutex<HashMap<Node, Wire>>,
    look: Mutex<Look>,
}

type Looked = Option<RedisResult<()>>;

/// The latest time that nodes were asked, or are.
#[derive(Default)]
struct Look {
    latest: Option<watch::Receiver<Looked>>,
    ended: Option<Instant>,
}

/// Where a node sends a request on to.
enum Redirection {
    /// The slot is there, from now on.
    Moved(Node),
    /// That key may be there already.
    Ask(Node),
}

impl Redirection {
    fn of(error: &RedisError, said_by: &Node) -> Option<Self> {
        // Those of steps are inside of another error.
        let said = error.clone().into_server_errors()?;
        let (_, said) = said.iter().find(|(_, error)| matches!(error.code(), "MOVED" | "ASK"))?;
        let node = Node::parse(said.details()?.split_ascii_whitespace().nth(1)?, said_by)?;
        Some(if said.code() == "MOVED" { Self::Moved(node) } else { Self::Ask(node) })
    }
}

impl Cluster {
    pub(crate) fn new(seeds: &[ConnectionInfo], runtime: Handle) -> RedisResult<Self> {
        let nowhere = || RedisError::from((redis::ErrorKind::InvalidClientConfig, "a cluster is reached over TCP"));
        let node = |seed: &ConnectionInfo| match seed.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Ok(Node { host: host.clone(), port: *port })
            }
            _ => Err(nowhere()),
        };
        Ok(Self {
            seeds: seeds.iter().map(node).collect::<Result<_, _>>()?,
            settings: seeds.first().ok_or_else(nowhere)?.clone(),
            runtime,
            table: RwLock::default(),
            wires: Mutex::default(),
            look: Mutex::default(),
        })
    }

    pub(crate) fn wire(&self, node: &Node) -> RedisResult<Wire> {
        let mut wires = self.wires.lock();
        if let Some(wire) = wires.get(node) {
            return Ok(wire.clone());
        }
        let client = Client::open(at(&self.settings, node))?;
        let wire = Wire::new(End::Node(client), self.runtime.clone());
        wires.insert(node.clone(), wire.clone());
        Ok(wire)
    }

    /// Sends a request to the node that has its key.
    pub(crate) async fn send(self: &Arc<Self>, request: Request<'_>) -> RedisResult<Value> {
        let slot = slot(request.key());
        let mut node = self.owner(slot).await?;
        let mut ahead = false;
        let mut redirections = 0;
        loop {
            let error = match self.once(request, &node, ahead).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            redirections += 1;
            (node, ahead) = match Redirection::of(&error, &node) {
                Some(Redirection::Moved(to)) if redirections <= REDIRECTIONS => {
                    self.table.write().assign(slot, &to);
                    self.look_again();
                    (to, false)
                }
                Some(Redirection::Ask(to)) if redirections <= REDIRECTIONS && request.may_be_asked_ahead() => {
                    (to, true)
                }
                _ => return Err(error),
            };
        }
    }

    async fn once(self: &Arc<Self>, request: Request<'_>, node: &Node, ahead: bool) -> RedisResult<Value> {
        let (answer, reached) = match self.session(node).await {
            Ok(session) => (session.send(request, ahead).await, true),
            Err(error) => (Err(error), false),
        };
        // Another node may have taken its place.
        if !reached || answer.as_ref().is_err_and(|error| is_gone(error) || error.code() == Some("CLUSTERDOWN")) {
            self.look_again();
        }
        answer
    }

    /// The connection to a node as it is now.
    pub(crate) async fn session(&self, node: &Node) -> RedisResult<Session> {
        self.wire(node)?.session().await
    }

    /// A connection of its own to the node that has a key.
    pub(crate) async fn dedicated(
        self: &Arc<Self>,
        key: &str,
        answering: Option<Duration>,
    ) -> RedisResult<MultiplexedConnection> {
        let slot = slot(key.as_bytes());
        let mut node = self.owner(slot).await?;
        for _ in 0..=REDIRECTIONS {
            let mut connection = match self.wire(&node)?.end().connect(answering).await {
                Ok(connection) => connection,
                Err(error) => {
                    self.look_again();
                    return Err(error);
                }
            };
            // Whoever blocks on it would not be told.
            match cmd("TYPE").arg(key).query_async::<Value>(&mut connection).await {
                Ok(_) => return Ok(connection),
                Err(error) => match Redirection::of(&error, &node) {
                    Some(Redirection::Moved(to)) => {
                        self.table.write().assign(slot, &to);
                        self.look_again();
                        node = to;
                    }
                    // It is on its way: it may be waited for where it still is.
                    Some(Redirection::Ask(_)) => return Ok(connection),
                    None => return Err(error),
                },
            }
        }
        Err((redis::ErrorKind::Client, "the slot keeps moving").into())
    }

    async fn owner(self: &Arc<Self>, slot: u16) -> RedisResult<Node> {
        for look in [true, false] {
            if let Some(node) = self.table.read().owner(slot) {
                return Ok(node.clone());
            }
            if look {
                self.looked().await?;
            }
        }
        Err((redis::ErrorKind::ClusterConnectionNotFound, "no node has the slot").into())
    }

    /// Every node that has a slot, as the cluster says it now.
    pub(crate) async fn masters(self: &Arc<Self>) -> RedisResult<Vec<Node>> {
        self.looked().await?;
        Ok(self.table.read().masters().to_vec())
    }

    /// Asks who has which slots, beside the callers. Those that come meanwhile share it.
    fn look_again(self: &Arc<Self>) -> watch::Receiver<Looked> {
        let mut look = self.look.lock();
        if let Some(latest) = &look.latest
            && look.ended.is_none_or(|ended| ended.elapsed() < BETWEEN_LOOKS)
        {
            return latest.clone();
        }
        let (tell, told) = watch::channel(None);
        *look = Look { latest: Some(told.clone()), ended: None };
        drop(look);
        let this = self.clone();
        self.runtime.spawn(async move {
            let outcome = this.ask().await;
            this.look.lock().ended = Some(Instant::now());
            tell.send_replace(Some(outcome));
        });
        told
    }

    async fn looked(self: &Arc<Self>) -> RedisResult<()> {
        let ended = || RedisError::from((redis::ErrorKind::Client, "the runtime of the connection has ended"));
        let mut told = self.look_again();
        let outcome = told.wait_for(Option::is_some).await.map_err(|_| ended())?;
        outcome.clone().unwrap_or_else(|| Err(ended()))
    }

    /// Takes the first good answer, of a few nodes at a time.
    async fn ask(self: &Arc<Self>) -> RedisResult<()> {
        let mut nodes: Vec<Node> = self.table.read().masters().to_vec();
        nodes.extend(self.seeds.iter().filter(|seed| !nodes.contains(seed)).cloned().collect::<Vec<_>>());
        let mut rest = nodes.iter();
        let one = |node: &Node| {
            let node = node.clone();
            async move {
                let mut both = pipe();
                both.cmd("CLUSTER").arg("SLOTS").cmd("CLUSTER").arg("INFO");
                let (slots, state): (Value, String) = self.session(&node).await?.send_all(&both).await?;
                Ok((Table::read(slots, &node)?, state.contains("cluster_state:ok")))
            }
        };
        let mut asked: FuturesUnordered<_> = rest.by_ref().take(ASKED_AT_ONCE).map(one).collect();
        let mut best: RedisResult<Table> =
            Err((redis::ErrorKind::ClusterConnectionNotFound, "no node has a slot").into());
        while let Some(answer) = asked.next().await {
            match answer {
                Ok((table, true)) if !table.masters().is_empty() => {
                    best = Ok(table);
                    break;
                }
                // A node that has lost sight of the others may have missed what became of them.
                Ok((table, _)) if !table.masters().is_empty() => best = Ok(table),
                Err(error) if best.is_err() => best = Err(error),
                _ => {}
            }
            asked.extend(rest.next().map(one));
        }
        drop(asked);
        self.keep(best?);
        Ok(())
    }

    fn keep(&self, table: Table) {
        let gone: Vec<Wire> = {
            let known = |node: &Node| table.masters().contains(node) || self.seeds.contains(node);
            self.wires.lock().extract_if(|node, _| !known(node)).map(|(_, wire)| wire).collect()
        };
        *self.table.write() = table;
        drop(gone);
    }
}
