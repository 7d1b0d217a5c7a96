//! In which formats a sender asks for our letters: large print, Welsh, no HTML. Only words that ask count, since many
//! documents here speak of such formats: "the system supports braille" asks for nothing. A person reads every message
//! anyway, so doubt counts as no.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::reading::{Format, Need};
use crate::intake::limits;

use super::says::sentences;
use super::table::Table;

/// What they ask for, each format once, with the phrase that asks.
pub(super) fn needs(new: &str) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    for sentence in sentences(new).filter(|sentence| !ABOUT_SOMETHING_ELSE.hits(sentence)) {
        for (format, request) in REQUESTS.iter() {
            let Some(found) = request.as_ref().and_then(|request| request.find(&sentence)) else { continue };
            let format = format.clone().or_else(|| language_in(found.as_str()));
            let words = found.as_str().trim().chars().take(limits::NEED_CHARS_MAX).collect();
            if let Some(format) = format.filter(|format| needs.iter().all(|known| known.format != *format)) {
                needs.push(Need { format, words });
            }
        }
    }
    needs
}

/// The last word of a request for a language.
fn language_in(request: &str) -> Option<Format> {
    let mut words = request.rsplit(|c: char| !c.is_alphanumeric());
    let language = words.find_map(|word| LANGUAGES.split(' ').find(|language| language.eq_ignore_ascii_case(word)));
    language.map(|language| Format::Language(language.to_owned()))
}

/// What a product does for its users, and what nobody needs.
static ABOUT_SOMETHING_ELSE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\b(patients?|citizens?|clinicians?|users?|product|system|application|apps?|software|screens?|module|feature)\b",
        r"\bsupport(s|ed|ing)?\b",
        r"\b(want|need|like|require|prefer)s? to (offer|provide|send|print|produce|show|display|build|deliver|create|make|issue|generate|test)\b",
        r"\b(not|no longer|never|don't|don’t|doesn't|doesn’t) (\w+ ){0,3}?(need|require|want|send|provide)",
    ])
});

/// `None` is a language.
static REQUESTS: LazyLock<Vec<(Option<Format>, Option<Regex>)>> = LazyLock::new(|| {
    let language = format!("(?:in|into) (?:{})", LANGUAGES.replace(' ', "|"));
    let formats = FORMATS.iter().map(|(format, words, bare)| (Some(format.clone()), request(words, bare)));
    formats.chain([(None, request(&language, &language))]).collect()
});

/// The words that ask, then a few words, then the format; or the bare format and "please".
fn request(format: &str, bare: &str) -> Option<Regex> {
    let asks = ASKS.join("|");
    let few_words = "(?: [^ ]+){0,8}?";
    Regex::new(&format!(r"(?i)\b(?:{asks})\b{few_words} (?:{format})\b|\b(?:{bare}),? please\b")).ok()
}

const ASKS: [&str; 4] = [
    r"(?:please|kindly|(?:could|can|would|will) you|are you able to)(?: please| kindly)? (?:re-?send|send|provide|e-?mail|write|give|supply|issue|share|let (?:me|us) have|make)",
    r"(?:grateful|appreciate it) if you (?:could|would)(?: please| kindly)? (?:re-?send|send|provide|e-?mail|write|give|supply|share)",
    r"(?:could|can|may|might) (?:i|we)(?: please| kindly)? (?:have|get|receive|be (?:sent|given))",
    r"(?:i|we|he|she|they|(?:our|my) (?:[^ ]+ ){0,4}?[^ ]+)(?: would|'d|’d| will| do| also){0,2} (?:needs?|requires?|prefers?|like|wants?)",
];

/// Each as it follows the words that ask, and bare.
const FORMATS: [(Format, &str, &str); 7] = [
    (
        Format::LargePrint,
        r"(?:in|as) (?:a )?larger?[- ](?:print|font|type|text)|an? larger?[- ]print (?:version|copy)",
        r"larger?[- ]print",
    ),
    (Format::EasyRead, r"(?:in|as) (?:an )?easy[- ]read|an easy[- ]read (?:version|copy)", r"easy[- ]read"),
    (Format::Braille, r"(?:in|as) (?:a )?braille|an? braille (?:version|copy)", r"braille"),
    (
        Format::Audio,
        r"(?:in|as|on) (?:an )?audio(?: cd| file| format| recording)?|an audio (?:version|copy|recording)",
        r"audio (?:version|copy|recording)",
    ),
    (
        Format::SignLanguage,
        r"(?:(?:in|as|into) |an? )?(?:bsl|british sign language)(?: interpreter| interpretation| video| version)?",
        r"bsl(?: interpreter| video| version)?",
    ),
    (
        Format::PlainText,
        r"(?:in|as) (?:plain|simple)[- ]text|a plain[- ]text (?:version|copy)|plain[- ]text (?:e?-?mails?|letters?)|without html",
        r"plain[- ]text(?: e?-?mails?| letters?)?(?: only)?|no html",
    ),
    (
        Format::Accessible,
        r"(?:in|as) (?:an? )?(?:more )?(?:accessible|alternative|another|different) formats?|an? (?:more )?accessible (?:version|copy|document|format|pdf)",
        r"accessible (?:format|version|copy)",
    ),
];

/// Other than English, as they are spoken here.
const LANGUAGES: &str = "Welsh Polish Urdu Punjabi Panjabi Bengali Gujarati Arabic French Spanish Portuguese Romanian \
    German Italian Somali Turkish Chinese Mandarin Cantonese Hindi Tamil Ukrainian Farsi Kurdish";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Format> {
        needs(text).into_iter().map(|need| need.format).collect()
    }

    #[test]
    fn every_pattern_compiles() {
        assert!(ABOUT_SOMETHING_ELSE.compiles());
        assert!(REQUESTS.iter().all(|(_, request)| request.is_some()));
    }

    #[test]
    fn requests_for_a_format_are_heard() {
        let welsh = || Format::Language("Welsh".to_owned());
        for (text, expected) in [
            ("Please send your letters in large print.", Format::LargePrint),
            ("Could I have this in larger text, please?", Format::LargePrint),
            ("Hello,\n\nour clinical safety officer needs these\nletters in large print. Thanks", Format::LargePrint),
            ("Large print please", Format::LargePrint),
            ("We would need an easy read version.", Format::EasyRead),
            ("Can you provide the outcome in braille?", Format::Braille),
            ("Could we get your emails as an audio file?", Format::Audio),
            ("I would prefer them on audio CD.", Format::Audio),
            ("We need a BSL interpreter for the session.", Format::SignLanguage),
            ("Please provide the guidance in British Sign Language.", Format::SignLanguage),
            ("Please send emails in plain text.", Format::PlainText),
            ("plain text only, please", Format::PlainText),
            ("Please send me your emails without HTML", Format::PlainText),
            ("No HTML please.", Format::PlainText),
            ("I'd like plain text emails", Format::PlainText),
            ("Could I have the letter in Welsh?", welsh()),
            ("we will need this in welsh", welsh()),
            ("Please could you send the guidance in Polish", Format::Language("Polish".to_owned())),
            ("We need the requirement list in an accessible format.", Format::Accessible),
            ("Yes, I need this in another format", Format::Accessible),
            ("We would be grateful if you could send it in an alternative format", Format::Accessible),
            ("Could you let us have an accessible PDF?", Format::Accessible),
        ] {
            assert_eq!(read(text), [expected], "{text}");
        }
        let both = "Please send letters in large print. My colleague needs them in Welsh. Large print please!";
        assert_eq!(read(both), [Format::LargePrint, welsh()]);
        assert_eq!(needs(both)[0].words, "Please send letters in large print");
        let long = format!("Please send{} in braille", " w".repeat(8).replace('w', &"w".repeat(60)));
        assert_eq!(needs(&long)[0].words.chars().count(), limits::NEED_CHARS_MAX);
    }

    #[test]
    fn words_about_a_format_that_ask_for_nothing_are_not() {
        for text in [
            "",
            "The system supports braille.",
            "Our product can show letters in large print.",
            "We need patients to get their letters in braille.",
            "Does e-RS support screen readers and large print?",
            "Requirement A005-03 asks for an accessible format.",
            "We want to offer letters in Welsh.",
            "We would like to provide leaflets in easy read.",
            "We do not need this in large print.",
            "We don't require an accessible version.",
            "You no longer need to send it in plain text.",
            "Please find attached our accessibility statement in large print.",
            "Please see the evidence of our Welsh translation.",
            "Please provide evidence that large print was tested.",
            "The letter is in Welsh.",
            "Tell us if you need this in another format.",
            "Could you tell us whether letters can be sent in braille?",
            "Please send the pack. It was tested in French and German.",
            "The plain text part of your email was empty.",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
