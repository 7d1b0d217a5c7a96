//! The formats in which partners may need letters ("Tell us if you need this in another format").

use serde::{Deserialize, Serialize};

/// A format that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    pub format: Format,
    /// The phrase that asks for it, as it was written: a few words.
    pub words: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    LargePrint,
    EasyRead,
    Braille,
    Audio,
    /// British Sign Language.
    SignLanguage,
    /// Without the HTML part.
    PlainText,
    /// Accessible, or another one that is not named.
    Accessible,
    /// Such as `Welsh`.
    Language(String),
}

impl Format {
    /// As the end of a sentence: `letters in …`.
    pub fn in_words(&self) -> &str {
        match self {
            Self::LargePrint => "large print",
            Self::EasyRead => "easy read",
            Self::Braille => "braille",
            Self::Audio => "audio",
            Self::SignLanguage => "British Sign Language (BSL)",
            Self::PlainText => "plain text",
            Self::Accessible => "an accessible or another format",
            Self::Language(language) => language,
        }
    }
}
