//! Machines that answer each letter and carry no sign of it.

use assured::adapters::control::Request;

use crate::stage::{Letter, Site, Stage, days, minutes};
use crate::{arrives, assert_staff_are_told_once, plain, silence};

const ROBOT: &str = "helpdesk@robot.example";

/// A week with a machine that answers each letter a minute later, under a subject of its choice.
async fn answer_each_letter(stage: &mut Stage, subject: impl Fn(usize, &Letter) -> String) {
    let ours = stage.site().address.clone();
    let raw = plain(ROBOT, &ours, "Your ticket 4711", "0@robot.example", "We have opened a ticket.");
    stage.post(arrives(0, raw));
    let mut answers = 0;
    stage
        .play(days(7), |_, letter| {
            if letter.to != ROBOT {
                return Vec::new();
            }
            answers += 1;
            let (id, text) =
                (format!("{answers}@robot.example"), format!("We have added note {answers} to your ticket."));
            vec![arrives(1, plain(ROBOT, &ours, &subject(answers, letter), &id, &text))]
        })
        .await;
}

fn told(name: &str, site: &Site) {
    let (partner, notices) = (site.count("partner"), site.count("staff-new"));
    let (hour, day) = (site.most_within(ROBOT, minutes(60)), site.most_within(ROBOT, days(1)));
    let all = site.left.len();
    println!(
        "{name}: {partner} partner letters ({hour} in an hour, {day} in a day at most), {notices} notices, {all} in all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_autoresponder_without_headers_that_quotes_the_reference_stops_within_the_cap() {
    let mut stage = Stage::with(&["ers.example"]).await;
    answer_each_letter(&mut stage, |_, letter| format!("Re: {}", letter.subject)).await;
    let site = stage.site();
    told("quoting robot", site);
    assert_eq!((site.count("partner"), site.count("staff-new"), site.cases().await), (10, 10, 1));
    assert!(site.most_within(ROBOT, minutes(60)) <= 5, "the cap of an hour");
    assert_staff_are_told_once(site, ROBOT);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_autoresponder_with_a_fresh_subject_each_time_opens_no_flood_of_cases() {
    let mut stage = Stage::with(&["ers.example"]).await;
    answer_each_letter(&mut stage, |number, _| format!("Ticket update number {number}")).await;
    let site = stage.site();
    told("robot with fresh subjects", site);
    assert_eq!((site.count("partner"), site.count("staff-new"), site.cases().await), (10, 10, 1));
    assert_staff_are_told_once(site, ROBOT);
}

/// From an address that sent two SCALs, what names neither case might open one each time.
#[tokio::test(flavor = "multi_thread")]
async fn an_autoresponder_at_the_address_of_several_cases_opens_one_more_and_no_flood() {
    let mut stage = Stage::with(&["ers.example"]).await;
    for (demo, sender) in
        [("01-care-vista-scal", "priya.nair@carevista.example"), ("09-northgate-scal", "tom.achebe@northgate.example")]
    {
        let path = format!("{}/fixtures/demo/{demo}.eml", env!("CARGO_MANIFEST_DIR"));
        let raw = std::fs::read_to_string(path).unwrap();
        assert!(raw.contains(sender), "the fixture changed");
        stage.post(arrives(0, raw.replace(sender, ROBOT)));
    }
    stage.play(minutes(30), silence).await;
    let site = stage.site();
    assert_eq!((site.count("partner"), site.cases().await), (2, 2));
    answer_each_letter(&mut stage, |number, _| format!("Ticket update number {number}")).await;
    let site = stage.site();
    told("robot with two SCALs", site);
    assert_eq!((site.count("partner"), site.count("staff-new"), site.cases().await), (2 + 10, 2 + 10, 3));
    assert_staff_are_told_once(site, ROBOT);
}

/// Each of these is answered at once: nothing is attached, although it says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_cap_keeps_letters_in_and_the_outbox_says_which_and_why() {
    let mut stage = Stage::with(&["ers.example"]).await;
    let ours = stage.site().address.clone();
    for number in 0..8 {
        let id = format!("{number}@robot.example");
        stage.post(arrives(number * 2, plain(ROBOT, &ours, "Our SCAL", &id, "Please find attached our SCAL.")));
    }
    stage.play(minutes(20), silence).await;
    assert_eq!(stage.site().of("unreadable").count(), 5, "5 an hour to one address");
    let rows = stage.site().ask(Request::Outbox).await.rows;
    let kept: Vec<_> = rows.iter().filter(|row| row["state"] == "waiting").collect();
    assert_eq!(kept.len(), 3);
    for row in kept {
        assert_eq!(
            (&row["to"], &row["kind"], &row["case"]),
            (&ROBOT.into(), &"unreadable".into(), &"ERS-00001".into())
        );
        assert_eq!(row["reason"], "the cap of 5 letters an hour to one address is reached");
        assert_eq!(row["not_before"], "2026-11-23T10:00:00Z", "an hour after the first");
        assert!(row["message_id"].as_str().unwrap().ends_with("@ers.example"), "{row}");
    }
    stage.play(minutes(120), silence).await;
    let site = stage.site();
    told("eight unreadable", site);
    assert_eq!((site.of("unreadable").count(), site.most_within(ROBOT, minutes(60))), (8, 5));
}
