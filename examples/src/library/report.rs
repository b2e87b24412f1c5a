//! What a drive has measured, per route, as a table for people or as JSON lines.

use std::time::Duration;

use cache_core::Stats;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};

use super::database::Database;
use super::drive::{Outage, Read, time_hits};
use super::repository::Function;

/// The figures of one route.
#[derive(Clone, Debug)]
pub struct RouteFigures {
    /// The function behind the route.
    pub function: Function,
    /// What its cache has seen.
    pub stats: Stats,
    /// Queries that its loads have made.
    pub queries: u64,
    /// The time of one hit, measured afterwards.
    pub hit: Option<Duration>,
}

/// A column of the table, which is a key of the JSON objects.
struct Column {
    key: &'static str,
    /// The key's words, with the unit on the second line.
    header: &'static str,
    json: fn(&RouteFigures) -> Value,
    cell: fn(&RouteFigures) -> String,
}

const COLUMNS: [Column; 15] = [
    Column {
        key: "route",
        header: "route",
        json: |of| of.function.route().into(),
        cell: |of| of.function.route().to_owned(),
    },
    Column {
        key: "function",
        header: "function",
        json: |of| of.function.name().into(),
        cell: |of| of.function.name().to_owned(),
    },
    Column {
        key: "calls",
        header: "calls",
        json: |of| of.stats.requests.into(),
        cell: |of| of.stats.requests.to_string(),
    },
    Column { key: "hits", header: "hits", json: |of| of.stats.hits.into(), cell: |of| of.stats.hits.to_string() },
    Column {
        key: "misses",
        header: "misses",
        json: |of| of.stats.misses.into(),
        cell: |of| of.stats.misses.to_string(),
    },
    Column {
        key: "hit_rate",
        header: "hit rate",
        json: |of| rounded(of.stats.hit_rate, 4),
        cell: |of| format!("{:.1} %", 100.0 * of.stats.hit_rate),
    },
    Column {
        key: "stale",
        header: "stale",
        json: |of| of.stats.stale_served.into(),
        cell: |of| of.stats.stale_served.to_string(),
    },
    Column {
        key: "load_p50_us",
        header: "load p50\nµs",
        json: |of| rounded(micros(of.stats.load_p50), 1),
        cell: |of| format!("{:.0}", micros(of.stats.load_p50)),
    },
    Column {
        key: "load_p95_us",
        header: "load p95\nµs",
        json: |of| rounded(micros(of.stats.load_p95), 1),
        cell: |of| format!("{:.0}", micros(of.stats.load_p95)),
    },
    Column {
        key: "hit_us",
        header: "hit\nµs",
        json: |of| of.hit.map_or(Value::Null, |hit| rounded(micros(hit), 3)),
        cell: |of| of.hit.map_or_else(|| "–".to_owned(), |hit| format!("{:.2}", micros(hit))),
    },
    Column {
        key: "speed_up",
        header: "speed-up",
        json: |of| of.speed_up().map_or(Value::Null, |ratio| rounded(ratio, 1)),
        cell: |of| of.speed_up().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.0} ×")),
    },
    Column {
        key: "time_saved_ms",
        header: "time saved\nms",
        json: |of| rounded(1e3 * of.stats.time_saved.as_secs_f64(), 1),
        cell: |of| format!("{:.0}", 1e3 * of.stats.time_saved.as_secs_f64()),
    },
    Column {
        key: "bytes_per_entry",
        header: "bytes\nper entry",
        json: |of| of.stats.mean_entry_bytes().into(),
        cell: |of| of.stats.mean_entry_bytes().to_string(),
    },
    Column {
        key: "sql_with_cache",
        header: "SQL\nwith cache",
        json: |of| of.queries.into(),
        cell: |of| of.queries.to_string(),
    },
    Column {
        key: "sql_without_cache",
        header: "SQL\nwithout",
        json: |of| of.queries_without().into(),
        cell: |of| of.queries_without().to_string(),
    },
];

const LEGEND: &str = "\
load, time saved: the cache's own statistics of the bodies that ran. hit: median of calls on present keys, timed after
the run. speed-up: load p50 by hit. SQL with cache: queries counted where they are made; without: calls × queries per
load. bytes per entry: name, value and its heap.";

impl RouteFigures {
    /// The figures of every route as they stand, and then the time of a hit for requests like `asked`.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn of_run(db: &Database, asked: &[Read]) -> Result<Vec<Self>, sqlx::Error> {
        let mut routes: Vec<Self> = Function::ALL.into_iter().map(|function| Self::so_far(db, function)).collect();
        for (route, hit) in routes.iter_mut().zip(time_hits(db, asked).await?) {
            route.hit = hit;
        }
        Ok(routes)
    }

    fn so_far(db: &Database, function: Function) -> Self {
        Self { function, stats: function.stats(), queries: db.queries(function), hit: None }
    }

    fn speed_up(&self) -> Option<f64> {
        let hit = self.hit?.as_secs_f64();
        (hit > 0.0 && self.stats.loads > 0).then(|| self.stats.load_p50.as_secs_f64() / hit)
    }

    /// The queries that as many calls would have made, each as many as a load made.
    fn queries_without(&self) -> u64 {
        if self.stats.loads == 0 {
            // Nothing was called, or the cache is disabled and every call has made its own.
            return self.queries;
        }
        (self.stats.requests as f64 * self.queries as f64 / self.stats.loads as f64).round() as u64
    }
}

/// The table, with what its columns mean below.
#[must_use]
pub fn table(routes: &[RouteFigures]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(COLUMNS.iter().map(|column| column.header));
    for figures in routes {
        table.add_row(COLUMNS.iter().map(|column| (column.cell)(figures)));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n{LEGEND}")
}

/// One route as a JSON object on one line, its keys in the table's order.
#[must_use]
pub fn json_line(figures: &RouteFigures) -> String {
    let members = COLUMNS.iter().map(|column| format!("{}:{}", Value::from(column.key), (column.json)(figures)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// What visitors saw while the database failed.
#[must_use]
pub fn outage(of: &Outage, as_json: bool) -> String {
    let Outage { asked, failed, stale } = of;
    if as_json {
        return json!({ "outage": { "asked": asked, "failed": failed, "stale": stale } }).to_string();
    }
    format!(
        "the database failed: of {asked} requests for what was known, {stale} were answered by values past their time, {failed} failed"
    )
}

/// The last line: how the comparison came out.
#[must_use]
pub fn verdict(compared: u64, differed: u64, as_json: bool) -> String {
    if as_json {
        return json!({ "compared": compared, "differed": differed }).to_string();
    }
    format!("compared {compared} answers with the database: {differed} differed")
}

fn micros(time: Duration) -> f64 {
    1e6 * time.as_secs_f64()
}

fn rounded(value: f64, digits: i32) -> Value {
    let scale = 10f64.powi(digits);
    ((value * scale).round() / scale).into()
}
