//! Invalidations around a transaction: fired after the commit, forgotten after a rollback.

use cache_core::{cached, get_cache, invalidates};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
use sqlx::{SqliteConnection, SqliteTransaction};

#[cached(ttl = "5m", key_prefix = "balance")]
async fn get_balance(db: &SqlitePool, account: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT balance FROM accounts WHERE id = ?").bind(account).fetch_one(db).await
}

/// Writes on the transaction's connection. On its own it would invalidate at once.
#[invalidates(get_balance(account))]
async fn add(connection: &mut SqliteConnection, account: i64, amount: i64) -> Result<(), sqlx::Error> {
    let query = sqlx::query("UPDATE accounts SET balance = balance + ? WHERE id = ?");
    query.bind(amount).bind(account).execute(connection).await?;
    Ok(())
}

async fn transfer(tx: &mut SqliteTransaction<'_>, from: i64, to: i64, amount: i64) -> Result<(), sqlx::Error> {
    add(tx, from, -amount).await?;
    add(tx, to, amount).await
}

async fn balances(db: &SqlitePool) -> Result<(i64, i64), sqlx::Error> {
    Ok((get_balance(db, 1).await?, get_balance(db, 2).await?))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    // Readers beside a writer, as in a service: each sees what is committed.
    let options = SqliteConnectOptions::new().filename(folder.path().join("bank.sqlite")).create_if_missing(true);
    let db = SqlitePool::connect_with(options.journal_mode(SqliteJournalMode::Wal)).await?;
    let accounts = "CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER CHECK (balance >= 0));
                    INSERT INTO accounts VALUES (1, 100), (2, 0)";
    sqlx::raw_sql(accounts).execute(&db).await?;
    println!("before: {:?}", balances(&db).await?);

    let mut tx = db.begin().await?;
    let deferred = get_cache().deferred();
    deferred.run(transfer(&mut tx, 1, 2, 30)).await?;
    println!("written, not committed: {:?}, {} invalidations wait", balances(&db).await?, deferred.len());
    tx.commit().await?;
    println!("flushed: {} entries", deferred.flush().await.entries);
    println!("committed: {:?}", balances(&db).await?);

    let mut tx = db.begin().await?;
    let deferred = get_cache().deferred();
    deferred.run(transfer(&mut tx, 1, 2, 40)).await?;
    let refused = deferred.run(transfer(&mut tx, 1, 2, 40)).await;
    println!("an account holds no less than nothing: {}, {} invalidations wait", refused.is_err(), deferred.len());
    tx.rollback().await?;
    deferred.discard();

    let loads = get_balance::stats().loads;
    println!("rolled back: {:?}", balances(&db).await?);
    println!("loads for it: {}", get_balance::stats().loads - loads);
    Ok(())
}
