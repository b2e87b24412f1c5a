//! What every tier promises, on more servers than one.

use crate::contract::each_promise;
use crate::nodes::Nodes;
use crate::sentinels::Sentinels;
use crate::server::Setting;

#[tokio::test]
async fn a_cluster_keeps_each_promise() {
    each_promise(&<Nodes as Setting>::start().await).await;
}

#[tokio::test]
async fn a_master_with_sentinels_keeps_each_promise() {
    each_promise(&<Sentinels as Setting>::start().await).await;
}
