//! Tests of `decide` as stories: a step, and after the arrow what it led to.
//! `acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov` are the letters and, after the bar,
//! how the case stands. Times name a day of the week of Monday 23 November 2026, or of `+1`, the week after.

mod absence;
mod agreement_notice;
mod assign;
mod calendar_reply;
mod canary;
mod commanded;
mod commands;
mod contacts;
mod corrections;
mod delivery;
mod differences;
mod documents;
mod form_sender;
mod journey;
mod junk;
mod late;
mod mail;
mod messages;
mod moments;
mod needs;
mod not_routine;
mod one_letter;
mod people;
mod properties;
mod received;
mod routing;
mod row;
mod sessions;
mod silence;
mod table;
mod told;
mod undo;
mod world;

use mail::Mail;
use world::{Step, World};

/// Plays a story and compares every line.
fn check(story: &[(Step, &str)]) -> World {
    check_in(World::default(), story)
}

fn check_in(mut world: World, story: &[(Step, &str)]) -> World {
    for (number, (step, expected)) in story.iter().enumerate() {
        let line = world.play(step);
        assert_eq!(line, *expected, "step {} of the story: {}", number + 1, world.why);
    }
    world
}

fn mail(at: &str) -> Mail {
    Mail::at(at)
}

fn scal(at: &str) -> Step {
    mail(at).scal("scal-1").arrives()
}

fn pack(at: &str) -> Step {
    mail(at).pack("pack-1").arrives()
}

fn asks(at: &str) -> Step {
    mail(at).asks().arrives()
}

/// A person of the team answers from the shared mailbox.
fn replies(at: &str) -> Step {
    mail(at).by_team().sent()
}

fn tick(at: &str) -> Step {
    Step::Tick(world::at(at))
}

fn command(at: &str, text: &str) -> Step {
    Step::Command(world::at(at), text.to_owned())
}
