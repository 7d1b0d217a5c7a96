//! What happens in the demo's month: messages that arrive, and what staff do on the command line.

use jiff::Timestamp;

use crate::domain::ids::Folder;
use crate::intake::message::arrival;

/// Something that the outside world does.
pub(super) struct Scene {
    pub(super) at: Timestamp,
    pub(super) what: Act,
}

pub(super) enum Act {
    Mail {
        mailbox: &'static str,
        folder: Folder,
        name: &'static str,
        raw: &'static [u8],
    },
    /// A member of staff on the command line.
    Command {
        case: &'static str,
        command: &'static str,
    },
}

/// The end of the month: from here the demo runs at real speed.
pub(super) const ENDS: &str = "2026-11-30T18:00:00Z";
pub(super) const STARTS: &str = "2026-11-02T08:00:00Z";

macro_rules! mail {
    ($mailbox:literal, $folder:expr, $name:literal) => {
        Act::Mail {
            mailbox: $mailbox,
            folder: $folder,
            name: $name,
            raw: include_bytes!(concat!("../../../fixtures/demo/", $name, ".eml")),
        }
    };
}

/// All scenes in the order of their time.
pub(super) fn scenes() -> Vec<Scene> {
    let mail = [
        mail!("sa", Folder::Inbox, "01-care-vista-scal"),
        mail!("sa", Folder::Inbox, "02-acorn-scal-with-gaps"),
        mail!("sa", Folder::Inbox, "03-acorn-scal-again"),
        mail!("sa", Folder::Sent, "04-staff-reply-to-care-vista"),
        mail!("sa", Folder::Inbox, "05-care-vista-out-of-office"),
        mail!("sa", Folder::Inbox, "06-care-vista-thanks"),
        mail!("sa", Folder::Sent, "07-staff-reply-to-acorn"),
        mail!("sa", Folder::Inbox, "08-northgate-broken-workbook"),
        mail!("sa", Folder::Inbox, "09-northgate-scal"),
        mail!("lsob", Folder::Inbox, "09-northgate-scal"),
        mail!("sa", Folder::Inbox, "10-northgate-question"),
        mail!("sa", Folder::Inbox, "11-bounce"),
        mail!("sa", Folder::Inbox, "12-care-vista-pack"),
        mail!("sa", Folder::Sent, "13-staff-reply-to-northgate"),
    ];
    let commands =
        [("2026-11-05T14:00:00Z", "ERS-00001", "!accept"), ("2026-11-06T14:05:00Z", "ERS-00002", "!changes")];
    let mut scenes: Vec<Scene> = mail
        .into_iter()
        .filter_map(|what| match what {
            Act::Mail { raw, .. } => Some(Scene { at: arrival(raw)?, what }),
            Act::Command { .. } => None,
        })
        .collect();
    scenes.extend(
        commands.into_iter().filter_map(|(at, case, command)| {
            Some(Scene { at: at.parse().ok()?, what: Act::Command { case, command } })
        }),
    );
    scenes.sort_by_key(|scene| scene.at);
    scenes
}
