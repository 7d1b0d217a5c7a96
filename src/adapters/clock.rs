//! The time, real or simulated. The only file that asks the machine for it; everything else is told. Holds no rules.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// The longest sleep without another look at the clock: the machine may sleep, or its time be put right, meanwhile.
const NAP: Duration = Duration::from_secs(30);

/// Clones share one time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Real,
    Simulated(watch::Sender<Hands>),
}

#[derive(Clone, Copy, Debug)]
enum Hands {
    Standing(Timestamp),
    /// At real speed, and at `from` when it was `since`.
    Running {
        from: Timestamp,
        since: Instant,
    },
}

impl Clock {
    pub fn real() -> Self {
        Self(Arc::new(Kind::Real))
    }

    /// Stands still until it is set.
    pub fn simulated(start: Timestamp) -> Self {
        Self(Arc::new(Kind::Simulated(watch::Sender::new(Hands::Standing(start)))))
    }

    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Kind::Real => machine_time(),
            Kind::Simulated(hands) => hands.borrow().time(),
        }
    }

    /// Moves a simulated clock on, never back. A real clock is not moved.
    pub fn set(&self, to: Timestamp) {
        let Kind::Simulated(hands) = &*self.0 else { return };
        hands.send_if_modified(|hands| {
            let later = to > hands.time();
            if later {
                *hands = match *hands {
                    Hands::Standing(_) => Hands::Standing(to),
                    Hands::Running { .. } => Hands::running(to),
                };
            }
            later
        });
    }

    /// Lets a simulated clock run on at real speed from where it stands.
    pub fn run_on(&self) {
        let Kind::Simulated(hands) = &*self.0 else { return };
        hands.send_modify(|hands| *hands = Hands::running(hands.time()));
    }

    /// Returns at once for a time that has passed. On a clock that stands, waits until someone sets it.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &*self.0 {
            Kind::Real => {
                while let Some(left) = left(machine_time(), at) {
                    tokio::time::sleep(left.min(NAP)).await;
                }
            }
            Kind::Simulated(hands) => {
                let mut moves = hands.subscribe();
                loop {
                    let shown = *moves.borrow_and_update();
                    let Some(left) = left(shown.time(), at) else { return };
                    // An end of either kind leads to another look; `hands` outlives this call, so `changed` only
                    // returns for a move.
                    let moved = moves.changed();
                    match shown {
                        Hands::Standing(_) => drop(moved.await),
                        Hands::Running { .. } => drop(tokio::time::timeout(left.min(NAP), moved).await),
                    }
                }
            }
        }
    }
}

impl Hands {
    fn running(from: Timestamp) -> Self {
        Self::Running { from, since: Instant::now() }
    }

    fn time(self) -> Timestamp {
        match self {
            Self::Standing(at) => at,
            Self::Running { from, since } => SignedDuration::try_from(since.elapsed())
                .ok()
                .and_then(|run| from.checked_add(run).ok())
                .unwrap_or(Timestamp::MAX),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

fn left(now: Timestamp, until: Timestamp) -> Option<Duration> {
    let left = Duration::try_from(until.duration_since(now)).ok()?;
    (!left.is_zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    fn start() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    async fn passes(clock: &Clock, at: Timestamp) -> bool {
        tokio::time::timeout(Duration::from_millis(150), clock.sleep_until(at)).await.is_ok()
    }

    #[tokio::test]
    async fn a_simulated_clock_stands_moves_on_and_never_back() {
        let clock = Clock::simulated(start());
        let later = start() + 120.hours();
        assert_eq!(clock.now(), start());
        assert!(passes(&clock, start()).await);
        assert!(!passes(&clock, later).await);
        clock.set(later);
        clock.set(start());
        assert_eq!(clock.now(), later);
        assert!(passes(&clock, later).await);
    }

    #[tokio::test]
    async fn sleepers_wake_when_another_holder_sets_the_clock() {
        let clock = Clock::simulated(start());
        let later = start() + 1.hour();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(later).await }
        });
        clock.set(start() + 30.minutes());
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.set(later);
        tokio::time::timeout(Duration::from_secs(5), sleeper).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_simulated_clock_that_runs_on_keeps_real_speed_from_where_it_stood() {
        let clock = Clock::simulated(start());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(start() + 100.milliseconds()).await }
        });
        tokio::task::yield_now().await;
        clock.run_on();
        tokio::time::timeout(Duration::from_secs(5), sleeper).await.unwrap().unwrap();
        let run = clock.now().duration_since(start());
        assert!(run.as_millis() >= 100 && run.as_secs() < 60, "{run:?}");
        clock.set(start() + 1.hour());
        assert!(clock.now() >= start() + 1.hour());
        assert!(passes(&clock, clock.now() + 20.milliseconds()).await);
    }

    #[tokio::test]
    async fn a_real_clock_shows_the_machines_time_and_is_not_moved() {
        let clock = Clock::real();
        let before = clock.now();
        clock.set(before + 1.hour());
        assert!(clock.now() < before + 30.minutes());
        assert!(passes(&clock, before + 20.milliseconds()).await);
        assert!(!passes(&clock, before + 1.hour()).await);
    }
}
