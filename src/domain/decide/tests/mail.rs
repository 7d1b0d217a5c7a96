//! Messages for the stories, each built from an ordinary one of the partner's.

use jiff::SignedDuration;

use super::Step;
use super::world::{PARTNER, address, at};
use crate::domain::event::{Arrival, Event};
use crate::domain::ids::{BlobDigest, Folder, IdentityDigest, MailboxName, MessageId, Place, Position};
use crate::domain::reading::{
    Attendee, Authenticated, Automatic, Document, DocumentKind, Finding, FindingCode, Mailbox, MessageFacts, Method,
    Participation, ReturnPath, Says, Scal, Scheduling, Supplier, WitnessPack,
};

/// A message in the making.
#[derive(Clone)]
pub(super) struct Mail(Arrival);

impl Mail {
    /// From the partner to SA, seen a minute after it arrived, with nothing in it.
    pub(super) fn at(text: &str) -> Self {
        let received_at = at(text);
        let id = format!("{text}@carevista.example").replace([' ', ':'], "-");
        let facts = MessageFacts {
            identity: IdentityDigest::from_hex(&id),
            message_id: MessageId::new(&id),
            references: Vec::new(),
            from: Some(person(PARTNER)),
            return_path: ReturnPath::Address(address(PARTNER)),
            to: vec![person("sa@ers.example")],
            cc: Vec::new(),
            subject: "Care Vista Link".to_owned(),
            automatic: None,
            no_answer: None,
            bounce: None,
            scheduling: None,
            authenticated: Authenticated::Pass,
            says: Says { anything: true, ..Says::default() },
            not_routine: Vec::new(),
            not_routine_reply_subject: Vec::new(),
            agreement: None,
            commands: Vec::new(),
            documents: Vec::new(),
            findings: Vec::new(),
        };
        let place = Place {
            mailbox: MailboxName::new("sa"),
            folder: Folder::Inbox,
            at: Position::Imap { uid_validity: 1, uid: 1 },
        };
        let seen_at = received_at + SignedDuration::from_mins(1);
        Self(Arrival {
            at: seen_at,
            place,
            received_at,
            raw: BlobDigest::from_hex("00"),
            bytes: 1,
            facts,
            older: false,
        })
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut MessageFacts)) -> Self {
        change(&mut self.0.facts);
        self
    }

    pub(super) fn seen(mut self, text: &str) -> Self {
        self.0.at = at(text);
        self
    }

    /// From before mail was answered here.
    pub(super) fn older(mut self) -> Self {
        self.0.older = true;
        self
    }

    pub(super) fn from(self, who: &str) -> Self {
        self.with(|facts| facts.from = Some(person(who)))
    }

    /// Written by a person in the shared mailbox, to the partner.
    pub(super) fn by_team(self) -> Self {
        self.from("sa@ers.example").with(|facts| facts.to = vec![person(PARTNER)])
    }

    pub(super) fn subject(self, subject: &str) -> Self {
        self.with(|facts| facts.subject = subject.to_owned())
    }

    pub(super) fn answers(self, id: &str) -> Self {
        self.with(|facts| facts.references.extend(MessageId::new(id)))
    }

    pub(super) fn authenticated(self, authenticated: Authenticated) -> Self {
        self.with(|facts| facts.authenticated = authenticated)
    }

    pub(super) fn in_mailbox(mut self, name: &str) -> Self {
        self.0.place.mailbox = MailboxName::new(name);
        self.with(|facts| facts.to = vec![person(&format!("{name}@ers.example"))])
    }

    pub(super) fn scal(self, content: &str) -> Self {
        self.scal_of("Care Vista Link", content)
    }

    pub(super) fn scal_of(self, product: &str, content: &str) -> Self {
        let supplier = Supplier { product: Some(product.to_owned()), ..Supplier::default() };
        let scal = Scal { supplier, template_known: true, for_this_service: true, ..Scal::default() };
        self.document(DocumentKind::Scal(Box::new(scal)), content)
    }

    pub(super) fn pack(self, content: &str) -> Self {
        self.document(DocumentKind::WitnessPack(WitnessPack::default()), content)
    }

    pub(super) fn document(self, kind: DocumentKind, content: &str) -> Self {
        let document = Document {
            name: format!("{content}.xlsx"),
            bytes: 1,
            sha256: BlobDigest::from_hex(content),
            readable: true,
            problem: None,
            kind,
            findings: Vec::new(),
        };
        self.with(|facts| facts.documents.push(document))
    }

    pub(super) fn unreadable(self, problem: FindingCode) -> Self {
        self.document(DocumentKind::Other, "locked").with(|facts| {
            let document = facts.documents.last_mut().expect("just added");
            document.readable = false;
            document.problem = Some(problem);
            document.findings.push(Finding::new(problem, "It could not be read."));
        })
    }

    pub(super) fn asks(self) -> Self {
        self.with(|facts| facts.says.question = true)
    }

    pub(super) fn thanks(self) -> Self {
        self.with(|facts| facts.says.thanks_only = true)
    }

    /// From Asha of SA to the shared mailbox, as the links in her notices write it.
    pub(super) fn commands(self, subject: &str, lines: &[&str]) -> Self {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        self.from("asha@staff.example").subject(subject).with(|facts| facts.commands = lines)
    }

    /// From a calendar: about the event with this UID, from Thursday 26 November 10.30am to midday.
    pub(super) fn calendar(self, method: Method, uid: &str, attendees: &[(&str, Option<Participation>)]) -> Self {
        let attendee = |(who, answer): &(&str, _)| Attendee { address: address(who), answer: *answer };
        let scheduling = Scheduling {
            method,
            uid: uid.to_owned(),
            sequence: 0,
            attendees: attendees.iter().map(attendee).collect(),
            starts: Some(at("thu 10:30")),
            ends: Some(at("thu 12:00")),
            link: Some("https://meet.example/1".to_owned()),
        };
        self.with(|facts| (facts.automatic, facts.scheduling) = (Some(Automatic::Calendar), Some(scheduling)))
    }

    /// Found where a filter puts what it takes for junk.
    pub(super) fn junk(mut self) -> Step {
        self.0.place.folder = Folder::Junk;
        Step::Event(Box::new(Event::JunkSeen(self.0)))
    }

    pub(super) fn arrives(self) -> Step {
        Step::Mail(Box::new(self.0))
    }

    /// Found in the Sent folder of this mailbox of ours.
    pub(super) fn in_sent_of(mut self, mailbox: &str) -> Step {
        self.0.place.mailbox = MailboxName::new(mailbox);
        self.sent()
    }

    pub(super) fn sent(mut self) -> Step {
        self.0.place.folder = Folder::Sent;
        Step::Sent(Box::new(self.0))
    }
}

pub(super) fn person(text: &str) -> Mailbox {
    Mailbox { name: None, address: address(text) }
}
