//! Loops end, and nobody is flooded: the real program on Maildirs and a simulated clock, facing a second copy of itself,
//! machines that answer every letter, crowds, and returned mail. Every number is counted from letters that left.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod copies;
mod crowds;
mod returned;
mod robots;
mod stage;

use stage::{Letter, Post, Site, minutes};

/// A plain message, as a person writes it, or a machine without manners.
fn plain(from: &str, to: &str, subject: &str, id: &str, text: &str) -> String {
    format!(
        "Return-Path: <{from}>\r\nFrom: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
         Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\n{text}\r\n"
    )
}

/// Arrives at the only site.
fn arrives(after: i64, raw: String) -> Post {
    Post { after: minutes(after), to: 0, raw }
}

/// Nobody answers.
fn silence(_: usize, _: &Letter) -> Vec<Post> {
    Vec::new()
}

/// The one notice that ends a conversation with a machine, and what staff must learn from it.
fn assert_staff_are_told_once(site: &Site, sender: &str) {
    let told: Vec<&Letter> = site.of("staff-attention").collect();
    assert_eq!(told.len(), 1, "{}", site.address);
    let text = told[0].text();
    for part in [sender, "11 times in a row", "the Message-ID", "in_a_row_max = 10", "!note", "[ERS-0000"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
