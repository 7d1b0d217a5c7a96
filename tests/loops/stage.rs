//! Installations of the program on Maildirs, on one simulated clock, and the post between them and the world outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assured::adapters::clock::Clock;
use assured::adapters::control::{Answer, Request};
use assured::adapters::maildir::Maildir;
use assured::config::{Secrets, Settings};
use assured::daemon::Daemon;
use assured::domain::command::Order;
use assured::domain::event::Event;
use assured::domain::ids::Folder;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// A working Monday, 9am in London.
const STARTS: &str = "2026-11-23T09:00:00Z";
/// Passes at one moment: each may send letters that lead to another.
const PASSES_A_MOMENT_MAX: usize = 200;

/// One installation: a mailbox, one member of staff, and letters that are files.
pub(crate) struct Site {
    pub(crate) address: String,
    folder: TempDir,
    daemon: Daemon,
    /// Files of letters that were handed on already.
    taken: BTreeSet<PathBuf>,
    /// Every letter that left, in the order in which they did.
    pub(crate) left: Vec<Letter>,
}

/// A letter as it left.
#[derive(Clone, Default)]
pub(crate) struct Letter {
    pub(crate) at: Timestamp,
    pub(crate) to: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) message_id: String,
    pub(crate) raw: String,
}

/// A message on its way to a site.
pub(crate) struct Post {
    pub(crate) after: SignedDuration,
    pub(crate) to: usize,
    pub(crate) raw: String,
}

pub(crate) struct Stage {
    pub(crate) sites: Vec<Site>,
    pub(crate) now: Timestamp,
    under_way: BTreeMap<(Timestamp, usize), (usize, String)>,
    posted: usize,
}

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub(crate) fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

impl Stage {
    /// One site for each domain, with the shared mailbox `sa@DOMAIN` and Jo of `staff.DOMAIN`.
    pub(crate) async fn with(domains: &[&str]) -> Self {
        let now: Timestamp = STARTS.parse().unwrap();
        let mut sites = Vec::new();
        for domain in domains {
            sites.push(Site::start(domain, now).await);
        }
        Self { sites, now, under_way: BTreeMap::new(), posted: 0 }
    }

    pub(crate) fn post(&mut self, post: Post) {
        self.posted += 1;
        self.under_way.insert((self.now + post.after, self.posted), (post.to, post.raw));
    }

    /// Plays so long, from event to event. `world` answers each letter that leaves site number so-and-so.
    pub(crate) async fn play(&mut self, span: SignedDuration, mut world: impl FnMut(usize, &Letter) -> Vec<Post>) {
        let ends = self.now + span;
        loop {
            let mut due = Vec::new();
            for number in 0..self.sites.len() {
                let (next, letters) = self.sites[number].settle(self.now).await;
                due.extend(next);
                for letter in letters {
                    world(number, &letter).into_iter().for_each(|post| self.post(post));
                }
            }
            let arrives = self.under_way.keys().next().map(|(at, _)| *at);
            match due.into_iter().chain(arrives).min() {
                Some(next) if next <= ends => self.now = self.now.max(next),
                Some(_) | None => break,
            }
            while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let ((at, number), (to, raw)) = entry.remove_entry();
                self.sites[to].deliver(at, number, &raw);
            }
        }
        self.now = ends;
    }

    /// The only site, where there is one.
    pub(crate) fn site(&self) -> &Site {
        &self.sites[0]
    }
}

impl Site {
    async fn start(domain: &str, now: Timestamp) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path();
        Maildir::open(&root.join("sa"), true).unwrap();
        fs::create_dir(root.join("out")).unwrap();
        let config = root.join("assured.toml");
        fs::write(&config, CONFIG.replace("DOMAIN", domain)).unwrap();
        let settings = Settings::load(&config, Secrets::Checked).map_err(|faults| format!("{faults:?}")).unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_assured"));
        let clock = Clock::simulated(now);
        let daemon = Daemon::start_reading_with(program, &settings, clock, Arc::new(|_, _| {})).await.unwrap();
        let (taken, left) = (BTreeSet::new(), Vec::new());
        Self { address: format!("sa@{domain}"), folder, daemon, taken, left }
    }

    fn deliver(&self, at: Timestamp, number: usize, raw: &str) {
        let name = format!("{}.M{number}P1.host", at.as_second());
        let maildir = Maildir::open(&self.folder.path().join("sa"), false).unwrap();
        maildir.deliver(Folder::Inbox, &name, raw.as_bytes()).unwrap();
    }

    /// Lets everything happen that happens at this moment: when the next thing is due, and the letters that left.
    async fn settle(&mut self, now: Timestamp) -> (Option<Timestamp>, Vec<Letter>) {
        self.daemon.clock().set(now);
        for _ in 0..PASSES_A_MOMENT_MAX {
            match self.daemon.pass().await.unwrap() {
                Some(next) if next <= now => {}
                next => return (next, self.newly_left()),
            }
        }
        panic!("{} does not come to rest", self.address);
    }

    fn newly_left(&mut self) -> Vec<Letter> {
        let files = fs::read_dir(self.folder.path().join("out")).unwrap().map(|file| file.unwrap().path());
        let mut new: Vec<PathBuf> = files.filter(|path| !self.taken.contains(path)).collect();
        new.sort_by_key(|path| place_of(path));
        let letters: Vec<Letter> = new.iter().map(|path| Letter::read(path)).collect();
        self.taken.extend(new);
        self.left.extend(letters.clone());
        letters
    }

    pub(crate) async fn command(&self, text: &str) {
        let at = self.daemon.clock().now();
        let Order { command, manner } = Order::parse(text, jiff::civil::date(2026, 11, 23)).unwrap();
        let event = Event::CommandGiven { at, by: "jo".to_owned(), case: None, command, manner };
        self.daemon.desk().take(event, None).await.unwrap().unwrap();
    }

    pub(crate) async fn ask(&self, request: Request) -> Answer {
        let at = self.daemon.clock().now();
        self.daemon.desk().look(move |desk| desk.tell(&request, at)).await.unwrap()
    }

    pub(crate) async fn cases(&self) -> usize {
        self.ask(Request::Cases).await.rows.len()
    }

    /// How many letters of this kind left; `partner` for all that are not for staff.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.of(kind).count()
    }

    pub(crate) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Letter> {
        self.left.iter().filter(move |letter| letter.kind == kind || (kind == "partner" && !letter.is_for_staff()))
    }

    /// The most letters to one address within any such span.
    pub(crate) fn most_within(&self, to: &str, span: SignedDuration) -> usize {
        most(self.left.iter().filter(|letter| letter.to == to), span)
    }

    /// The most letters in all within any such span.
    pub(crate) fn most(&self, span: SignedDuration) -> usize {
        most(self.left.iter(), span)
    }
}

impl Letter {
    fn read(path: &Path) -> Self {
        let raw = fs::read_to_string(path).unwrap();
        let header = |name| header(&raw, name).unwrap_or_default();
        let (second, _) = place_of(path);
        let (to, kind, subject) = (header("To"), header("X-Assured-Letter"), header("Subject"));
        let to = to.rsplit('<').next().unwrap().trim_end_matches('>').to_owned();
        let message_id = header("Message-ID");
        Self { at: Timestamp::from_second(second).unwrap(), to, kind, subject, message_id, raw }
    }

    pub(crate) fn is_for_staff(&self) -> bool {
        self.kind.starts_with("staff-") || self.kind == "command-reply"
    }

    /// Its text part as people read it.
    pub(crate) fn text(&self) -> String {
        let text = self.raw.split("text/html").next().unwrap();
        text.replace("=\r\n", "")
            .replace("\r\n", " ")
            .replace("=3D", "=")
            .replace("=E2=80=9C", "“")
            .replace("=E2=80=9D", "”")
    }
}

fn most<'a>(letters: impl Iterator<Item = &'a Letter>, span: SignedDuration) -> usize {
    let times: Vec<Timestamp> = letters.map(|letter| letter.at).collect();
    let from = |from: &Timestamp| times.iter().filter(|at| *at >= from && **at < *from + span).count();
    times.iter().map(from).max().unwrap_or(0)
}

/// The second and the letter that begin the name of its file, `1795424400-17.0-acknowledgement.eml`.
fn place_of(path: &Path) -> (i64, (u64, u64)) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut parts = name.split('-');
    let second = parts.next().unwrap().parse().unwrap();
    let (step, index) = parts.next().unwrap().split_once('.').unwrap();
    (second, (step.parse().unwrap(), index.parse().unwrap()))
}

/// A field of the header, unfolded.
fn header(raw: &str, name: &str) -> Option<String> {
    let (fields, _) = raw.split_once("\r\n\r\n").unwrap();
    let fields = fields.replace("\r\n ", " ");
    let named =
        |line: &str| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.to_owned());
    fields.split("\r\n").find_map(named)
}

const CONFIG: &str = r#"
answer_from = "2026-11-01"
# The daily digest is no part of any loop, and would be counted.
digest = false
outbox_folder = "out"
[reader]
processes = 1
[[mailbox]]
name = "sa"
address = "sa@DOMAIN"
team = "sa"
level = "send"
maildir = "sa"
[[staff]]
name = "Jo Marsh"
address = "jo@staff.DOMAIN"
roles = ["sa"]
"#;
