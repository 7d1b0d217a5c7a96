//! What goes wrong in the world of the soak, and for how long.

use crate::damage::Damage;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    MailboxGone,
    ConnectionsCut,
    Throttled,
    LoginRefused,
    MailServerRestarted,
    Renumbered,
    SendingTroubled,
    SendingGone,
    DiskFull,
    ClockForward,
    ClockBack,
    Killed,
    KilledAndDamaged(Damage),
    /// Down for so many hours.
    Outage(u8),
}

impl Fault {
    /// Every kind: shuffled, dealt out, and shuffled again.
    pub(crate) const ALL: [Self; 19] = [
        Self::MailboxGone,
        Self::ConnectionsCut,
        Self::Throttled,
        Self::LoginRefused,
        Self::MailServerRestarted,
        Self::Renumbered,
        Self::SendingTroubled,
        Self::SendingTroubled,
        Self::SendingGone,
        Self::DiskFull,
        Self::ClockForward,
        Self::ClockBack,
        Self::Killed,
        Self::KilledAndDamaged(Damage::StoreDeleted),
        Self::KilledAndDamaged(Damage::BytesFlipped),
        Self::KilledAndDamaged(Damage::LineTorn),
        Self::KilledAndDamaged(Damage::LineTornAndStoreDeleted),
        Self::Outage(2),
        Self::Outage(20),
    ];

    /// The program does not outlive it.
    pub(crate) fn ends_the_program(self) -> bool {
        matches!(self, Self::Killed | Self::KilledAndDamaged(_) | Self::Outage(_))
    }

    /// Shorter than the wait after a jump of the clock, so that no notice may be given by a wrong one.
    pub(crate) fn minutes(self) -> i64 {
        match self {
            Self::MailboxGone | Self::Throttled | Self::ClockForward | Self::ClockBack => 45,
            Self::LoginRefused | Self::SendingGone | Self::DiskFull => 60,
            Self::SendingTroubled => 180,
            Self::Outage(hours) => 60 * i64::from(hours),
            Self::ConnectionsCut
            | Self::MailServerRestarted
            | Self::Renumbered
            | Self::Killed
            | Self::KilledAndDamaged(_) => 0,
        }
    }
}
