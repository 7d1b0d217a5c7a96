//! The time, real or simulated. The only file that asks the machine for it; everything else is told. Holds no rules.
//! Beside the clock that people set stands a steady one that nobody sets: it only measures how much time passed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::watch;

/// The longest sleep without another look at the clock: the machine may sleep, or its time be put right, meanwhile.
const NAP: Duration = Duration::from_secs(30);
/// Goes on while the machine is suspended, so that waking up is no jump of the other clock.
#[cfg(target_os = "linux")]
const STEADY: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const STEADY: ClockId = ClockId::Monotonic;

/// Clones share one time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Real,
    Simulated(watch::Sender<Face>),
}

#[derive(Clone, Copy, Debug)]
struct Face {
    /// The steady clock.
    hands: Hands,
    /// How far the clock was put forward beside it.
    ahead: SignedDuration,
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
        let face = Face { hands: Hands::Standing(start), ahead: SignedDuration::ZERO };
        Self(Arc::new(Kind::Simulated(watch::Sender::new(face))))
    }

    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Kind::Real => machine_time(),
            Kind::Simulated(face) => face.borrow().time(),
        }
    }

    /// What passed since some moment in the past, whatever the clock was set to meanwhile.
    pub fn steady(&self) -> SignedDuration {
        match &*self.0 {
            Kind::Real => machine_steady(),
            Kind::Simulated(face) => face.borrow().hands.time().duration_since(Timestamp::UNIX_EPOCH),
        }
    }

    /// Lets time pass on a simulated clock, never back. A real clock is not moved.
    pub fn set(&self, to: Timestamp) {
        self.change(|face| {
            let pass = to.duration_since(face.time());
            if pass.is_positive() {
                let to = later(face.hands.time(), pass);
                face.hands = match face.hands {
                    Hands::Standing(_) => Hands::Standing(to),
                    Hands::Running { .. } => Hands::running(to),
                };
            }
            pass.is_positive()
        });
    }

    /// Puts a simulated clock forward, or back, while no time passes: as whoever sets a machine's clock does.
    pub fn put(&self, by: SignedDuration) {
        self.change(|face| {
            face.ahead = face.ahead.saturating_add(by);
            true
        });
    }

    /// Lets a simulated clock run on at real speed from where it stands.
    pub fn run_on(&self) {
        self.change(|face| {
            face.hands = Hands::running(face.hands.time());
            true
        });
    }

    /// Returns at once for a time that has passed. On a clock that stands, waits until someone sets it.
    pub async fn sleep_until(&self, at: Timestamp) {
        self.sleep_while(|clock| at.duration_since(clock.now())).await;
    }

    /// For so long by the steady clock: whatever the other is put to, it ends in time.
    pub async fn sleep(&self, long: SignedDuration) {
        let end = self.steady().saturating_add(long);
        self.sleep_while(|clock| end.saturating_sub(clock.steady())).await;
    }

    async fn sleep_while(&self, left: impl Fn(&Self) -> SignedDuration) {
        let left = || Duration::try_from(left(self)).ok().filter(|left| !left.is_zero());
        match &*self.0 {
            Kind::Real => {
                while let Some(left) = left() {
                    tokio::time::sleep(left.min(NAP)).await;
                }
            }
            Kind::Simulated(face) => {
                let mut moves = face.subscribe();
                loop {
                    let shown = *moves.borrow_and_update();
                    let Some(left) = left() else { return };
                    // An end of either kind leads to another look; `face` outlives this call, so `changed` only
                    // returns for a move.
                    let moved = moves.changed();
                    match shown.hands {
                        Hands::Standing(_) => drop(moved.await),
                        Hands::Running { .. } => drop(tokio::time::timeout(left.min(NAP), moved).await),
                    }
                }
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Face) -> bool) {
        if let Kind::Simulated(face) = &*self.0 {
            face.send_if_modified(change);
        }
    }
}

impl Face {
    fn time(self) -> Timestamp {
        later(self.hands.time(), self.ahead)
    }
}

impl Hands {
    fn running(from: Timestamp) -> Self {
        Self::Running { from, since: Instant::now() }
    }

    fn time(self) -> Timestamp {
        match self {
            Self::Standing(at) => at,
            Self::Running { from, since } => {
                later(from, SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX))
            }
        }
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

fn machine_steady() -> SignedDuration {
    let time = clock_gettime(STEADY);
    SignedDuration::from_secs(time.tv_sec).saturating_add(SignedDuration::from_nanos(time.tv_nsec))
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
    async fn a_clock_that_is_put_elsewhere_leaves_the_steady_one_alone() {
        let clock = Clock::simulated(start());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(SignedDuration::from_mins(10)).await }
        });
        tokio::task::yield_now().await;
        for by in [SignedDuration::from_hours(3), SignedDuration::from_hours(-50)] {
            let (shown, steady) = (clock.now(), clock.steady());
            clock.put(by);
            tokio::task::yield_now().await;
            assert_eq!((clock.now().duration_since(shown), clock.steady()), (by, steady));
        }
        assert!(!sleeper.is_finished());
        let (shown, steady) = (clock.now(), clock.steady());
        clock.set(shown + 10.minutes());
        assert_eq!(clock.steady().saturating_sub(steady), SignedDuration::from_mins(10));
        tokio::time::timeout(Duration::from_secs(5), sleeper).await.unwrap().unwrap();
    }

    #[test]
    fn the_steady_clock_of_the_machine_goes_on() {
        let clock = Clock::real();
        let before = clock.steady();
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.steady() > before && before.is_positive());
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
