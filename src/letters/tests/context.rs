//! What stands beside the content: who looks after the case, what its people need, and letters without HTML.

use mail_parser::MessageParser;

use super::{check, rendered, sample, samples, text_of};

#[test]
fn notices_say_who_looks_after_the_case_and_what_its_people_need() {
    check(&[
        (
            "staff-warning",
            &[
                "Looked after by: Amina Osei, who is away until Friday 4 December 2026: Tom Reid stands in",
                "Format needed: Priya Nair: large print, Welsh",
            ],
        ),
        ("staff-warning-tomorrow", &["Looked after by: Amina Osei, who is away until Friday 4 December 2026 "]),
        ("staff-warning-today", &["Looked after by: Amina Osei Format needed"]),
        (
            "digest-quiet-bare",
            &[
                "Away today: Amina Osei (until Friday 4 December 2026, deputy Tom Reid), Ruth Adeyemi (until Monday 30 \
                 November 2026).",
                "(6 working days), looked after by Amina Osei",
            ],
        ),
    ]);
    assert!(!text_of(&rendered(&sample("staff-breach")).raw).contains("Looked after"));
}

#[test]
fn whoever_asked_for_plain_text_gets_no_html_and_all_else() {
    for (name, mut letter) in samples().letters {
        let both = rendered(&letter).raw;
        letter.context.plain_text = true;
        let plain = rendered(&letter).raw;
        assert!(!String::from_utf8_lossy(&plain).to_lowercase().contains("<html"), "{name}");
        assert_eq!(text_of(&plain).trim_end(), text_of(&both).trim_end(), "{name}");
        let kinds = |raw: &[u8]| {
            let message = MessageParser::default().parse(raw).unwrap().into_owned();
            message.attachments.len()
        };
        assert_eq!(kinds(&plain), kinds(&both), "{name}");
    }
}
