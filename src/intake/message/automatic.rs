//! Whether a person wrote this message, and whether an answer may go out (STANDARDS A1 to A7, C3, C6 to C8).
//! Only header fields and the form of the message are evidence; a subject alone never is.

use std::sync::LazyLock;

use crate::domain::ids::Address;
use crate::domain::reading::{Automatic, Bounce, ReturnPath};
use crate::intake::Receiver;

use super::bounce;
use super::fields::{keyword, strip_comments};
use super::headers::{Headers, unfolded};
use super::mime::Tree;
use super::table::Table;

/// The header that our own letters carry.
const OWN_LETTER: &str = "X-Assured-Letter";

/// What the rules look at. `tree` is empty for a message that is not opened.
pub(super) struct Seen<'m> {
    pub(super) headers: &'m Headers<'m>,
    pub(super) from: Option<&'m Address>,
    pub(super) return_path: &'m ReturnPath,
    pub(super) subject: &'m str,
    pub(super) tree: &'m Tree,
    pub(super) text: &'m str,
}

pub(super) struct Verdict {
    pub(super) automatic: Option<Automatic>,
    pub(super) bounce: Option<Bounce>,
    pub(super) no_answer: Option<String>,
}

pub(super) fn judge(seen: &Seen<'_>, receiver: &Receiver) -> Verdict {
    let own = seen.from.is_some_and(|from| receiver.own_addresses.contains(from));
    let no_answer = no_answer(seen, own).map(str::to_owned);
    if own && (auto_submitted(seen.headers).is_some() || seen.headers.has(OWN_LETTER)) {
        return Verdict { automatic: Some(Automatic::Own), bounce: None, no_answer };
    }
    let report = bounce::report(seen).or_else(|| from_daemon(seen).then(|| bounce::irregular(seen)).flatten());
    let (automatic, bounce) = match report {
        Some(report) => (Some(report.kind), report.bounce),
        None => (kind(seen), None),
    };
    // Whatever a report says and however it is built, it is never answered (A7, C6).
    let no_answer = no_answer.or_else(|| bounce.is_some().then(|| "A7: a delivery report".to_owned()));
    Verdict { automatic, bounce, no_answer }
}

fn kind(seen: &Seen<'_>) -> Option<Automatic> {
    let precedence = seen.headers.first("Precedence").map(keyword).unwrap_or_default();
    if is_scheduling(seen.tree) {
        Some(Automatic::Calendar)
    } else if auto_submitted(seen.headers).is_some() || vendor_hint(seen.headers) || precedence == "auto_reply" {
        Some(if ABSENCE.hits(seen.subject) { Automatic::OutOfOffice } else { Automatic::AutoReply })
    } else if has_list_field(seen.headers) || precedence == "list" {
        Some(Automatic::List)
    } else if matches!(precedence.as_str(), "bulk" | "junk") {
        Some(Automatic::Bulk)
    } else if seen.from.is_some_and(is_mail_system) {
        // A report that says neither failure nor delay in words that are known here: no person wrote it (C6, lesson 20).
        Some(Automatic::DeliveryNotice)
    } else {
        None
    }
}

/// The first rule that forbids an answer. A5 forbids one without making the message automatic (lesson 29).
fn no_answer(seen: &Seen<'_>, own: bool) -> Option<&'static str> {
    let headers = seen.headers;
    let path = match seen.return_path {
        ReturnPath::Address(address) => Some(address),
        ReturnPath::Absent | ReturnPath::Null => None,
    };
    let precedence = headers.first("Precedence").map(keyword).unwrap_or_default();
    let rules = [
        (auto_submitted(headers).is_some(), "A1: Auto-Submitted says that no person sent it"),
        (*seen.return_path == ReturnPath::Null, "A2: null reverse-path"),
        // A bounce address is the reverse-path of much that people write, by way of a help desk or a mailing service.
        (seen.from.is_some_and(takes_bounces), "A3: the sender's address takes no answers"),
        (seen.from.into_iter().chain(path).any(is_robot), "A3: the sender's address takes no answers"),
        (has_list_field(headers), "A4: a mailing list"),
        (matches!(precedence.as_str(), "bulk" | "list" | "junk" | "auto_reply"), "A4: Precedence asks for no answer"),
        (suppresses_replies(headers), "A5: X-Auto-Response-Suppress"),
        (vendor_hint(headers) || headers.has("X-Loop"), "A6: a header of an automatic sender"),
        (own, "A7: from one of our own addresses"),
        (headers.has(OWN_LETTER), "A7: one of our own letters"),
        (seen.tree.media == "multipart/report", "A7: a delivery report"),
        (is_scheduling(seen.tree), "A9: an invitation or an answer to one"),
        (seen.from.is_none(), "A9: no readable sender"),
    ];
    rules.into_iter().find_map(|(applies, rule)| applies.then_some(rule))
}

/// A1: the keyword, unless it is `no`. RFC 3834 §5 allows comments and parameters around it.
fn auto_submitted(headers: &Headers<'_>) -> Option<String> {
    headers.all("Auto-Submitted").map(keyword).find(|keyword| keyword != "no")
}

/// A3. Separators do not count: `no-reply`, `no_reply` and `noreply` are one.
fn is_robot(address: &Address) -> bool {
    let local = address.local_part();
    let joined: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    local.starts_with("owner-")
        || local.ends_with("-request")
        || is_daemon(address)
        || ["noreply", "donotreply", "dontreply", "donotrespond", "autoreply"]
            .iter()
            .any(|words| joined.contains(words))
}

/// `bounces`, `bounce+priya=carevista.example`, `bounces-4711`.
fn takes_bounces(address: &Address) -> bool {
    let word = address.local_part().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    matches!(word, "bounce" | "bounces")
}

/// People read the mail of a postmaster, and may write from there.
fn is_daemon(address: &Address) -> bool {
    address.local_part() == "postmaster" || is_mail_system(address)
}

fn is_mail_system(address: &Address) -> bool {
    let local = address.local_part();
    local == "mailer-daemon" || local.starts_with("microsoftexchange329e71ec88ae4615bbc36ab6ce41109e")
}

fn from_daemon(seen: &Seen<'_>) -> bool {
    *seen.return_path == ReturnPath::Null || seen.from.is_some_and(is_daemon)
}

/// A4.
fn has_list_field(headers: &Headers<'_>) -> bool {
    headers.iter().any(|field| field.starts_with("List-"))
}

/// A5: tokens in any case and order. `OOF` alone concerns absence notices, which an acknowledgement is not.
fn suppresses_replies(headers: &Headers<'_>) -> bool {
    headers.all("X-Auto-Response-Suppress").any(|value| {
        let text = strip_comments(&unfolded(value)).to_lowercase();
        text.split([',', ';', ' ']).any(|token| matches!(token, "all" | "autoreply"))
    })
}

/// A6. `X-Loop` is not among them: people's mail that passed a filter or a list carries it too.
fn vendor_hint(headers: &Headers<'_>) -> bool {
    const HINTS: [&str; 6] = [
        "X-Autoreply",
        "X-Auto-Reply",
        "X-Autorespond",
        "X-Autoresponder",
        "X-Mail-Autoreply",
        "X-FC-Machinegenerated",
    ];
    let set = |value: &[u8]| !matches!(keyword(value).as_str(), "no" | "false");
    HINTS.iter().any(|hint| headers.all(hint).any(set))
}

/// An invitation, its change or an answer (RFC 6047 §2.4); a calendar file that somebody attached has no method.
fn is_scheduling(tree: &Tree) -> bool {
    tree.leaves.iter().filter(|leaf| leaf.messages == 0 && leaf.media == "text/calendar").any(|leaf| {
        let method = leaf.parameter("method").unwrap_or_default().to_ascii_lowercase();
        matches!(method.as_str(), "request" | "reply" | "counter" | "declinecounter" | "cancel" | "refresh" | "add")
    })
}

static ABSENCE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"^(automatic reply|auto(matic)?[- ]?(reply|response))\b",
        r"\bout[- ]of[- ](the[- ])?office\b",
        r"\b(on|annual) leave\b",
        r"\baway from (the|my) (office|desk|email)\b",
        r"^(abwesend|abwesenheitsnotiz|automatische antwort|réponse automatique|absence du bureau)\b",
        r"^(respuesta automática|fuera de la oficina|risposta automatica|automatisch antwoord|autosvar)\b",
    ])
});

#[cfg(test)]
mod tests;
