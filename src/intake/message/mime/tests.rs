use super::*;

fn tree(raw: &[u8]) -> Tree {
    let (headers, body) = Headers::split(raw);
    walk(&headers, body)
}

fn leaves(raw: &str) -> Vec<(String, String)> {
    tree(raw.as_bytes()).leaves.iter().map(|leaf| (leaf.media.clone(), leaf.text(1000))).collect()
}

fn leaf(media: &str, text: &str) -> (String, String) {
    (media.to_owned(), text.to_owned())
}

#[test]
fn boundaries_as_people_write_them() {
    let head = "Content-Type: multipart/mixed; boundary=\"b\"\n\n";
    for (body, expected) in [
        ("preamble\n--b\n\none\n--b\n\ntwo\n--b--\nepilogue", vec!["one", "two"]),
        ("--b  \n\none\n--b--", vec!["one"]),
        ("--b\n\none\n--bb\nmore\n--b--\n", vec!["one\n--bb\nmore"]),
        ("--b\n\none\ntext --b\n--b\n\ntwo", vec!["one\ntext --b", "two"]),
        ("--b\nContent-Type: text/plain\n\n\none\n\n--b--", vec!["\none\n"]),
        ("no boundary at all", vec!["no boundary at all"]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|text| leaf("text/plain", text)).collect();
        assert_eq!(leaves(&format!("{head}{body}")), expected, "{body}");
        let crlf = format!("{head}{body}").replace('\n', "\r\n");
        let found: Vec<_> =
            leaves(&crlf).into_iter().map(|(media, text)| (media, text.replace("\r\n", "\n"))).collect();
        assert_eq!(found, expected, "{body} with CRLF");
    }
}

#[test]
fn an_inner_boundary_may_begin_with_the_outer() {
    let raw = "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=xy\n\n\
               --xy\n\nplain\n--xy\nContent-Type: text/html\n\n<p>\n--xy--\n--x\nContent-Type: image/png\n\nimage\n--x--\n";
    assert_eq!(leaves(raw), [leaf("text/plain", "plain"), leaf("text/html", "<p>"), leaf("image/png", "image")]);
}

#[test]
fn lesson_43_messages_within_messages_also_when_encoded() {
    let inner = "Message-ID: <in@x>\nSubject: inner\nContent-Type: text/csv\n\na,b";
    let encoded = "TWVzc2FnZS1JRDogPGluQHg+ClN1YmplY3Q6IGlubmVyCkNvbnRlbnQtVHlwZTogdGV4dC9jc3YKCmEsYg==";
    for body in [format!("\n{inner}"), format!("Content-Transfer-Encoding: base64\n\n{encoded}")] {
        let found = tree(format!("Content-Type: message/rfc822\n{body}").as_bytes());
        assert_eq!((found.leaves[0].media.as_str(), found.leaves[0].messages), ("text/csv", 1));
        assert_eq!(found.leaves[0].bytes, b"a,b");
        assert_eq!(found.enclosed[0].message_id.as_ref().map(MessageId::as_str), Some("in@x"));
        assert_eq!(found.enclosed[0].subject, "inner");
    }
    let digest = "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: one\n\nbody\n--d--\n";
    assert_eq!(tree(digest.as_bytes()).enclosed.len(), 1);
}

#[test]
fn e5_names_in_every_writing() {
    for (fields, name) in [
        ("Content-Disposition: attachment; filename=SCAL.xlsx", "SCAL.xlsx"),
        ("Content-Disposition: attachment; filename=\"SCAL v2 (final).xlsx\"", "SCAL v2 (final).xlsx"),
        ("Content-Type: x/y; name=\"a.xlsx\"\nContent-Disposition: attachment; filename=\"b.xlsx\"", "b.xlsx"),
        ("Content-Type: x/y; name=\"a.xlsx\"", "a.xlsx"),
        ("Content-Disposition: attachment; filename*=utf-8''na%C3%AFve%20SCAL.xlsx", "naïve SCAL.xlsx"),
        ("Content-Disposition: attachment; filename*=iso-8859-1'en'na%EFve.xlsx", "naïve.xlsx"),
        (
            "Content-Disposition: attachment;\n filename*0*=utf-8''na%C3%AFve;\n filename*1=\" SCAL\"; filename*2=.xlsx",
            "naïve SCAL.xlsx",
        ),
        ("Content-Type: x/y; name=\"=?utf-8?B?bmHDr3ZlIFNDQUwueGxzeA==?=\"", "naïve SCAL.xlsx"),
        ("Content-Type: x/y;\n name=\"=?utf-8?Q?na=C3=AFve?=\n =?utf-8?Q?_SCAL.xlsx?=\"", "naïve SCAL.xlsx"),
        ("Content-Disposition: attachment; filename=\"naïve.xlsx\"", "naïve.xlsx"),
        ("Content-Disposition: attachment; filename*=x-none''abc.xlsx", "abc.xlsx"),
    ] {
        let found = tree(format!("{fields}\n\nx").as_bytes());
        assert_eq!(found.leaves[0].name.as_deref(), Some(name), "{fields}");
    }
    let raw = b"Content-Disposition: attachment; filename=\"na\xefve.xlsx\"\n\nx";
    assert_eq!(tree(raw).leaves[0].name.as_deref(), Some("naïve.xlsx"));
}

#[test]
fn broken_encodings_give_what_can_be_read() {
    for (encoding, body, expected) in [
        ("base64", "aGVs\nbG8=", "hello"),
        ("BASE64 (x)", "aG*Vs!bG8", "hello"),
        ("quoted-printable", "a=3Db=\nc =C3=A9 =ZZ =", "a=bc é =ZZ ="),
        ("8bit", "plain", "plain"),
        ("x-unknown", "plain", "plain"),
    ] {
        let raw = format!("Content-Transfer-Encoding: {encoding}\n\n{body}");
        assert_eq!(leaves(&raw), [leaf("text/plain", expected)], "{encoding}");
    }
}

fn nested(levels: usize) -> Vec<u8> {
    [b"Content-Type: message/rfc822\n\n".repeat(levels), b"Subject: x\n\nbody".to_vec()].concat()
}

#[test]
fn depth_is_limited() {
    assert!(!tree(&nested(limits::MIME_DEPTH_MAX)).overrun);
    assert!(tree(&nested(limits::MIME_DEPTH_MAX + 1)).overrun);
    let multiparts = |levels: usize| {
        let open: String =
            (0..levels).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        tree(format!("{open}\nbody").as_bytes())
    };
    assert!(!multiparts(limits::MIME_DEPTH_MAX).overrun);
    assert!(multiparts(limits::MIME_DEPTH_MAX + 1).overrun);
}

#[test]
fn parts_and_their_fields_are_limited() {
    let parts = |count: usize, part: &str| {
        tree(
            format!("Content-Type: multipart/mixed; boundary=b\n\n{}--b--", format!("--b\n{part}\n").repeat(count))
                .as_bytes(),
        )
    };
    let most = parts(limits::MIME_PARTS_MAX, "\nx");
    assert!(!most.overrun && most.leaves.len() == limits::MIME_PARTS_MAX);
    assert!(parts(limits::MIME_PARTS_MAX + 1, "\nx").overrun);
    assert!(parts(1, &format!("X: {}\n\nx", "y".repeat(limits::HEADER_BYTES_MAX))).overrun);
    let long = format!("Content-Type: image/png; name={}\n\nx", "y".repeat(limits::MIME_FIELD_BYTES_MAX));
    assert_eq!(parts(1, &long).leaves[0].name, None);
}
