//! Reports about mail of ours: delivery status (RFC 3464), read receipts (RFC 8098), and bounces in no standard form.
//! Must not decide anything about a case: a report is matched to a letter by the desk.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::ids::{Address, MessageId};
use crate::domain::reading::{Automatic, Bounce, BounceAction};
use crate::intake::limits;

use super::automatic::Seen;
use super::fields::{self, keyword, strip_comments};
use super::headers::{Headers, unfolded};
use super::mime::{Leaf, Tree};
use super::table::Table;

pub(super) struct Report {
    pub(super) kind: Automatic,
    pub(super) bounce: Option<Bounce>,
}

/// C3, C7: `multipart/report`, whatever it reports.
pub(super) fn report(seen: &Seen<'_>) -> Option<Report> {
    if seen.tree.media != "multipart/report" {
        return None;
    }
    let part = |media: &[&str]| {
        seen.tree.leaves.iter().find(|leaf| leaf.messages == 0 && media.contains(&leaf.media.as_str()))
    };
    let original = || original_id(seen);
    if let Some(status) = part(&["message/delivery-status", "message/global-delivery-status"]) {
        let bounce = delivery_status(status, original());
        let kind = if bounce.action == BounceAction::Failed { Automatic::Bounce } else { Automatic::DeliveryNotice };
        return Some(Report { kind, bounce: Some(bounce) });
    }
    let receipt = part(&["message/disposition-notification", "message/global-disposition-notification"]);
    let bounce = receipt.map(|receipt| read_receipt(receipt, original()));
    // A failure report whose status part is missing is still a bounce when a daemon says so.
    let named = matches!(seen.tree.report_type.as_deref(), Some("delivery-status"));
    let guess = (bounce.is_none() && named).then(|| irregular(seen)).flatten();
    Some(guess.unwrap_or(Report { kind: Automatic::DeliveryNotice, bounce }))
}

/// C6: the words of a daemon, which the caller has made sure of.
pub(super) fn irregular(seen: &Seen<'_>) -> Option<Report> {
    let failed = FAILURE.hits(seen.subject) || FAILURE.hits(seen.text);
    let delayed = DELAY.hits(seen.subject) || (!failed && DELAY.hits(seen.text));
    if !failed && !delayed {
        return None;
    }
    let recipient = seen.headers.first("X-Failed-Recipients").map(unfolded);
    let recipient = recipient.and_then(|text| text.split(',').next().and_then(Address::new));
    let (kind, action) = if delayed {
        (Automatic::DeliveryNotice, BounceAction::Delayed)
    } else {
        (Automatic::Bounce, BounceAction::Failed)
    };
    let bounce = Bounce { original: original_id(seen), recipient, status: status_code(seen.text), action };
    Some(Report { kind, bounce: Some(bounce) })
}

/// C4: by recipient; one failure outweighs any delay, and a delay is no failure.
fn delivery_status(status: &Leaf, original: Option<MessageId>) -> Bounce {
    let mut bounce = Bounce { original, recipient: None, status: None, action: BounceAction::Other };
    let mut rest = status.bytes.as_slice();
    let mut recipients = 0;
    while !rest.is_empty() && recipients < limits::REPORT_RECIPIENTS_MAX {
        let (block, after) = Headers::split(rest);
        rest = after;
        let recipient = block.first("Original-Recipient").or_else(|| block.first("Final-Recipient"));
        let Some(recipient) = recipient else { continue };
        recipients += 1;
        let code =
            block.first("Status").map(|value| strip_comments(&unfolded(value))).and_then(|text| status_code(&text));
        let action = action(block.first("Action").map(keyword).as_deref(), code.as_deref());
        if recipients == 1 || outweighs(action, bounce.action) {
            bounce = Bounce { original: bounce.original, recipient: typed_address(recipient), status: code, action };
        }
    }
    bounce
}

/// By `Action`, and where it is missing by the class of the status (lesson 25).
fn action(action: Option<&str>, status: Option<&str>) -> BounceAction {
    match (action, status.and_then(|code| code.chars().next())) {
        (Some("failed"), _) => BounceAction::Failed,
        (Some("delayed"), _) => BounceAction::Delayed,
        (Some("delivered" | "relayed" | "expanded"), _) => BounceAction::Other,
        (_, Some('5')) => BounceAction::Failed,
        (_, Some('4')) => BounceAction::Delayed,
        (_, _) => BounceAction::Other,
    }
}

fn outweighs(new: BounceAction, old: BounceAction) -> bool {
    let weight = |action| match action {
        BounceAction::Failed => 2,
        BounceAction::Delayed => 1,
        BounceAction::Other => 0,
    };
    weight(new) > weight(old)
}

fn read_receipt(receipt: &Leaf, original: Option<MessageId>) -> Bounce {
    let (block, _) = Headers::split(&receipt.bytes);
    let named = block.first("Original-Message-ID").and_then(|value| fields::ids(value).into_iter().next());
    let recipient = block.first("Original-Recipient").or_else(|| block.first("Final-Recipient"));
    let recipient = recipient.and_then(typed_address);
    Bounce { original: named.or(original), recipient, status: None, action: BounceAction::Other }
}

/// `rfc822; someone@x.example`.
fn typed_address(value: &[u8]) -> Option<Address> {
    let text = strip_comments(&unfolded(value));
    let address = text.split_once(';').map_or(text.as_str(), |(_, address)| address);
    Address::new(address.trim().trim_start_matches('<').trim_end_matches('>'))
}

/// C5: from the returned message or headers, else from the text, else from what the report replies to.
fn original_id(seen: &Seen<'_>) -> Option<MessageId> {
    returned_id(seen.tree)
        .or_else(|| {
            let found = ID_IN_TEXT.as_ref().and_then(|id| id.captures(seen.text))?;
            found.get(1).and_then(|id| MessageId::new(id.as_str()))
        })
        .or_else(|| fields::references(seen.headers).into_iter().next())
}

fn returned_id(tree: &Tree) -> Option<MessageId> {
    let headers = tree.leaves.iter().find(|leaf| leaf.media == "text/rfc822-headers");
    let returned = tree.enclosed.first().and_then(|message| message.message_id.clone());
    returned.or_else(|| headers.and_then(|leaf| fields::message_id(&Headers::split(&leaf.bytes).0)))
}

fn status_code(text: &str) -> Option<String> {
    let found = STATUS.as_ref().and_then(|status| status.find(text))?;
    Some(found.as_str().to_owned())
}

static STATUS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b[245]\.\d{1,3}\.\d{1,3}\b").ok());
static ID_IN_TEXT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bmessage-id:\s*(<[^<>\s]{1,900}@[^<>\s]{1,200}>)").ok());

static FAILURE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\bundeliver(able|ed)\b",
        r"\bdelivery (status notification|has failed|failed|failure|problem|report)\b",
        r"\b(mail|message) delivery (failed|failure|subsystem)\b",
        r"\breturned (mail|to sender)\b",
        r"\bfailure notice\b",
        r"\b(could|can) ?not be delivered\b",
        r"\b(wasn't|was not) delivered\b",
        r"\bpermanent (fatal )?error",
        r"\b5\d\d[ -]5\.\d{1,3}\.\d{1,3}\b",
    ])
});
static DELAY: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\b(message|mail|delivery)( is| was| has been)? (delayed|still being retried)\b",
        r"\bdelivery( status notification)? \(?delay",
        r"\b(could not|not) (be |been )?delivered (yet|so far)\b",
        r"\bwarning: (could not send|message)",
    ])
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reading::MessageFacts;
    use crate::intake::Receiver;
    use crate::intake::message::{Documents, read};

    fn report_of(kind: &str, status: &str, returned: &str) -> MessageFacts {
        let raw = format!(
            "Return-Path: <>\nFrom: postmaster@mx.example\nSubject: Report\nIn-Reply-To: <reply@ers.example>\n\
             Content-Type: multipart/report; report-type={kind}; boundary=\"b\"\n\n--b\n\nSorry.\n--b\n\
             Content-Type: message/{kind}\n\n{status}\n--b\n{returned}\n--b--\n"
        );
        read(raw.as_bytes(), &Receiver::default(), Documents::Skip)
    }

    const RETURNED: &str = "Content-Type: message/rfc822\n\nMessage-ID: <1.0@ers.example>\nSubject: x\n\nbody";

    #[test]
    fn every_table_compiles() {
        assert!(FAILURE.compiles() && DELAY.compiles() && STATUS.is_some() && ID_IN_TEXT.is_some());
    }

    #[test]
    fn c3_c4_action_and_status_by_recipient() {
        let to = |who: &str, rest: &str| format!("\nFinal-Recipient: rfc822; {who}@x.example\n{rest}\n");
        let top = "Reporting-MTA: dns; mx.example\n";
        for (blocks, kind, action, who, status) in [
            (
                to("a", "Action: failed\nStatus: 5.1.1 (no such user)"),
                Automatic::Bounce,
                BounceAction::Failed,
                "a",
                Some("5.1.1"),
            ),
            (
                to("a", "Action: Delayed (4h)\nStatus: 4.4.1"),
                Automatic::DeliveryNotice,
                BounceAction::Delayed,
                "a",
                Some("4.4.1"),
            ),
            (
                to("a", "Action: delivered\nStatus: 2.0.0"),
                Automatic::DeliveryNotice,
                BounceAction::Other,
                "a",
                Some("2.0.0"),
            ),
            (to("a", "Action: relayed"), Automatic::DeliveryNotice, BounceAction::Other, "a", None),
            (to("a", "Status: 5.7.1"), Automatic::Bounce, BounceAction::Failed, "a", Some("5.7.1")),
            (to("a", "Status: 4.7.1"), Automatic::DeliveryNotice, BounceAction::Delayed, "a", Some("4.7.1")),
            (
                to("a", "Action: delayed\nStatus: 4.4.1") + &to("b", "Action: failed\nStatus: 5.2.2"),
                Automatic::Bounce,
                BounceAction::Failed,
                "b",
                Some("5.2.2"),
            ),
        ] {
            let facts = report_of("delivery-status", &format!("{top}{blocks}"), RETURNED);
            let bounce = facts.bounce.unwrap();
            assert_eq!((facts.automatic, bounce.action), (Some(kind), action), "{blocks}");
            assert_eq!(bounce.recipient.unwrap().local_part(), who, "{blocks}");
            assert_eq!(bounce.status.as_deref(), status, "{blocks}");
            assert!(facts.documents.is_empty() && facts.findings.is_empty() && facts.no_answer.is_some());
        }
    }

    #[test]
    fn c5_the_original_is_named_by_what_was_returned() {
        let status = "\nFinal-Recipient: rfc822;a@x.example\nAction: failed\n";
        let headers = "Content-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID:\n <2.0@ers.example>\n";
        let quoted = "Content-Type: text/plain\n\nMessage-ID: <3.0@ers.example>\n";
        for (returned, id) in [
            (RETURNED, "1.0@ers.example"),
            (headers, "2.0@ers.example"),
            (quoted, "3.0@ers.example"),
            ("\nnothing", "reply@ers.example"),
        ] {
            let bounce = report_of("delivery-status", status, returned).bounce.unwrap();
            assert_eq!(bounce.original.unwrap().as_str(), id);
        }
    }

    #[test]
    fn c7_a_read_receipt_is_no_reply() {
        let receipt = "Final-Recipient: rfc822;a@x.example\nOriginal-Message-ID: <9.1@ers.example>\n\
                       Disposition: manual-action/MDN-sent-manually; displayed\n";
        let facts = report_of("disposition-notification", receipt, "\n");
        assert_eq!(facts.automatic, Some(Automatic::DeliveryNotice));
        let bounce = facts.bounce.unwrap();
        assert_eq!((bounce.original.unwrap().as_str(), bounce.action), ("9.1@ers.example", BounceAction::Other));
    }

    #[test]
    fn recipients_past_the_limit_are_not_looked_at() {
        let ok = "\nFinal-Recipient: rfc822; a@x.example\nAction: delivered\n".repeat(limits::REPORT_RECIPIENTS_MAX);
        let late = format!("{ok}\nFinal-Recipient: rfc822; b@x.example\nAction: failed\n");
        assert_eq!(report_of("delivery-status", &late, RETURNED).automatic, Some(Automatic::DeliveryNotice));
        let in_time = late.replacen("\nFinal-Recipient: rfc822; a@x.example\nAction: delivered\n", "", 1);
        assert_eq!(report_of("delivery-status", &in_time, RETURNED).automatic, Some(Automatic::Bounce));
    }
}
