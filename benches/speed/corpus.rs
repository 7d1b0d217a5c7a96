//! The mail of the backlog, the same bytes every time: 70 of 100 messages bring a SCAL of about 400 rows over 8 sheets, 10
//! a witness test pack too, 12 are replies, and the rest are automatic. Everybody writes from a domain of their own,
//! so that each submission opens a case.

use std::collections::VecDeque;
use std::fmt::Write;

use crate::encode::{base64, crlf, quoted_printable};
use crate::forms::{self, Block};
use crate::package;
use crate::scal::{self, Scal};

/// Requirement rows of a SCAL, give or take 30 in 100.
const ROWS: u64 = 380;
/// Beside the six that every SCAL of the fixtures has.
const MORE_TABS: u64 = 2;
/// The part of a Word document that holds its text.
const DOCUMENT: &str = "word/document.xml";
/// Messages between a submission and a reply to it. Those read at the same time may be acknowledged together, and the
/// count of letters would depend on chance.
const REPLY_AFTER: usize = 100;
const PACK_TESTS: [u64; 2] = [50, 150];
const HEADINGS: [&str; 6] =
    ["Category / Requirement", "Requirement", "Detail", "Compliant\nYes/No (please select)", "Your reference", "Notes"];
const WORDS: [&str; 40] = [
    "the", "product", "shows", "each", "referral", "to", "person", "who", "asked", "for", "it", "and", "keeps", "a",
    "record", "of", "every", "letter", "that", "was", "opened", "during", "session", "with", "service", "after",
    "clinic", "answers", "late", "list", "worklist", "booking", "priority", "advice", "request", "outcome", "search",
    "by", "number", "again",
];

pub(crate) struct Mail {
    pub(crate) sender: String,
    pub(crate) raw: Vec<u8>,
    /// Attachments that the program recognises.
    pub(crate) documents: usize,
    /// Attachments that nobody reads.
    pub(crate) pictures: usize,
    /// It gets an acknowledgement.
    pub(crate) answered: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Scal,
    ScalAndPack,
    Reply,
    Automatic,
}

/// The generator of Knuth's MMIX: what it gives never changes with a library.
struct Dice(u64);

pub(crate) fn backlog(count: usize) -> Vec<Mail> {
    let mut dice = Dice(count as u64);
    let mut kinds = vec![Kind::Scal; count * 70 / 100];
    kinds.resize(count * 80 / 100, Kind::ScalAndPack);
    kinds.resize(count * 92 / 100, Kind::Reply);
    kinds.resize(count, Kind::Automatic);
    for place in (1..count).rev() {
        kinds.swap(place, dice.below(place as u64 + 1) as usize);
    }
    let mut submitted = VecDeque::new();
    let mut mails = Vec::with_capacity(count);
    for (number, kind) in kinds.into_iter().enumerate() {
        let mut earlier = None;
        match kind {
            Kind::Scal | Kind::ScalAndPack => submitted.push_back(number),
            Kind::Reply => earlier = submitted.pop_front_if(|submission| *submission + REPLY_AFTER <= number),
            Kind::Automatic => earlier = submitted.front().copied(),
        }
        mails.push(mail(&mut dice, number, kind, earlier.unwrap_or(number)));
    }
    mails
}

fn mail(dice: &mut Dice, number: usize, kind: Kind, earlier: usize) -> Mail {
    let from_earlier = earlier != number;
    let sender = format!("someone@supplier-{earlier}.example");
    let subject = match kind {
        Kind::Scal | Kind::ScalAndPack => format!("Our SCAL {number}"),
        Kind::Reply => format!("Re: Our SCAL {earlier}"),
        Kind::Automatic => format!("Automatic reply: Our SCAL {earlier}"),
    };
    let words = match kind {
        Kind::Automatic => "I am out of the office until Monday.".to_owned(),
        Kind::Scal | Kind::ScalAndPack => format!("Please find our SCAL attached.\n\n{}", paragraphs(dice)),
        Kind::Reply => format!("{}\n\nCan you tell us when you will have read it?", paragraphs(dice)),
    };
    let mut raw = head(dice, &sender, &subject, number);
    if from_earlier {
        let _ = writeln!(raw, "In-Reply-To: <{earlier}@supplier-{earlier}.example>");
    }
    if kind == Kind::Automatic {
        raw.push_str("Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n");
    }
    let boundary = format!("=_{number}");
    let _ = write!(raw, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\n\n");
    let _ = write!(raw, "--{boundary}\n{}", bodies(&words, &format!("=_{number}_a")));
    if matches!(kind, Kind::Scal | Kind::ScalAndPack) {
        let book = scal_workbook(dice, number);
        raw.push_str(&attachment(&boundary, "spreadsheetml.sheet", &format!("SCAL {number}.xlsx"), &book));
    }
    if kind == Kind::ScalAndPack {
        let pack = pack(dice, number);
        raw.push_str(&attachment(&boundary, "wordprocessingml.document", &format!("Pack {number}.docx"), &pack));
    }
    let _ = writeln!(raw, "--{boundary}--");
    let documents = match kind {
        Kind::Scal => 1,
        Kind::ScalAndPack => 2,
        Kind::Reply | Kind::Automatic => 0,
    };
    Mail { sender, raw: crlf(&raw), documents, pictures: 0, answered: kind != Kind::Automatic }
}

fn head(dice: &mut Dice, sender: &str, subject: &str, number: usize) -> String {
    let domain = sender.split('@').nth(1).unwrap_or_default();
    let mut head = format!(
        "Authentication-Results: mx.ers.example; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain};\n \
         dmarc=pass action=none header.from={domain}\n"
    );
    for hop in 0..6 {
        let _ = writeln!(head, "X-Hop-{hop}: by mx{hop}.{domain} id {:016x}", dice.next());
    }
    let _ = write!(
        head,
        "From: Someone <{sender}>\nTo: solution.assurance@ers.example\nSubject: {subject}\n\
         Date: Mon, 23 Nov 2026 09:00:00 +0000\nMessage-ID: <{number}@{domain}>\n"
    );
    head
}

/// The words as text and as HTML.
fn bodies(words: &str, boundary: &str) -> String {
    let html = format!("<html><body><p>{}</p></body></html>", words.replace("\n\n", "</p><p>"));
    let part = |media: &str, text: &str| {
        format!(
            "--{boundary}\nContent-Type: {media}; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{}\n",
            quoted_printable(text)
        )
    };
    format!(
        "Content-Type: multipart/alternative; boundary=\"{boundary}\"\n\n{}{}--{boundary}--\n",
        part("text/plain", words),
        part("text/html", &html)
    )
}

fn attachment(boundary: &str, media: &str, name: &str, bytes: &[u8]) -> String {
    format!(
        "--{boundary}\nContent-Type: application/vnd.openxmlformats-officedocument.{media}; name=\"{name}\"\n\
         Content-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{}\n",
        base64(bytes)
    )
}

fn paragraphs(dice: &mut Dice) -> String {
    let count = dice.between(2, 6);
    (0..count).map(|_| dice.sentence(20, 60)).collect::<Vec<_>>().join("\n\n")
}

fn supplier(number: usize) -> [&'static str; 2] {
    // A SCAL of the fixtures is filled with texts that live for ever, and so do these.
    [format!("Supplier {number} Ltd").leak(), format!("Product {number}").leak()]
}

fn scal_workbook(dice: &mut Dice, number: usize) -> Vec<u8> {
    let [organisation, product] = supplier(number);
    let mut book = scal::book(&Scal {
        version: 2.0,
        organisation,
        ods_code: "8HH10",
        product,
        product_version: "3.2",
        safety_officer: "Dr Ines Okafor",
        safety_officer_email: "clinical.safety@supplier.example",
        services: &["Sign-in and roles", "Referral letters", "Overarching rules"],
        answered: true,
        unanswered: &[],
        far_cell: false,
    });
    let rows = ROWS * dice.between(70, 130) / 100;
    for tab in 1..=MORE_TABS {
        let sheet = book.add_worksheet().set_name(format!("e-RS Rules {tab}")).expect("a short name");
        let headings = HEADINGS.map(str::to_owned);
        let requirements = (0..rows / MORE_TABS).map(|row| {
            let id = format!("R{tab}{:02}-{:02}", row / 20, row % 20);
            let (reference, note) = (format!("EV-{:06}.pdf", dice.below(1_000_000)), dice.sentence(5, 30));
            [id, dice.sentence(3, 8), dice.sentence(14, 45), "Yes".to_owned(), reference, note]
        });
        for (row, cells) in (0..).zip(std::iter::once(headings).chain(requirements)) {
            for (column, text) in (0..).zip(&cells) {
                sheet.write(row, column, text).expect("a cell");
            }
        }
    }
    book.save_to_buffer().expect("a workbook in memory")
}

fn pack(dice: &mut Dice, number: usize) -> Vec<u8> {
    let [organisation, product] = supplier(number);
    let cover = [["Supplier", organisation], ["Product", product]].map(|row| row.map(str::to_owned).to_vec());
    let headings = ["Test ID", "Test description", "Expected result", "Actual result", "Pass / Fail", "Evidence"];
    let mut tests = vec![headings.map(str::to_owned).to_vec()];
    for test in 0..dice.between(PACK_TESTS[0], PACK_TESTS[1]) {
        let id = format!("B{:03}-T{:02}", test / 10 + 1, test % 10 + 1);
        let (what, expected) = (dice.sentence(8, 20), dice.sentence(6, 16));
        tests.push(vec![id, what, expected, "As expected.".to_owned(), "Pass".to_owned(), "screen.png".to_owned()]);
    }
    let title = Block::Title("e-RS witness test pack".to_owned());
    let plain = forms::document(&[title, Block::Table(cover.to_vec()), Block::Table(tests)]);
    // Packed, as word processors do.
    let text = package::parts(&plain).into_iter().find(|(name, _)| name == DOCUMENT).map(|(_, text)| text);
    package::with_part(&plain, DOCUMENT, &text.unwrap_or_default(), true)
}

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The low bits repeat soon.
        self.0 ^ (self.0 >> 33)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 20) % end.max(1)
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// Some words end in digits of their own, or all texts would be packed into nothing.
    fn sentence(&mut self, least: u64, most: u64) -> String {
        let mut text = String::new();
        for _ in 0..self.between(least, most) {
            text.push_str(WORDS[self.below(WORDS.len() as u64) as usize]);
            if self.below(8) == 0 {
                let _ = write!(text, "-{:04x}", self.below(65_536));
            }
            text.push(' ');
        }
        text.pop();
        text.push('.');
        text
    }
}
