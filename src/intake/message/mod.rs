//! One message: any bytes in, facts out. Never fails and never panics; what is over a limit is not opened and says so.
//! The text of the mail must not leave this module: only what the rules need is derived from it, lines that are commands,
//! and the few words that ask for letters in another format.

mod absence;
mod agreement;
mod archive;
mod attachments;
mod authentication;
mod automatic;
mod bounce;
mod fields;
mod findings;
mod headers;
mod identity;
mod mime;
mod names;
mod needs;
mod not_routine;
mod says;
mod scheduling;
mod table;
mod text;
mod winmail;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::ids::IdentityDigest;
use crate::domain::reading::{Automatic, Matter, MessageFacts, Says};

use super::{Receiver, limits};
use automatic::Seen;
use findings::{Had, Unopened};
use headers::Headers;
use mime::Tree;
use text::Words;

pub use attachments::Attachment;

/// What to do with the attached files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Documents {
    Read,
    /// List them unread, after one of them stopped the reader: each is then read on its own (see `attachments`).
    Skip,
}

/// Everything that the rules may know of the message.
pub fn read(raw: &[u8], receiver: &Receiver, documents: Documents) -> MessageFacts {
    let (mut facts, files) = open(raw, receiver);
    facts.documents = files.into_iter().map(|file| file.into_document(documents, receiver)).collect();
    facts.findings.extend(findings::not_copied(&facts, receiver));
    facts
}

/// The attached files, one for each of the `documents` of `read`, in the same order.
pub fn attachments(raw: &[u8], receiver: &Receiver) -> Vec<Attachment> {
    open(raw, receiver).1
}

/// Facts of the top-level header fields alone, for a message whose body stopped the reader.
pub fn envelope_only(raw: &[u8], receiver: &Receiver) -> MessageFacts {
    unopened(raw, receiver, Unopened::Hostile)
}

/// When the receiving server took the message: the topmost `Received` field, else `Date`.
pub fn arrival(raw: &[u8]) -> Option<Timestamp> {
    fields::arrival(&Headers::split(raw).0)
}

fn open(raw: &[u8], receiver: &Receiver) -> (MessageFacts, Vec<Attachment>) {
    if raw.len() > limits::MESSAGE_BYTES_MAX {
        return (unopened(raw, receiver, Unopened::TooLarge), Vec::new());
    }
    let (headers, body) = Headers::split(raw);
    let tree = mime::walk(&headers, body);
    if tree.overrun {
        return (unopened(raw, receiver, Unopened::Hostile), Vec::new());
    }
    let words = text::words(&tree);
    let identity = identity::of(&headers, &tree);
    let mut facts = facts(&headers, &tree, &words, identity, receiver);
    let is_report = matches!(facts.automatic, Some(Automatic::Bounce | Automatic::DeliveryNotice));
    if is_report {
        // What a report returns is our own letter, or cut off: never a submission.
        return (facts, Vec::new());
    }
    facts.findings = findings::before_files(&tree, &words);
    let messages = !tree.enclosed.is_empty();
    let (files, too_many) = attachments::collect(tree, &words.shown_images, receiver);
    let had = Had { files: !files.is_empty(), messages, explained: !facts.findings.is_empty() };
    facts.findings.extend(findings::missing_files(&words, &facts.says, facts.automatic, had));
    facts.findings.extend(too_many);
    (facts, files)
}

fn unopened(raw: &[u8], receiver: &Receiver, why: Unopened) -> MessageFacts {
    let (headers, body) = Headers::split(raw);
    let identity = identity::of_unopened(&headers, body);
    let tree = mime::top_only(&headers);
    let mut facts = facts(&headers, &tree, &Words::default(), identity, receiver);
    facts.says = Says::default();
    facts.findings.push(findings::unopened(why));
    facts
}

fn facts(
    headers: &Headers<'_>,
    tree: &Tree,
    words: &Words,
    identity: IdentityDigest,
    receiver: &Receiver,
) -> MessageFacts {
    let authors = fields::authors(headers);
    let return_path = fields::return_path(headers);
    let subject = headers.first("Subject").map(|value| fields::text(value, limits::SUBJECT_CHARS_MAX));
    let subject = subject.unwrap_or_default();
    let verdict = automatic::judge(
        &Seen {
            headers,
            from: authors.first.as_ref().map(|mailbox| &mailbox.address),
            return_path: &return_path,
            subject: &subject,
            tree,
            text: &words.whole,
        },
        receiver,
    );
    let references = fields::references(headers);
    // What no person wrote speaks of many things to everybody, and is never answered.
    let speaks_of = |text: &str| if verdict.automatic.is_none() { not_routine::matters(text) } else { Vec::new() };
    let of_subject = speaks_of(&subject);
    let (new, of_reply) = match not_routine::is_subject_of_reply(&subject, !references.is_empty()) {
        true => (Vec::new(), of_subject),
        false => (of_subject, Vec::new()),
    };
    let not_routine: BTreeSet<Matter> = new.into_iter().chain(speaks_of(&words.new)).collect();
    let is_staff = authors.first.as_ref().is_some_and(|from| receiver.may_command(&from.address));
    let commands = if is_staff { text::commands(&words.new) } else { Vec::new() };
    let arrived = fields::arrival(headers).map(|at| at.to_zoned(TimeZone::UTC).date());
    let needs = if is_staff || verdict.automatic.is_some() { Vec::new() } else { needs::needs(&words.new) };
    let away = absence::away(verdict.automatic.filter(|_| is_staff), &words.new, arrived);
    let notice = authors.first.as_ref().is_some_and(|from| receiver.agreement_notices_from.contains(&from.address));
    let agreement = if notice { agreement::told(&words.new, &subject) } else { None };
    MessageFacts {
        identity,
        message_id: fields::message_id(headers),
        references,
        authenticated: authentication::authenticated(headers, &authors, receiver),
        from: authors.first,
        return_path,
        to: fields::recipients(headers, "To"),
        cc: fields::recipients(headers, "Cc"),
        says: Says { needs, away, ..says::says(&words.new, &subject) },
        not_routine: not_routine.into_iter().collect(),
        not_routine_reply_subject: of_reply,
        agreement,
        commands,
        subject,
        automatic: verdict.automatic,
        no_answer: verdict.no_answer,
        bounce: verdict.bounce,
        scheduling: scheduling::scheduling(tree),
        documents: Vec::new(),
        findings: Vec::new(),
    }
}
