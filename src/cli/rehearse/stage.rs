//! Plays a rehearsal: the desk with readers of its own, on a clock that is a value. At each moment mail is taken in, then
//! cases are woken, then letters count as delivered. Holds no rules.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::mail::Mail;
use super::tell::Teller;
use crate::adapters::reader::{Reader, own_program};
use crate::cli::our_letter;
use crate::cli::run::asked_to_stop;
use crate::config::Settings;
use crate::daemon::say_too_large;
use crate::desk::Desk;
use crate::domain::event::{Arrival, Event, Outcome};
use crate::domain::gate::{Gate, Surroundings, gate};
use crate::domain::ids::{BlobDigest, Folder, LetterId};
use crate::domain::outbox::LetterState;
use crate::letters::Wording;

/// Nobody waits for a commit here, and each costs a sync; but many steps that wait slow down the ones behind them.
const STEPS_A_COMMIT: u64 = 64;
/// Cases woken together.
const CASES_AT_ONCE: usize = 256;
/// Cases that asked to be woken and had nothing to say are not woken again at once.
const NOTHING_SAID_PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// Of a message over the limit only so much is read: its header lies there.
const HEADER_BYTES_MAX: usize = 256 << 10;

pub(super) struct Stage<'s, 'o> {
    desk: Desk,
    reader: Reader,
    message_bytes_max: u64,
    now: Timestamp,
    /// No case is woken before.
    rests_until: Timestamp,
    /// When the next digest may be due.
    next_day: Option<Timestamp>,
    /// Letters that leave, and when.
    waiting: BTreeSet<(Timestamp, LetterId)>,
    /// Letters that the gate let not pass. They are asked about again when staff start the mail to partners.
    kept_in: Vec<LetterId>,
    partner_mail_stopped: bool,
    teller: &'s mut Teller<'o>,
}

impl<'s, 'o> Stage<'s, 'o> {
    /// `records` is an empty folder that is removed afterwards.
    pub(super) fn open(
        settings: &Settings,
        records: &Path,
        starts: Timestamp,
        teller: &'s mut Teller<'o>,
    ) -> anyhow::Result<Self> {
        let wording = Wording::with_replacements(settings.wording.clone()).context("the wording of letters")?;
        let desk = Desk::rehearse(records, settings.policy.clone(), wording, starts)?;
        let reader = Reader::start(own_program(), &settings.receiver(), settings.reader_limits());
        let message_bytes_max = u64::from(settings.reader.message_mib_max) << 20;
        Ok(Self {
            desk,
            reader,
            message_bytes_max,
            now: starts,
            rests_until: starts,
            next_day: None,
            waiting: BTreeSet::new(),
            kept_in: Vec::new(),
            partner_mail_stopped: false,
            teller,
        })
    }

    /// Jumps from moment to moment, the last one included.
    pub(super) async fn play(&mut self, mail: Vec<Mail>, until: Timestamp) -> anyhow::Result<()> {
        let stop = tokio::spawn(asked_to_stop());
        let mut mail = mail.into_iter().peekable();
        loop {
            let arrives = mail.peek().map(|mail| mail.at);
            let wakes = self.desk.store().next_due()?.map(|at| at.max(self.rests_until));
            let leaves = self.waiting.first().map(|(at, _)| *at);
            let next = arrives.into_iter().chain(wakes).chain(leaves).chain(self.next_day).min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            while let Some(mail) = mail.next_if(|mail| mail.at <= self.now) {
                self.take_in(&mail).await?;
            }
            self.begin_day()?;
            self.wake()?;
            self.deliver()?;
            tokio::task::yield_now().await;
            if stop.is_finished() {
                bail!("the rehearsal was asked to stop at {}", self.now);
            }
        }
        self.teller.later(mail.count());
        Ok(())
    }

    async fn take_in(&mut self, mail: &Mail) -> anyhow::Result<()> {
        let (mut raw, bytes) = mail.read(self.message_bytes_max)?;
        let too_large = bytes > self.message_bytes_max;
        if too_large {
            raw.truncate(HEADER_BYTES_MAX);
            let end = raw.windows(2).position(|two| two == b"\n\n" || two == b"\n\r").map_or(raw.len(), |at| at + 1);
            raw.truncate(end);
        }
        if our_letter::is_named_in(&raw) {
            let letters = self.desk.store().outbox()?;
            raw = our_letter::put_in(&raw, &letters).with_context(|| mail.name())?.unwrap_or(raw);
        }
        let raw: Arc<[u8]> = raw.into();
        let mut facts = self.reader.read(Arc::clone(&raw)).await?;
        if too_large {
            say_too_large(&mut facts, bytes);
        }
        let (at, place) = (self.now, mail.place.clone());
        let digest = Sha256::digest(&raw).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let received_at = mail.at;
        let folder = place.folder;
        let arrival =
            Arrival { at, place, received_at, raw: BlobDigest::from_hex(&digest), bytes, facts, older: false };
        let event = match folder {
            Folder::Inbox => Event::MessageArrived(arrival),
            Folder::Sent => Event::SentMessageSeen(arrival),
            Folder::Junk => Event::JunkSeen(arrival),
        };
        match self.take(event, Some(mail), Some(&raw)) {
            Err(error) if error.downcast_ref().is_some_and(crate::desk::DeskError::is_of_one_letter) => {
                let (place, why) = (mail.place.clone(), error.to_string());
                self.take(Event::MessageQuarantined { at, place, received_at, why }, Some(mail), None)?;
                Ok(())
            }
            taken => taken.map(drop),
        }
    }

    fn begin_day(&mut self) -> anyhow::Result<()> {
        let (day, next) = self.desk.day_to_begin(self.now)?;
        self.next_day = next;
        if let Some(day) = day {
            self.take(Event::DayBegan { at: self.now, day }, None, None)?;
        }
        Ok(())
    }

    /// Wakes every case whose moment has come.
    fn wake(&mut self) -> anyhow::Result<()> {
        while self.rests_until <= self.now {
            let due = self.desk.store().due_before(self.now, CASES_AT_ONCE)?;
            if due.is_empty() {
                break;
            }
            let mut said = false;
            for (_, case) in due {
                said |= self.take(Event::MomentCame { at: self.now, case }, None, None)?;
            }
            if !said {
                self.rests_until = self.now.saturating_add(NOTHING_SAID_PAUSE)?;
            }
        }
        Ok(())
    }

    /// Every letter that may leave counts as delivered now. No cap holds it up, and no breaker: those look at the hour.
    fn deliver(&mut self) -> anyhow::Result<()> {
        let at = self.now;
        let partner_mail_stopped = self.desk.store().partner_mail_stopped()?.is_some();
        if std::mem::replace(&mut self.partner_mail_stopped, partner_mail_stopped) && !partner_mail_stopped {
            self.waiting.extend(self.kept_in.drain(..).map(|letter| (at, letter)));
        }
        let around = Surroundings { partner_mail_stopped, ..Surroundings::default() };
        while let Some((_, id)) = self.waiting.first().copied().filter(|(due, _)| *due <= at) {
            self.waiting.pop_first();
            let Some(letter) = self.desk.store().letter(id)? else { continue };
            let LetterState::Waiting { not_before, .. } = letter.state else { continue };
            if not_before > at {
                self.waiting.insert((not_before, id));
                continue;
            }
            let raw = self.desk.store().blob(&letter.letter.raw)?;
            if gate(self.desk.policy(), &letter, &raw, &around, at) != Gate::Pass {
                self.kept_in.push(id);
                continue;
            }
            let outcome = Outcome::Sent { response: "rehearsed".to_owned() };
            self.take(Event::AttemptStarted { at, letter: id }, None, None)?;
            self.take(Event::AttemptEnded { at, letter: id, outcome }, None, None)?;
        }
        Ok(())
    }

    /// Has an event decided and told. `true` where something followed from it.
    fn take(&mut self, event: Event, mail: Option<&Mail>, raw: Option<&[u8]>) -> anyhow::Result<bool> {
        // Only commands from the command line are refused.
        let Ok(handled) = self.desk.take(event, raw)? else { return Ok(false) };
        let recorded = handled.step.is_some();
        if self.desk.store().last_step().is_multiple_of(STEPS_A_COMMIT) {
            self.desk.commit()?;
        }
        self.waiting.extend(handled.letters.iter().map(|letter| (handled.at, letter.id)));
        let is_attempt = matches!(handled.event, Event::AttemptStarted { .. } | Event::AttemptEnded { .. });
        if recorded && !is_attempt {
            self.teller.tell(&self.desk, &handled, mail)?;
        }
        Ok(recorded)
    }
}
