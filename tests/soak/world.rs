//! The world of the soak: mail servers, people, faults and the program in it, moved on from one event to the next.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use assured::adapters::maildir::Maildir;
use assured::domain::ids::Folder;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::disk::Disk;
use crate::dovecot::{Dovecot, PASSWORD};
use crate::faults::Fault;
use crate::imap::Imap;
use crate::ledger::Ledger;
use crate::mail::{self, SA};
use crate::people::{self, Letter, Mailbox, People, Plan};
use crate::program::Program;
use crate::proxy::{self, Proxy};
use crate::random::Random;
use crate::settings::configuration;
use crate::sink::{self, Sink};

/// A Monday, early. In the past, as mail servers take no mail from the future: Dovecot gives it the time of day.
const STARTS: &str = "2023-10-30T06:00:00Z";
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Mail arrives in small batches, as it does when somebody has just come back to the desk.
const BATCHES_A_DAY: u64 = 60;
const BATCH_GAP_MINUTES: i64 = 11;
/// Staff tidy the mailboxes up. Nothing so old is still to be read.
const KEPT_IN_SA: SignedDuration = SignedDuration::from_hours(20 * 24);
const KEPT_IN_LSOB: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Staff close what was opened longer ago.
const OPEN_DAYS_MAX: i32 = 45;
/// A kill falls so soon after something was asked.
const KILL_WITHIN_MILLIS: u64 = 60;
const CLOCK_OFF: SignedDuration = SignedDuration::from_hours(3);
/// After the last message, until the last letter has left.
const SETTLE_HOURS_MAX: usize = 24 * 6;

enum Act {
    Message,
    Staff(usize, Plan),
    Begins(Fault),
    Ends(Fault),
}

pub(crate) struct World {
    folder: TempDir,
    disk: Option<Disk>,
    dovecot: Dovecot,
    imap: Option<Imap>,
    lsob: Maildir,
    pub(crate) proxy: Proxy,
    pub(crate) sink: Sink,
    pub(crate) program: Program,
    pub(crate) ledger: Ledger,
    people: People,
    random: Random,
    deck: Vec<Fault>,
    now: Timestamp,
    /// When the program wants to be woken.
    next: Option<Timestamp>,
    acts: BTreeMap<(Timestamp, usize), Act>,
    acts_made: usize,
    /// The first case that may still be open.
    tidied: String,
    /// How often each message was delivered, by digest.
    pub(crate) delivered: HashMap<String, u32>,
    deliveries: usize,
    /// How far the machine's clock is off.
    ahead: SignedDuration,
    /// The notices given so far, while a clock that was put forward may lead to none.
    before_jump: Option<u64>,
    disk_full: bool,
    outages: u32,
    /// The program that runs built its store anew when it started, and still holds the memory for that.
    rebuilt: bool,
    pub(crate) starts: u32,
    pub(crate) faults: BTreeMap<Fault, u32>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path();
        let sink = Sink::start(seed);
        let dovecot = Dovecot::start(sink.port);
        let proxy = Proxy::start(dovecot.ports().imap);
        fs::create_dir(root.join("var")).unwrap();
        let disk = Disk::mount(&root.join("var"));
        let lsob = Maildir::open(&root.join("lsob"), true).unwrap();
        fs::write(root.join("password"), format!("{PASSWORD}\n")).unwrap();
        fs::write(root.join("assured.toml"), configuration(proxy.port, sink.port)).unwrap();
        let now = STARTS.parse().unwrap();
        let (program, ledger) = (Program::new(root), Ledger::of(&root.join("var"), now));
        let mut world = Self {
            folder,
            disk,
            dovecot,
            imap: None,
            lsob,
            proxy,
            sink,
            program,
            ledger,
            people: People::new(),
            random: Random(seed),
            deck: Vec::new(),
            now,
            next: None,
            acts: BTreeMap::new(),
            acts_made: 0,
            tidied: "ERS-00001".to_owned(),
            delivered: HashMap::new(),
            deliveries: 0,
            ahead: SignedDuration::ZERO,
            before_jump: None,
            disk_full: false,
            outages: 0,
            rebuilt: false,
            starts: 0,
            faults: BTreeMap::new(),
        };
        world.start();
        world
    }

    pub(crate) fn var(&self) -> std::path::PathBuf {
        self.folder.path().join("var")
    }

    /// What the program holds in memory, in KiB, in a life that began in the usual way.
    pub(crate) fn memory_kib(&self) -> Option<u64> {
        self.program.memory_kib().filter(|_| !self.rebuilt)
    }

    pub(crate) fn restart(&mut self) {
        if self.program.is_running() {
            self.program.stop();
            self.rebuilt = false;
            self.start();
        }
    }

    pub(crate) fn has_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// A day with so many messages and faults. `long_lives`: none of them ends the program.
    pub(crate) fn day(&mut self, messages: usize, faults: usize, long_lives: bool) {
        let (morning, end) = (self.now, self.now + DAY);
        for _ in 0..messages {
            let batch = self.random.below(BATCHES_A_DAY) as i64;
            self.plan(morning + SignedDuration::from_mins(60 + BATCH_GAP_MINUTES * batch), Act::Message);
        }
        for _ in 0..faults {
            let fault = self.deal(long_lives);
            let minutes = 30 + self.random.below(13 * 60) as i64;
            self.plan(morning + SignedDuration::from_mins(minutes), Act::Begins(fault));
        }
        self.go_on_until(end);
        self.tidy_lsob();
        self.tidy_var();
        self.ledger.update();
        self.ledger.check();
    }

    /// Faults are over and nobody writes any more: the last letters leave.
    pub(crate) fn come_to_rest(&mut self) {
        self.go_on_until(self.now + DAY + DAY);
        for _ in 0..SETTLE_HOURS_MAX {
            self.ledger.update();
            if self.ledger.is_outbox_empty() {
                return;
            }
            self.go_on_until(self.now + SignedDuration::from_hours(1));
        }
        panic!("letters stay:\n{}", self.program.last_of_log());
    }

    /// Staff go through the list of cases: nobody lets a year's worth of them stay open.
    pub(crate) fn tidy_cases(&mut self) {
        if self.program.is_running() {
            let before = self.wall() - DAY * OPEN_DAYS_MAX;
            self.tidied = self.program.ask(&format!("tidy {} {before}", self.tidied));
        }
    }

    fn deal(&mut self, long_lives: bool) -> Fault {
        loop {
            if self.deck.is_empty() {
                self.deck = Fault::ALL.to_vec();
            }
            let place = self.random.below(self.deck.len() as u64) as usize;
            let fault = self.deck.swap_remove(place);
            if !(long_lives && fault.ends_the_program()) {
                return fault;
            }
        }
    }

    fn plan(&mut self, at: Timestamp, act: Act) {
        self.acts_made += 1;
        self.acts.insert((at, self.acts_made), act);
    }

    fn go_on_until(&mut self, end: Timestamp) {
        loop {
            let act = self.acts.first_key_value().map(|((at, _), _)| *at);
            let at = act.into_iter().chain(self.next).min().filter(|at| *at <= end).unwrap_or(end);
            self.now = self.now.max(at);
            while let Some(entry) = self.acts.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let act = entry.remove();
                self.act(act);
            }
            self.go();
            if at == end {
                return;
            }
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Message => {
                let heard = self.sink.heard();
                let last_letter = |random: &mut Random| {
                    let recent = &heard.recent;
                    recent.get(random.below(recent.len().max(1) as u64) as usize).cloned()
                };
                let (letter, new) = self.people.write(&mut self.random, self.now, last_letter);
                drop(heard);
                self.deliver(&letter, Folder::Inbox);
                for (at, plan) in new.map_or_else(Vec::new, |_| People::plans(&mut self.random, self.now)) {
                    self.plan(at, Act::Staff(new.unwrap(), plan));
                }
            }
            Act::Staff(partner, Plan::Reply) => self.deliver(&people::reply(partner, self.now), Folder::Sent),
            Act::Staff(partner, plan) => self.command(partner, plan),
            Act::Begins(fault) => self.begin(fault),
            Act::Ends(fault) => self.end(fault),
        }
    }

    fn deliver(&mut self, letter: &Letter, folder: Folder) {
        for to in &letter.to {
            self.deliveries += 1;
            *self.delivered.entry(mail::digest(&letter.raw)).or_default() += 1;
            match to {
                Mailbox::Sa => {
                    let name = if folder == Folder::Inbox { "INBOX" } else { "Sent Items" };
                    let imap = self.imap.get_or_insert_with(|| self.dovecot.log_in(SA));
                    imap.append(name, self.now, &letter.raw);
                }
                Mailbox::Lsob => {
                    let name = format!("{}.{}.host", self.now.as_second(), self.deliveries);
                    self.lsob.deliver(folder, &name, &letter.raw).unwrap();
                }
            }
        }
    }

    fn command(&mut self, partner: usize, plan: Plan) {
        let case = self.sink.heard().cases.get(&people::address(partner)).cloned();
        let (true, Some(case)) = (self.program.is_running(), case) else { return };
        let command = match plan {
            Plan::Reply => return,
            Plan::Decide => people::pick(&mut self.random, &["!accept", "!accept", "!changes", "!note they rang"]),
            Plan::Hold => "!hold the safety officer is away",
            Plan::Resume => "!resume",
            Plan::Close => "!close dormant",
        };
        // A refusal is an answer too: the case may be elsewhere by now.
        self.program.ask(&format!("do {case} {command}"));
    }

    fn wall(&self) -> Timestamp {
        self.now + self.ahead
    }

    fn go(&mut self) {
        self.next = None;
        if self.program.is_running() {
            let answer = self.program.ask(&format!("go {}", self.wall()));
            self.next = answer.parse::<Timestamp>().ok().map(|next| (next - self.ahead).max(self.now));
        }
    }

    fn start(&mut self) {
        if self.program.is_running() || self.outages > 0 {
            return;
        }
        match self.program.start(self.wall()) {
            Ok(()) => self.starts += 1,
            Err(why) => assert!(self.disk_full, "it does not start: {why}\n{}", self.program.last_of_log()),
        }
    }

    fn begin(&mut self, fault: Fault) {
        if fault.ends_the_program() && !self.program.is_running() {
            return;
        }
        *self.faults.entry(fault).or_default() += 1;
        match fault {
            Fault::MailboxGone => self.proxy.set(proxy::Mood::Gone),
            Fault::ConnectionsCut => self.proxy.set(proxy::Mood::Cutting(2)),
            Fault::Throttled => self.proxy.set(proxy::Mood::Throttling),
            Fault::LoginRefused => self.proxy.set(proxy::Mood::LoginRefused),
            Fault::MailServerRestarted => self.restart_mail_server(false),
            Fault::Renumbered => self.restart_mail_server(true),
            Fault::SendingTroubled => self.sink.heard().mood = sink::Mood::Troubled,
            Fault::SendingGone => self.sink.heard().mood = sink::Mood::Gone,
            Fault::DiskFull => {
                if let Some(disk) = &self.disk {
                    disk.fill();
                    self.disk_full = true;
                }
            }
            Fault::ClockForward => {
                self.ledger.update();
                self.before_jump = self.ahead.is_zero().then_some(self.ledger.notices_given);
                self.put(CLOCK_OFF);
            }
            Fault::ClockBack => {
                self.before_jump = None;
                self.put(-CLOCK_OFF);
            }
            Fault::Killed => self.kill(),
            Fault::KilledAndDamaged(damage) => {
                self.kill();
                self.rebuilt = true;
                self.ledger.update();
                damage.inflict(&self.var(), self.ledger.steps as usize, &mut self.random);
            }
            Fault::Outage(_) => {
                self.kill();
                self.outages += 1;
            }
        }
        self.start();
        if fault.minutes() > 0 {
            self.plan(self.now + SignedDuration::from_mins(fault.minutes()), Act::Ends(fault));
        }
    }

    fn end(&mut self, fault: Fault) {
        match fault {
            Fault::MailboxGone | Fault::Throttled | Fault::LoginRefused => self.proxy.set(proxy::Mood::Fine),
            Fault::SendingTroubled | Fault::SendingGone => self.sink.heard().mood = sink::Mood::Fine,
            Fault::DiskFull => {
                self.disk_full = false;
                if let Some(disk) = &self.disk {
                    disk.free();
                }
                self.start();
            }
            Fault::ClockForward => {
                self.ledger.update();
                if let Some(before) = self.before_jump.take() {
                    assert_eq!(self.ledger.notices_given, before, "a clock that is wrong gave notices");
                }
                self.put(-CLOCK_OFF);
            }
            Fault::ClockBack => self.put(CLOCK_OFF),
            Fault::Outage(_) => {
                self.outages -= 1;
                self.start();
            }
            Fault::ConnectionsCut
            | Fault::MailServerRestarted
            | Fault::Renumbered
            | Fault::Killed
            | Fault::KilledAndDamaged(_) => {}
        }
    }

    fn put(&mut self, by: SignedDuration) {
        self.ahead += by;
        if self.program.is_running() {
            self.program.ask(&format!("put {}", by.as_secs()));
        }
    }

    /// In the middle of what it does at this moment.
    fn kill(&mut self) {
        let after = Duration::from_millis(self.random.below(KILL_WITHIN_MILLIS));
        self.program.kill_during(&format!("go {}", self.wall()), after);
        self.rebuilt = false;
        // Whoever starts under a wrong clock knows no better.
        self.before_jump = None;
    }

    fn restart_mail_server(&mut self, renumbered: bool) {
        self.imap = None;
        self.dovecot.stop();
        for (path, _) in self.dovecot.files(SA) {
            let arrived = fs::metadata(&path).unwrap().modified().unwrap();
            if arrived < SystemTime::from(self.now - KEPT_IN_SA) {
                fs::remove_file(path).unwrap();
            }
        }
        if renumbered {
            self.dovecot.forget_uids(SA);
        }
        assert!(self.dovecot.go_on(), "{}", self.dovecot.log());
    }

    /// What was set aside was looked at and is not needed any more.
    fn tidy_var(&self) {
        for entry in fs::read_dir(self.var()).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("store.bad") {
                fs::remove_dir_all(entry.path()).unwrap();
            }
        }
    }

    fn tidy_lsob(&self) {
        for folder in ["new", ".Sent/new"] {
            for entry in fs::read_dir(self.folder.path().join("lsob").join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let arrived: i64 = name.split('.').next().unwrap().parse().unwrap();
                if arrived < (self.now - KEPT_IN_LSOB).as_second() {
                    fs::remove_file(path).unwrap();
                }
            }
        }
    }
}

/// The bytes of all files below a folder, and how many there are.
pub(crate) fn size(path: &Path) -> (u64, usize) {
    let Ok(entries) = fs::read_dir(path) else { return (0, 0) };
    entries.flatten().fold((0, 0), |(bytes, files), entry| {
        let (more_bytes, more_files) = match entry.file_type().unwrap().is_dir() {
            true => size(&entry.path()),
            false => (entry.metadata().unwrap().len(), 1),
        };
        (bytes + more_bytes, files + more_files)
    })
}
