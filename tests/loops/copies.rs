//! Two copies of the program that write to one another.

use crate::stage::{Letter, Post, Stage, days, minutes};
use crate::{assert_staff_are_told_once, plain};

const DOMAINS: [&str; 2] = ["one.example", "two.example"];

/// A person in the mailbox of the second copy asks the first; from then on each letter travels to the other as `relay`
/// leaves it. Played for a week.
async fn face_each_other(relay: impl Fn(&Letter, &str, usize) -> String) -> Stage {
    let mut stage = Stage::with(&DOMAINS).await;
    let addresses = DOMAINS.map(|domain| format!("sa@{domain}"));
    let [one, two] = &addresses;
    let raw = plain(two, one, "Our SCAL", "first@two.example", "When may we send our SCAL?");
    stage.post(Post { after: minutes(0), to: 0, raw });
    let mut relayed = 0;
    stage
        .play(days(7), |from, letter| {
            let Some(to) = addresses.iter().position(|address| *address == letter.to) else { return Vec::new() };
            relayed += 1;
            vec![Post { after: minutes(1), to, raw: relay(letter, &addresses[from], relayed) }]
        })
        .await;
    stage
}

/// As a server delivers it: every field as the sender wrote it.
fn delivered(letter: &Letter, from: &str, _: usize) -> String {
    format!("Return-Path: <{from}>\r\n{}", letter.raw)
}

/// A relay that leaves no sign of automatic mail, and gives a Message-ID of its own.
fn stripped(letter: &Letter, from: &str, number: usize) -> String {
    let (fields, body) = letter.raw.split_once("\r\n\r\n").unwrap();
    let fields = fields.replace("\r\n ", " ");
    let signs = ["auto-submitted", "x-auto-response-suppress", "x-assured-letter", "message-id"];
    let stays = |field: &&str| !signs.contains(&field.split(':').next().unwrap().to_ascii_lowercase().as_str());
    let fields: Vec<&str> = fields.split("\r\n").filter(stays).collect();
    format!("Return-Path: <{from}>\r\nMessage-ID: <{number}@relay.example>\r\n{}\r\n\r\n{body}", fields.join("\r\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_facing_each_other_stop_at_the_first_letter() {
    let stage = face_each_other(delivered).await;
    let counts: Vec<_> = stage.sites.iter().map(|site| (site.count("partner"), site.left.len())).collect();
    println!("two copies: (partner letters, all letters) of each {counts:?}");
    assert_eq!(
        counts,
        [(1, 2), (0, 0)],
        "an acknowledgement and its notice to staff; the other copy files it in silence"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_behind_a_relay_that_strips_every_sign_stop_within_the_caps() {
    let stage = face_each_other(stripped).await;
    for site in &stage.sites {
        let (partner, notices) = (site.count("partner"), site.count("staff-new"));
        println!(
            "stripped, {}: {partner} partner letters, {notices} notices, {} in all",
            site.address,
            site.left.len()
        );
        assert_eq!((partner, notices, site.cases().await), (10, 10, 1), "{}", site.address);
    }
    let [one, two] = &stage.sites[..] else { panic!("two sites") };
    // The first copy stopped first, so that the other one never got an eleventh message.
    assert_staff_are_told_once(one, &two.address);
    assert_eq!(two.count("staff-attention"), 0);
}
