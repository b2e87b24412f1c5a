//! How the cache does: figures, alerts and advice.

use cache_core::{FunctionStats, Health, get_cache};
use serde::Serialize;
use serde_json::{Value, json};

use super::optimizer::{Strategy, StrategyStats, share};
use super::server::Service;
use super::validator::ValidationStats;

/// Where more than this share of what was compared is wrong, that is an alert.
pub const VALIDATION_ERRORS: f64 = 0.05;

/// What somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// What it is about: `hit_rate`, `load_time`, `utilization`, `rejected`, `validation_error_rate` …
    pub topic: String,
    /// The function, if it is about one.
    pub function: Option<&'static str>,
    /// For people, with the figures.
    pub message: String,
}

/// The figures of a moment.
#[derive(Clone, Debug)]
pub struct Report {
    /// The cache's own report.
    pub health: Health,
    /// The decorated functions that were called.
    pub functions: Vec<FunctionStats>,
    /// The three strategies.
    pub strategies: [StrategyStats; Strategy::ALL.len()],
    /// The comparisons.
    pub validation: ValidationStats,
    /// What is beyond its threshold.
    pub alerts: Vec<Alert>,
}

impl Report {
    /// As things stand.
    #[must_use]
    pub fn of(service: &Service) -> Self {
        let cache = get_cache();
        let (health, validation) = (cache.health(), service.validator.stats());
        let mut alerts: Vec<Alert> = health
            .warnings
            .iter()
            .map(|warning| Alert {
                topic: json!(warning.topic).as_str().unwrap_or_default().to_owned(),
                function: warning.function,
                message: warning.message.clone(),
            })
            .collect();
        if validation.error_rate > VALIDATION_ERRORS {
            let (failed, checked) = (validation.failed, validation.checked);
            let (rate, most) = (100.0 * validation.error_rate, 100.0 * VALIDATION_ERRORS);
            alerts.push(Alert {
                topic: "validation_error_rate".to_owned(),
                function: None,
                message: format!(
                    "{failed} of {checked} cached fingerprints were wrong, {rate:.1} % (the threshold is {most:.1} %)"
                ),
            });
        }
        let mut functions = cache.stats_by_function();
        functions.retain(|function| function.stats.requests + function.stats.loads > 0);
        Self { health, functions, strategies: service.optimizer.stats(), validation, alerts }
    }

    /// Queries of all strategies, and what they took on average, in milliseconds.
    fn queries(&self) -> (u64, f64) {
        let queries = self.strategies.iter().map(|strategy| strategy.queries).sum();
        let total: f64 = self.strategies.iter().map(|strategy| strategy.total_ms).sum();
        (queries, if queries == 0 { 0.0 } else { total / queries as f64 })
    }

    /// How many fingerprints came out of the cache.
    fn cache_hits(&self) -> u64 {
        self.strategies.iter().map(|strategy| strategy.hits).sum()
    }

    /// What could be done, in words.
    fn recommendations(&self) -> Vec<&str> {
        self.health.recommendations.iter().map(|finding| finding.message.as_str()).collect()
    }

    /// As the statistics route answers.
    #[must_use]
    pub fn stats_json(&self) -> Value {
        let (queries, mean) = self.queries();
        json!({
            "cache": get_cache().stats(),
            "functions": self.functions,
            "optimizer": {
                "total_queries": queries,
                "cache_hits": self.cache_hits(),
                "avg_execution_time_ms": mean,
                "strategies": self.strategies,
            },
            "validation": self.validation,
            "recommendations": self.recommendations(),
        })
    }

    /// As the health route answers.
    #[must_use]
    pub fn health_json(&self) -> Value {
        let (queries, mean) = self.queries();
        let warnings: Vec<&str> = self.health.warnings.iter().map(|finding| finding.message.as_str()).collect();
        json!({
            "cache": {
                "hit_rate_percent": 100.0 * self.health.hit_rate,
                "size_mb": self.health.bytes as f64 / f64::from(1 << 20),
                "items": self.health.entries,
                "utilization": self.health.utilization,
            },
            "optimizer": {
                "total_queries": queries,
                "cache_hits": self.cache_hits(),
                "fast_strategy_percent": 100.0 * share(self.strategies[Strategy::Fast as usize].queries, queries),
                "avg_time_ms": mean,
            },
            "health": { "is_healthy": self.health.healthy, "warnings": warnings },
            "alerts": self.alerts,
            "recommendations": self.recommendations(),
        })
    }
}
