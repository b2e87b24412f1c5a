//! Results, as a table for people or JSON lines for programs.

use comfy_table::{Table, presets};
use serde::Serialize;

use crate::rounds::{Measured, median};

#[derive(Serialize)]
struct Line {
    bench: &'static str,
    case: String,
    subject: &'static str,
    value: f64,
    unit: &'static str,
    rounds: usize,
    min: f64,
    max: f64,
}

#[derive(Serialize)]
struct Ratio {
    ratio: String,
    of: &'static str,
    to: &'static str,
    value: f64,
    target: String,
    holds: bool,
}

/// On which side of its bound a ratio has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    ratios: Vec<Ratio>,
}

impl Report {
    pub(crate) fn add(&mut self, bench: &'static str, case: &str, unit: &'static str, measured: &[Measured]) {
        self.lines.extend(measured.iter().map(|one| Line {
            bench,
            case: case.to_owned(),
            subject: one.subject,
            value: one.median,
            unit,
            rounds: one.rounds,
            min: one.min,
            max: one.max,
        }));
    }

    /// The median over the rounds of `of`'s time by `to`'s.
    pub(crate) fn ratio(
        &mut self,
        case: &str,
        measured: &[Measured],
        of: &'static str,
        to: &'static str,
        target: Target,
    ) {
        let find = |name| measured.iter().find(|one| one.subject == name);
        let (Some(a), Some(b)) = (find(of), find(to)) else { return };
        let samples: Vec<f64> = a.samples.iter().zip(&b.samples).map(|(a, b)| a / b).collect();
        let value = median(&samples);
        let (target, holds) = match target {
            Target::AtMost(bound) => (format!("<= {bound}"), value <= bound),
            Target::AtLeast(bound) => (format!(">= {bound}"), value >= bound),
        };
        self.ratios.push(Ratio { ratio: case.to_owned(), of, to, value, target, holds });
    }

    pub(crate) fn print_json(&self) {
        let lines = self.lines.iter().map(serde_json::to_string);
        for line in lines.chain(self.ratios.iter().map(serde_json::to_string)) {
            // Strings and finite numbers: nothing in them fails to serialise.
            println!("{}", line.unwrap_or_default());
        }
    }

    pub(crate) fn print_table(&self) {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["bench", "case", "subject", "median", "unit", "min", "max", "rounds"]);
        for line in &self.lines {
            table.add_row([
                line.bench.to_owned(),
                line.case.clone(),
                line.subject.to_owned(),
                format!("{:.1}", line.value),
                line.unit.to_owned(),
                format!("{:.1}", line.min),
                format!("{:.1}", line.max),
                line.rounds.to_string(),
            ]);
        }
        println!("{table}");
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["case", "of", "to", "ratio", "target", "holds"]);
        for ratio in &self.ratios {
            table.add_row([
                ratio.ratio.clone(),
                ratio.of.to_owned(),
                ratio.to.to_owned(),
                format!("{:.2}", ratio.value),
                ratio.target.clone(),
                ratio.holds.to_string(),
            ]);
        }
        println!("{table}");
    }
}
