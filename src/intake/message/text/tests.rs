use super::*;
use crate::intake::message::headers::Headers;
use crate::intake::message::mime;

fn words_of(raw: &str) -> Words {
    let (headers, body) = Headers::split(raw.as_bytes());
    words(&mime::walk(&headers, body))
}

fn plain(body: &str) -> String {
    words_of(&format!("Content-Type: text/plain; charset=utf-8\n\n{body}")).new
}

fn html(body: &str) -> String {
    words_of(&format!("Content-Type: text/html; charset=utf-8\n\n{body}")).new
}

#[test]
fn every_table_compiles() {
    assert!(compiles());
}

#[test]
fn quoted_mail_and_signatures_are_cut() {
    for tail in [
        "> old\n> words",
        "On Mon, 23 Nov 2026 at 10:15, Sam <sa@ers.example> wrote:\nold words",
        "On Mon, 23 Nov 2026 at 10:15, Solution Assurance\n<sa@ers.example> wrote:\n\nold words",
        "Le lun. 23 nov. 2026, Sam a écrit :\nold words",
        "-----Original Message-----\nold words",
        "---------- Forwarded message ---------\nFrom: Sam\nold words",
        "Begin forwarded message:\nold words",
        "________________________________\nFrom: Sam\nold words",
        "From: Sam <sa@ers.example>\nSent: 23 November 2026 10:15\nTo: Priya\nSubject: SCAL\n\nold words",
        "*From:* Sam\n*Sent:* Monday\n\nold words",
        "From: Sam Sent: 23 November 2026 10:15 To: Priya Subject: SCAL\nold words",
        "-- \nPriya Nair\nold words",
        "Sent from my iPhone",
        "Get Outlook for iOS",
    ] {
        assert_eq!(plain(&format!("New words.\n\n{tail}\n")), "New words.", "{tail}");
    }
    let between = plain("> old question\nNew answer.\n> another\nSecond answer.\n");
    assert_eq!(between, "New answer.\nSecond answer.");
    for kept in ["From: a supplier's view this is done.", "On Friday we tested it.\nIt works.", "-- no signature"] {
        assert_eq!(plain(kept), kept);
    }
}

#[test]
fn banners_of_mail_systems_are_cut() {
    for banner in [
        "[EXTERNAL]",
        "[EXTERNAL EMAIL]:",
        "CAUTION: This email originated from outside of the organisation. Do not click links or open attachments unless \
         you recognise the sender and know the content is safe.",
        "CAUTION: This email originated from outside of the organisation. Do not click\nlinks or open attachments unless \
         you recognise the sender and know the\ncontent is safe.",
        "This message originated from outside of your organisation",
        "This message originated from outside of NHSmail. Please do not click links or open attachments unless you \
         recognise the sender and know the content is safe.",
        "This email was sent from outside NHSmail.",
        "This email is from an external source.",
        "This message originated outside of the Trust.",
        "External email: This message was sent from outside the Trust. Please exercise caution.",
        "You don't often get email from p.nair@care-vista.example. Learn why this is important \
         <https://aka.ms/LearnAboutSenderIdentification>",
        "Some people who received this message don't often get email from p.nair@care-vista.example. Learn why this is \
         important",
        "*** EXTERNAL EMAIL ***",
    ] {
        let new = plain(&format!("{banner}\n\nOur SCAL is ready.\n"));
        let rest: String = new.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '.')).collect();
        assert_eq!(rest.trim(), "Our SCAL is ready.", "{banner}");
    }
    for kept in [
        "This message comes with our SCAL. Please open the attachment.",
        "This email has external test results attached.",
        "Please do not open a new case.",
    ] {
        assert_eq!(plain(kept), kept);
    }
}

#[test]
fn html_becomes_lines_and_its_quotes_are_cut() {
    assert_eq!(
        html("<html><head><style>p{}</style></head><p>Hello&nbsp;Sam</p><div>See attached</div>"),
        "Hello Sam\n\nSee attached"
    );
    for quote in [
        "<div class=\"gmail_quote gmail_quote_container\">On Monday Sam wrote:<blockquote>old</blockquote></div>",
        "<div id=\"appendonsend\"></div><hr><b>From:</b> Sam<br>old",
        "<hr><div id=\"x_divRplyFwdMsg\" dir=\"ltr\">From: Sam</div>old",
        "<blockquote type=\"cite\">old</blockquote>",
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>From: Sam</div>old",
        "<p><b>From:</b> Sam<br><b>Sent:</b> Monday<br>old</p>",
    ] {
        assert_eq!(html(&format!("<div>New words.</div>{quote}")), "New words.", "{quote}");
    }
}

#[test]
fn plain_is_preferred_and_an_empty_one_gives_way() {
    let both = |plain: &str| {
        words_of(&format!(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{plain}\n--b\n\
             Content-Type: text/html\n\n<p>From HTML <a href=\"https://we.tl/t-1\">here</a></p>\n--b--\n"
        ))
    };
    assert_eq!(both("From plain").new, "From plain");
    assert_eq!(both("From plain").links, ["https://we.tl/t-1"]);
    assert_eq!(both(" ").new, "From HTML here");
}

#[test]
fn links_and_shown_images() {
    let raw = "Content-Type: text/html\n\n<img src=\"cid:image001.png@01D\"><p>https://a.example/x <a href='https://b.example'>b</a>\
               <blockquote type=cite><a href=https://old.example>o</a></blockquote>";
    let words = words_of(raw);
    assert_eq!(words.links, ["https://a.example/x", "https://b.example"]);
    assert!(words.shown_images.contains("image001.png@01D"));
    let many = "https://a.example/ ".repeat(limits::LINKS_MAX + 1);
    assert_eq!(words_of(&format!("X: y\n\n{many}")).links.len(), limits::LINKS_MAX);
    let long = format!("X: y\n\nhttps://a.example/{}", "x".repeat(limits::LINK_CHARS_MAX));
    assert!(words_of(&long).links.is_empty());
}

#[test]
fn text_past_the_limit_is_not_examined() {
    let filler = "é ".repeat(limits::BODY_TEXT_BYTES_MAX / 3);
    let words = words_of(&format!("X: y\n\n{filler} beyond"));
    assert!(words.whole.len() <= limits::BODY_TEXT_BYTES_MAX && !words.new.contains("beyond"));
    let wide =
        format!("Content-Type: text/html\n\n<p>near</p>{}<p>beyond</p>", "<br>\n".repeat(limits::HTML_BYTES_MAX / 5));
    let words = words_of(&wide);
    assert!(words.new.contains("near") && !words.new.contains("beyond"));
}

#[test]
fn charsets_never_fail() {
    for (charset, bytes, expected) in [
        ("utf-8", &b"caf\xc3\xa9"[..], "café"),
        ("utf-8", b"caf\xe9", "café"),
        ("iso-8859-1", b"caf\xe9 \x96", "café –"),
        ("\"windows-1252\"", b"\x93q\x94", "“q”"),
        ("iso-2022-jp", b"\x1b$B$\"\x1b(B", "あ"),
        ("x-unknown", b"caf\xe9", "café"),
        ("us-ascii", b"caf\xe9", "café"),
    ] {
        let raw = [format!("Content-Type: text/plain; charset={charset}\n\n").as_bytes(), bytes].concat();
        let (headers, body) = Headers::split(&raw);
        assert_eq!(words(&mime::walk(&headers, body)).new, expected, "{charset}");
    }
}

#[test]
fn commands_are_the_first_lines_of_new_text() {
    for (body, expected) in [
        ("!accept\n", vec!["!accept"]),
        ("\n\n !accept \n\n!note  rang them\nDear all,\n!stop", vec!["!accept", "!note  rang them"]),
        ("!accept\n\nKind regards,\nAsha\n-- \n!stop", vec!["!accept"]),
        ("!accept\n-- \n!stop", vec!["!accept"]),
        ("!hold waiting for the\nclinical safety team\n!accept", vec!["!hold waiting for the"]),
        ("[EXTERNAL]\n!accept", vec!["!accept"]),
        ("\u{feff}!accept", vec!["!accept"]),
        ("Please do:\n!accept", vec![]),
        ("> !accept\n\nThanks", vec![]),
        ("> !accept\n!changes", vec!["!changes"]),
        ("On Mon, 23 Nov 2026 at 10:15, Sam <sa@ers.example> wrote:\n!accept", vec![]),
        ("-----Original Message-----\n!accept", vec![]),
        ("From: Priya <p@x.example>\nSent: Monday\nTo: Sam\nSubject: x\n\n!accept", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(commands(&plain(body)), expected, "{body:?}");
    }
}

#[test]
fn commands_are_read_in_the_html_of_mail_programs() {
    let outlook = concat!(
        "<html><head><style>p { margin: 0 }</style></head><body><div class=\"WordSection1\">",
        "<p class=\"MsoNormal\"><span>!accept<o:p></o:p></span></p><p class=\"MsoNormal\">&nbsp;</p>",
        "<p class=\"MsoNormal\">!note&nbsp;rang them</p><p class=\"MsoNormal\">Asha Patel</p>",
        "<div style=\"border:none;border-top:solid #E1E1E1 1.0pt\"><p><b>From:</b> Priya<br><b>Sent:</b> Monday</p></div>",
        "<p>!stop</p></div></body></html>",
    );
    let quoted_only = "<div><br></div><div id=\"divRplyFwdMsg\"><b>From:</b> Priya</div><div>!accept</div>";
    let gmail =
        "<div dir=\"ltr\">!changes</div><div class=\"gmail_quote\">On Monday:<blockquote>!accept</blockquote></div>";
    for (body, expected) in
        [(outlook, vec!["!accept", "!note rang them"]), (quoted_only, vec![]), (gmail, vec!["!changes"])]
    {
        assert_eq!(commands(&html(body)), expected, "{body}");
    }
}

#[test]
fn commands_have_limits() {
    let many = "!accept\n".repeat(limits::COMMANDS_MAX + 1);
    assert_eq!(commands(&many).len(), limits::COMMANDS_MAX);
    let long = format!("!note {}", "é".repeat(limits::COMMAND_CHARS_MAX));
    assert_eq!(commands(&long).first().map(|line| line.chars().count()), Some(limits::COMMAND_CHARS_MAX));
}
