//! What every tier promises, on servers of other makes and more of them.

use std::process::Command;

use crate::contract::each_promise;
use crate::nodes::Nodes;
use crate::sentinels::Sentinels;
use crate::server::{Server, Setting};

#[tokio::test]
async fn a_cluster_keeps_each_promise() {
    each_promise(&<Nodes as Setting>::start().await).await;
}

#[tokio::test]
async fn a_master_with_sentinels_keeps_each_promise() {
    each_promise(&<Sentinels as Setting>::start().await).await;
}

#[tokio::test]
async fn valkey_keeps_each_promise() {
    match Command::new("valkey-server").arg("--version").output() {
        Ok(_) => each_promise(&Server::of("valkey-server", |_, _| Vec::new())).await,
        Err(_) => println!("left out: there is no `valkey-server` here"),
    }
}
