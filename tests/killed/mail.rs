//! What arrives in the two mailboxes during a run, in waves: the next wave comes once the one before is taken in, so that
//! every run sees the same messages in the same order.

use std::fs;
use std::path::{Path, PathBuf};

use assured::adapters::clock::Clock;

/// By everyday senders, with and without a SCAL that can be read.
const FROM_PARTNERS: [&str; 14] = [
    "apple-mail-scal",
    "evolution-scal",
    "gmail-scal",
    "no-attachment",
    "onedrive-link",
    "outlook-scal",
    "outlook-forwarded",
    "outlook-winmail",
    "outlook-zip",
    "broken-charset",
    "removed-by-filter",
    "scan-placeholder",
    "smime-opaque",
    "thanks",
];
const AUTOMATIC: [&str; 4] = ["calendar-reply", "mailing-list", "out-of-office", "read-receipt"];
const ORGANISATIONS: [&str; 5] = ["care-vista", "clinic-bridge", "north-street", "reseau-care", "cafe-care"];

pub(crate) struct Wave {
    folder: &'static str,
    pub(crate) mails: Vec<Mail>,
}

#[derive(Clone)]
pub(crate) struct Mail {
    name: String,
    raw: Vec<u8>,
}

pub(crate) fn waves() -> Vec<Wave> {
    let (early, late) = FROM_PARTNERS.split_at(7);
    let mut first = all(early, "a");
    first.extend(demo(&["01-care-vista-scal", "02-acorn-scal-with-gaps", "08-northgate-broken-workbook"]));
    let mut second = first.iter().skip(4).step_by(2).cloned().collect::<Vec<_>>();
    second.extend(all(late, "a"));
    second.extend(demo(&["09-northgate-scal"]));
    let mut third = demo(&["03-acorn-scal-again", "05-care-vista-out-of-office", "06-care-vista-thanks"]);
    third.extend(all(&AUTOMATIC, "a"));
    third.extend(demo(&["09-northgate-scal", "10-northgate-question", "12-care-vista-pack"]));
    let sent = demo(&["04-staff-reply-to-care-vista", "07-staff-reply-to-acorn"]);
    vec![
        Wave { folder: "sa", mails: first },
        Wave { folder: "lsob", mails: second },
        Wave { folder: "sa", mails: third },
        Wave { folder: "sa/.Sent", mails: sent },
        Wave { folder: "lsob", mails: all(&FROM_PARTNERS[..8], "b") },
    ]
}

impl Wave {
    /// Delivers the wave as having arrived now; answers with the names that its messages have in the Maildir.
    pub(crate) fn deliver(&self, root: &Path) -> Vec<String> {
        let now = Clock::real().now().as_second();
        let folder = root.join(self.folder);
        let deliver = |(mail, number): (&Mail, usize)| {
            let name = format!("{now}.{number:02}-{}.host", mail.name);
            fs::write(folder.join("tmp").join(&name), &mail.raw).unwrap();
            name
        };
        let names: Vec<String> = self.mails.iter().zip(0..).map(deliver).collect();
        // All at once as far as the program can see, so that they are decided in their order.
        for name in &names {
            fs::rename(folder.join("tmp").join(name), folder.join("new").join(name)).unwrap();
        }
        names
    }
}

/// The messages as organisations of their own: other domains in addresses and Message-IDs.
fn all(names: &[&str], variant: &str) -> Vec<Mail> {
    let renamed = |name: &&str| {
        let mut raw = fs::read(fixture("messages", name)).unwrap();
        for organisation in ORGANISATIONS {
            let new = format!("{organisation}-{variant}.example");
            raw = replaced(&raw, format!("{organisation}.example").as_bytes(), new.as_bytes());
        }
        Mail { name: format!("{name}-{variant}"), raw }
    };
    names.iter().map(renamed).collect()
}

fn demo(names: &[&str]) -> Vec<Mail> {
    names.iter().map(|name| Mail { name: (*name).to_owned(), raw: fs::read(fixture("demo", name)).unwrap() }).collect()
}

fn fixture(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder).join(format!("{name}.eml"))
}

/// Byte by byte, since not every fixture is UTF-8.
fn replaced(raw: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.windows(old.len()).position(|window| window == old) {
        text.extend_from_slice(&rest[..at]);
        text.extend_from_slice(new);
        rest = &rest[at + old.len()..];
    }
    text.extend_from_slice(rest);
    text
}
