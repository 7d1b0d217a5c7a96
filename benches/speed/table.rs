//! The table that is printed: a goal, what was measured, and whether that reaches it.

use std::time::Duration;

pub(crate) struct Table {
    rows: Vec<[String; 6]>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// `goal` is a number that must not be passed, or for a rate must be reached; `-` where there is none.
    pub(crate) fn row(&mut self, number: &str, what: &str, measured: f64, goal: &str, beside: &str) {
        let is_rate = what.contains(" a second");
        let reached = goal.parse::<f64>().map(|goal| if is_rate { measured >= goal } else { measured <= goal });
        let verdict = reached.map_or("", |reached| if reached { "yes" } else { "NO" });
        let row = [number, what, &short(measured), goal, verdict, beside].map(str::to_owned);
        println!("  {}", line(&row));
        self.rows.push(row);
    }

    /// A line on how the following was measured.
    pub(crate) fn note(&mut self, text: &str) {
        println!("{text}");
    }

    pub(crate) fn print(&self) {
        println!("\n{}", line(&["goal", "what", "measured", "goal", "reached", "beside"].map(str::to_owned)));
        for row in &self.rows {
            println!("{}", line(row));
        }
    }
}

fn line([number, what, measured, goal, verdict, beside]: &[String; 6]) -> String {
    format!("{number:<4} {what:<62} {measured:>10} {goal:>8} {verdict:<7} {beside}").trim_end().to_owned()
}

fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

pub(crate) fn mib(kib: Option<u64>) -> f64 {
    kib.unwrap_or(0) as f64 / 1_024.0
}
