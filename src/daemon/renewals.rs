//! Tells staff ahead of what a person must renew: the access to a mailbox, the list of bank holidays. Renews nothing.

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::{Stop, Woken, pause, waited_out};
use crate::adapters::clock::Clock;
use crate::config::{Expiry, OAuthSettings, Settings};
use crate::desk::{DeskError, DeskHandle};
use crate::domain::calendar::Calendar;
use crate::domain::event::{Event, Trouble};
use crate::domain::ids::MailboxName;

/// A daemon may run for years: what was far off at its start comes near.
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(6);
/// Time for an administrator to be asked, and to be on leave.
pub const RENEWAL_TOLD_BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(super) struct Renewals {
    desk: DeskHandle,
    clock: Clock,
    calendar: Calendar,
    access: Vec<(MailboxName, OAuthSettings)>,
}

impl Renewals {
    pub(super) fn new(desk: DeskHandle, clock: Clock, settings: &Settings) -> Self {
        let access = settings.mailboxes.iter().filter_map(|one| Some((one.name.clone(), one.oauth.clone()?)));
        Self { desk, clock, calendar: settings.policy.calendar.clone(), access: access.collect() }
    }

    /// Told once, until it is renewed: the record knows what was told. Answers when to look again.
    pub(super) async fn look(&self) -> Result<Option<Timestamp>, DeskError> {
        let at = self.clock.now();
        self.record(at, Trouble::HolidayListEnds, holidays(&self.calendar, at)).await?;
        for (mailbox, oauth) in &self.access {
            match oauth.expires() {
                Ok(expiry) => {
                    let detail = expiry.and_then(|expiry| access(mailbox, &expiry, at));
                    self.record(at, Trouble::AccessEnds { mailbox: mailbox.clone() }, detail).await?;
                }
                // The login fails for the same reason, and is told.
                Err(error) => warn!(%mailbox, "When the refresh token ends cannot be seen: {error}"),
            }
        }
        Ok(at.checked_add(LOOK_EVERY).ok())
    }

    async fn record(&self, at: Timestamp, trouble: Trouble, detail: Option<String>) -> Result<(), DeskError> {
        let event = match detail {
            Some(detail) => Event::TroubleFound { at, trouble, detail },
            None => Event::TroubleEnded { at, trouble },
        };
        self.desk.record(event).await?;
        Ok(())
    }
}

pub(super) async fn keep_looking_ahead(renewals: Renewals, mut stop: Stop) -> anyhow::Result<()> {
    loop {
        let next = waited_out(renewals.look().await, &renewals.clock)?;
        if pause(&renewals.clock, next, std::future::pending(), &mut stop).await? == Woken::Stop {
            return Ok(());
        }
    }
}

/// A due date that needs a year which the list does not cover can only be provisional: told well before.
fn holidays(calendar: &Calendar, at: Timestamp) -> Option<String> {
    let (_, last_year) = calendar.holidays().years();
    let ends = calendar.local_date(at).year() >= last_year;
    ends.then(|| format!("The list of bank holidays ends with {last_year}."))
}

fn access(mailbox: &MailboxName, Expiry { what, at: end }: &Expiry, at: Timestamp) -> Option<String> {
    let left = end.duration_since(at);
    if left > RENEWAL_TOLD_BEFORE {
        return None;
    }
    let ends = if left > SignedDuration::ZERO { "ends" } else { "ended" };
    Some(format!("The {what} of the mailbox {mailbox} {ends} on {}.", end.strftime("%-d %B %Y")))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::{mpsc, watch};

    use super::*;
    use crate::config::Secrets;
    use crate::desk::{Desk, serve};
    use crate::letters::Wording;

    const TEXT: &str = r#"
outbox_folder = "out"
[[mailbox]]
name = "sa"
address = "sa@nhs.example"
team = "sa"
imap = { host = "localhost", user = "sa@nhs.example" }
[mailbox.oauth]
token_url = "https://login.example/token"
client_id = "app"
grant = "client-credentials"
client_secret_env = "ASSURED_TEST_UNSET"
client_secret_expires = "2027-05-01"
[[staff]]
name = "Amina"
address = "amina@nhs.example"
roles = ["sa"]
"#;

    fn settings(folder: &Path, text: &str) -> Settings {
        Settings::from_text(&folder.join("assured.toml"), text, Secrets::Unseen).unwrap()
    }

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn access_is_told_from_two_weeks_before_its_end() {
        let expiry = Expiry { what: "client secret", at: moment("2027-05-01T00:00:00Z") };
        let told = |at: &str| access(&MailboxName::new("sa"), &expiry, moment(at));
        assert_eq!(told("2027-04-16T23:59:59Z"), None);
        let words = |ends: &str| Some(format!("The client secret of the mailbox sa {ends} on 1 May 2027."));
        assert_eq!(told("2027-04-17T00:00:00Z"), words("ends"));
        assert_eq!(told("2027-05-01T00:00:00Z"), words("ended"));
    }

    /// The next event that led to a step, with its letters.
    async fn next(steps: &mut mpsc::UnboundedReceiver<String>) -> String {
        tokio::time::timeout(Duration::from_secs(60), steps.recv()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_daemon_that_runs_on_tells_once_and_notes_the_renewal() {
        let folder = tempfile::tempdir().unwrap();
        let settings_now = settings(folder.path(), TEXT);
        let clock = Clock::simulated(moment("2027-03-01T09:00:00Z"));
        let wording = Wording::with_replacements(settings_now.wording.clone()).unwrap();
        let (desk, _) = Desk::open(&settings_now.var, settings_now.policy.clone(), wording, clock.now()).unwrap();
        let (tell, mut steps) = mpsc::unbounded_channel();
        let (desk, _thread) = serve(
            desk,
            Arc::new(move |_, handled| {
                if handled.step.is_some() {
                    let letters = handled.letters.len();
                    tell.send(format!("{} {letters} {}", handled.event.name(), handled.at)).unwrap();
                }
            }),
        );
        let (stop, stopped) = watch::channel(false);
        let renewals = Renewals::new(desk.clone(), clock.clone(), &settings_now);
        let looking = tokio::spawn(keep_looking_ahead(renewals, stopped));
        // Only the second of these is within two weeks of the end.
        clock.set(moment("2027-04-01T09:00:00Z"));
        tokio::task::yield_now().await;
        clock.set(moment("2027-04-20T09:00:00Z"));
        assert_eq!(next(&mut steps).await, "trouble-found 1 2027-04-20T09:00:00Z");
        clock.set(moment("2027-04-25T09:00:00Z"));
        stop.send_replace(true);
        looking.await.unwrap().unwrap();

        // Not told again after a restart, and over with a new date.
        Renewals::new(desk.clone(), clock.clone(), &settings_now).look().await.unwrap();
        let renewed = settings(folder.path(), &TEXT.replace("2027-05-01", "2029-05-01"));
        Renewals::new(desk.clone(), clock.clone(), &renewed).look().await.unwrap();
        assert_eq!(next(&mut steps).await, "trouble-ended 0 2027-04-25T09:00:00Z");

        // The list of bank holidays ends with 2028.
        clock.set(moment("2028-01-01T09:00:00Z"));
        Renewals::new(desk, clock, &renewed).look().await.unwrap();
        assert_eq!(next(&mut steps).await, "trouble-found 1 2028-01-01T09:00:00Z");
    }
}
