//! More mail at once than can be right.

use std::collections::BTreeSet;

use assured::adapters::control::Request;

use crate::stage::{Site, Stage, days, minutes};
use crate::{arrives, plain, silence};

const SENDERS: usize = 300;
const BREAKER: usize = 200;

fn but_for_the_alarm(site: &Site) -> usize {
    site.left.len() - site.count("staff-attention")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_breaker_trips_at_200_letters_an_hour_and_a_person_lets_the_rest_go_once() {
    let mut stage = Stage::with(&["ers.example"]).await;
    let ours = stage.site().address.clone();
    for number in 0..SENDERS {
        let from = format!("person@supplier-{number}.example");
        let raw = plain(&from, &ours, "Our SCAL", &format!("{number}@supplier.example"), "When may we send our SCAL?");
        stage.post(arrives(i64::try_from(number).unwrap() / 5, raw));
    }
    stage.play(days(1), silence).await;
    let site = stage.site();
    println!("{SENDERS} senders: {} letters left, {} tell of it", site.left.len(), site.count("staff-attention"));
    assert_eq!((but_for_the_alarm(site), site.count("staff-attention")), (BREAKER, 1), "also a day later");
    assert_eq!(site.cases().await, SENDERS, "all mail is filed all the same");
    let alarm = site.of("staff-attention").next().unwrap();
    assert!(
        alarm.text().contains("!start") && alarm.text().contains("200 letters left within an hour"),
        "{}",
        alarm.text()
    );
    let outbox = site.ask(Request::Outbox).await;
    assert!(outbox.message.is_some_and(|says| says.contains("!start")));

    // An acknowledgement and a notice for each sender; each time a person looks, 200 more may leave.
    for (expected, told) in [(2 * BREAKER, 2), (2 * SENDERS, 2)] {
        stage.site().command("!start").await;
        stage.play(days(2), silence).await;
        let site = stage.site();
        println!("after !start: {} letters left, {} tell of it", site.left.len(), site.count("staff-attention"));
        assert_eq!((but_for_the_alarm(site), site.count("staff-attention")), (expected, told));
    }
    let site = stage.site();
    let different: BTreeSet<&str> = site.left.iter().map(|letter| letter.message_id.as_str()).collect();
    assert_eq!(different.len(), site.left.len(), "each letter leaves once");
    assert_eq!((site.count("acknowledgement"), site.count("staff-new")), (SENDERS, SENDERS));
    let at_most = site.most(minutes(1));
    assert!(at_most <= 30, "{at_most} in a minute");
}
