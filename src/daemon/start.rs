//! Puts a daemon together from its settings: desk, readers, mailboxes, post room, socket.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::Daemon;
use super::alarm::Alarm;
use super::jump::JumpWatch;
use super::keyring::Keyring;
use super::looks::LooksTaken;
use super::post_room::PostRoom;
use super::renewals::Renewals;
use super::scan::Scan;
use super::sent_read::SentRead;
use super::take_in::{InHand, TakeIn};
use super::ticker::Ticker;
use super::watch::{Collector, Connections, Source, Watch};
use super::way_out::WayOut;
use crate::adapters::clock::Clock;
use crate::adapters::control::Server;
use crate::adapters::durable::{self, Placed};
use crate::adapters::maildir::Maildir;
use crate::adapters::reader::{Reader, own_program};
use crate::config::{MailSource, MailboxSettings, Settings};
use crate::desk::{Desk, Observer, serve};
use crate::domain::event::{Event, Trouble};
use crate::domain::ids::{MailboxName, Place};
use crate::domain::policy::Policy;
use crate::letters::Wording;

impl Daemon {
    /// Opens the records, starts the readers and binds the socket. Nothing is fetched or sent yet.
    pub async fn start(settings: &Settings, clock: Clock, observer: Observer) -> anyhow::Result<Self> {
        Self::start_reading_with(own_program(), settings, clock, observer).await
    }

    /// As [`Daemon::start`], for a program that is not `assured` itself, such as a test.
    pub async fn start_reading_with(
        program: PathBuf,
        settings: &Settings,
        clock: Clock,
        observer: Observer,
    ) -> anyhow::Result<Self> {
        let wording = Wording::with_replacements(settings.wording.clone()).context("the wording of letters")?;
        let (mut desk, opening) = Desk::open(&settings.var, settings.policy.clone(), wording, clock.now())?;
        let answer_from = match settings.answer_from {
            Some(answer_from) => answer_from,
            None => first_start(&settings.var, clock.now())?,
        };
        let reader = Reader::start(program, &settings.receiver(), settings.reader_limits());
        let control = Server::bind(&settings.socket())?;
        let known = |place: &Place| desk.store().is_place_known(place).unwrap_or(false);
        let in_hand = InHand::open(settings.var.join("in-hand.json"), known);
        for handled in desk.tell_of_opening(&opening, clock.now())? {
            if let Event::TroubleFound { trouble, detail, .. } = &handled.event {
                warn!(?trouble, "{detail}");
            }
            observer(&desk, &handled);
        }
        let has_jumped = desk.store().troubles()?.contains(&Trouble::ClockJumped);
        let (desk, desk_thread) = serve(desk, observer);
        let renewals = Renewals::new(desk.clone(), clock.clone(), settings);
        renewals.look().await?;

        let scan = settings.scan.as_ref().map(Scan::new);
        let take_in = TakeIn::new(desk.clone(), reader, scan, clock.clone(), in_hand);
        let message_bytes_max = u64::from(settings.reader.message_mib_max) << 20;
        let mailboxes: Vec<_> = settings.mailboxes.iter().map(|mailbox| (mailbox, Keyring::of(mailbox))).collect();
        let sent_watched = settings.mailboxes.iter().filter(|mailbox| watches_sent(mailbox));
        let sent_read = SentRead::of(sent_watched.map(|mailbox| mailbox.name.clone()).collect());
        let names = settings.mailboxes.iter().map(|mailbox| mailbox.name.clone()).collect();
        let looks = LooksTaken::of(names, settings.alarm.heartbeat_file.clone());
        let watches = mailboxes.iter().map(|(mailbox, keyring)| {
            let source = source(mailbox, keyring).with_context(|| format!("mailbox {}", mailbox.name))?;
            let (mailbox, take_in) = (mailbox.name.clone(), take_in.clone());
            let (attempts, nowhere, sent_read) = (BTreeMap::new(), BTreeSet::new(), sent_read.clone());
            let collector =
                Collector { mailbox, take_in, answer_from, message_bytes_max, attempts, nowhere, sent_read };
            Ok(Watch { source, collector, looks: looks.clone(), failures: 0, may_be_in_trouble: true })
        });
        let watches = watches.collect::<anyhow::Result<Vec<_>>>()?;
        let jump = JumpWatch::start(clock.reading(), has_jumped);
        let ticker = Ticker { desk: desk.clone(), clock: clock.clone(), jump, looks };
        let post_room = PostRoom {
            desk: desk.clone(),
            clock: clock.clone(),
            ways_out: ways_out(&mailboxes, &settings.policy),
            sent_read: sent_read.clone(),
            put_off: BTreeMap::new(),
            settled: false,
        };
        let alarm = Alarm { desk: desk.clone(), clock: clock.clone(), program: settings.alarm.program.clone() };
        let poll = SignedDuration::from_secs(i64::from(settings.poll_secs));
        let control = Some(control);
        Ok(Self { desk, desk_thread, clock, watches, ticker, renewals, post_room, alarm, control, poll })
    }
}

fn source(mailbox: &MailboxSettings, keyring: &Keyring) -> anyhow::Result<Source> {
    Ok(match &mailbox.source {
        MailSource::Maildir(path) => Source::Maildir(Maildir::open(path, false)?),
        MailSource::Imap(imap) => Source::Imap(Box::new(Connections::new(imap.clone(), keyring.clone()))),
    })
}

fn watches_sent(mailbox: &MailboxSettings) -> bool {
    match &mailbox.source {
        MailSource::Maildir(_) => true,
        MailSource::Imap(imap) => imap.sent.is_some(),
    }
}

fn ways_out(mailboxes: &[(&MailboxSettings, Keyring)], policy: &Policy) -> BTreeMap<MailboxName, WayOut> {
    let way_out = |(mailbox, keyring): &(&MailboxSettings, Keyring)| {
        let own = policy.mailbox(&mailbox.name).map(|shared| &shared.address);
        let reverse_path = own.and_then(|own| mailbox.reverse_path.for_mailbox(own)).cloned();
        let (name, sending) = (mailbox.name.clone(), mailbox.sending.clone());
        (name.clone(), WayOut::new(name, sending, keyring.clone(), reverse_path))
    };
    mailboxes.iter().map(way_out).collect()
}

/// When the program first ran here, kept for ever: mail from before then is not answered.
fn first_start(var: &Path, now: Timestamp) -> anyhow::Result<Timestamp> {
    let path: PathBuf = var.join("first-start");
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().with_context(|| {
            format!("{} holds no time; write one such as 2026-11-23T09:00:00Z, or set answer_from", path.display())
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Whole or absent: half a time would keep the program from starting ever again.
            match durable::place(now.to_string().as_bytes(), &path.with_extension("new"), &path) {
                Ok(Placed::New | Placed::Taken) => Ok(now),
                Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
            }
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
