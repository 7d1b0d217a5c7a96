//! Loops end, and nobody is flooded: the real program on Maildirs and a simulated clock, facing a second copy of itself,
//! machines that answer every letter, crowds and returned mail. Every number here is counted from letters that left.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod stage;

use stage::{Letter, Post, Stage, days, header, minutes};

const ROBOT: &str = "helpdesk@robot.example";

/// A plain message, as a person or a machine without manners writes it.
fn plain(from: &str, to: &str, subject: &str, id: &str, more: &str, text: &str) -> String {
    format!(
        "Return-Path: <{from}>\r\nFrom: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n{more}\
         Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\n{text}\r\n"
    )
}

/// As a server delivers it: every field as the sender wrote it.
fn delivered(letter: &Letter, from: &str) -> String {
    format!("Return-Path: <{from}>\r\n{}", letter.raw)
}

/// A relay that leaves nothing by which automatic mail is known, and gives a Message-ID of its own.
fn stripped(letter: &Letter, from: &str, number: usize) -> String {
    let (fields, body) = letter.raw.split_once("\r\n\r\n").unwrap();
    let hints = ["auto-submitted", "x-auto-response-suppress", "x-assured-letter", "message-id"];
    let keeps = |field: &&str| !hints.contains(&field.split(':').next().unwrap().to_ascii_lowercase().as_str());
    let fields = fields.replace("\r\n ", " ").replace("\r\n\t", " ");
    let fields: Vec<&str> = fields.split("\r\n").filter(keeps).collect();
    format!("Return-Path: <{from}>\r\nMessage-ID: <{number}@relay.example>\r\n{}\r\n\r\n{body}", fields.join("\r\n"))
}

fn none(_: usize, _: &Letter) -> Vec<Post> {
    Vec::new()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_facing_each_other_stop_at_the_first_letter() {
    let mut stage = Stage::with(&["one.example", "two.example"]).await;
    let (one, two) = (stage.sites[0].address.clone(), stage.sites[1].address.clone());
    let raw = plain(&two, &one, "Our SCAL", "first@two.example", "", "When may we send our SCAL?");
    stage.post(Post { after: minutes(0), to: 0, raw });
    let addresses = [one, two];
    stage
        .play(days(7), |from, letter| {
            let to = addresses.iter().position(|address| *address == letter.to);
            to.map(|to| Post { after: minutes(1), to, raw: delivered(letter, &addresses[from]) }).into_iter().collect()
        })
        .await;
    let counts: Vec<_> = stage.sites.iter().map(|site| (site.count("partner"), site.left.len())).collect();
    println!("partner letters and all letters of each: {counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_behind_a_relay_that_strips_every_sign_stop_within_the_cap() {
    let mut stage = Stage::with(&["one.example", "two.example"]).await;
    let (one, two) = (stage.sites[0].address.clone(), stage.sites[1].address.clone());
    let raw = plain(&two, &one, "Our SCAL", "first@two.example", "", "When may we send our SCAL?");
    stage.post(Post { after: minutes(0), to: 0, raw });
    let addresses = [one, two];
    let mut relayed = 0;
    stage
        .play(days(7), |from, letter| {
            relayed += 1;
            let to = addresses.iter().position(|address| *address == letter.to);
            let raw = stripped(letter, &addresses[from], relayed);
            to.map(|to| Post { after: minutes(1), to, raw }).into_iter().collect()
        })
        .await;
    for site in &stage.sites {
        println!("{}: {} partner, {} all, {} cases", site.address, site.count("partner"), site.left.len(), site.cases().await);
    }
}

/// Plays a machine that answers each letter a minute later.
async fn robot(subject: impl Fn(usize, &Letter) -> String) -> Stage {
    let mut stage = Stage::with(&["ers.example"]).await;
    let ours = stage.site().address.clone();
    let raw = plain(ROBOT, &ours, "Your ticket", "0@robot.example", "", "We have opened a ticket.");
    stage.post(Post { after: minutes(0), to: 0, raw });
    let mut answers = 0;
    stage
        .play(days(7), |_, letter| {
            if letter.to != ROBOT {
                return Vec::new();
            }
            answers += 1;
            let (id, text) = (format!("{answers}@robot.example"), format!("Ticket 4711, note {answers}: thank you."));
            let raw = plain(ROBOT, &ours, &subject(answers, letter), &id, "", &text);
            vec![Post { after: minutes(1), to: 0, raw }]
        })
        .await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn an_autoresponder_without_headers_that_quotes_the_reference_stops_within_the_cap() {
    let stage = robot(|_, letter| format!("Re: {}", letter.subject)).await;
    let site = stage.site();
    println!("{} partner, {} all, {} cases", site.count("partner"), site.left.len(), site.cases().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_autoresponder_with_a_fresh_subject_each_time_opens_no_flood_of_cases() {
    let stage = robot(|number, _| format!("Ticket update number {number}")).await;
    let site = stage.site();
    println!("{} partner, {} all, {} cases", site.count("partner"), site.left.len(), site.cases().await);
}
