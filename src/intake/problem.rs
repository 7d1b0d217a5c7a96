//! Why a file as a whole cannot be read, and what its sender should do about it. Words only; decides nothing.

use crate::domain::reading::{Finding, FindingCode};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Damaged,
    Hostile,
    PasswordProtected,
    TooLarge {
        bytes_max: u64,
    },
    /// With what the file is, as in "it is …".
    Unsupported(&'static str),
}

impl Problem {
    pub(super) fn code(self) -> FindingCode {
        match self {
            Self::Damaged => FindingCode::Damaged,
            Self::Hostile => FindingCode::Hostile,
            Self::PasswordProtected => FindingCode::PasswordProtected,
            Self::TooLarge { .. } => FindingCode::TooLarge,
            Self::Unsupported(_) => FindingCode::UnsupportedType,
        }
    }

    pub(super) fn finding(self) -> Finding {
        let message = match self {
            Self::Damaged => {
                "We could not open this file: it is damaged or incomplete. Open it on your computer, save it \
                again and send the new copy."
                    .to_owned()
            }
            Self::Hostile => {
                "We did not open this file: it holds far more data than a form or a test pack, or content that \
                such files do not have. Copy your answers into a fresh copy of the template and send that."
                    .to_owned()
            }
            Self::PasswordProtected => {
                "We could not open this file: it is protected by a password. Remove the password (in Excel or \
                Word: File, Info, Protect, Encrypt with Password, clear the box), save it and send it again."
                    .to_owned()
            }
            Self::TooLarge { bytes_max } => format!(
                "We did not open this file: it is larger than {} MB. Remove pictures and embedded files that we \
                did not ask for, and send it again.",
                bytes_max / (1024 * 1024)
            ),
            Self::Unsupported(what) => format!(
                "We could not read this file: it is {what}. Send forms and test packs as an Excel workbook \
                (.xlsx) or a Word document (.docx)."
            ),
        };
        Finding::new(self.code(), message)
    }
}
