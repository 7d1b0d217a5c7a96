//! Who is away, and who stands in: `!away`, `!back`, and out-of-office messages.

use jiff::civil::date;

use super::world::{World, address, at, calendar};
use super::{Mail, Step, check_in, command, mail, scal, tick};
use crate::domain::command::{Command, Manner};
use crate::domain::effect::{Content, Effect, Letter};
use crate::domain::event::Event;
use crate::domain::policy::{Role, StaffMember};
use crate::domain::reading::{Authenticated, Automatic, AwayNotice};

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";

/// Omar stands in for Lee, the lead, and Lee for Asha.
fn deputised() -> World {
    World::with(|policy| {
        for (who, deputy) in [("lee", "omar"), ("asha", "lee")] {
            let member = policy.staff.iter_mut().find(|member| member.name == who).expect("a colleague");
            member.deputy = Some(address(&format!("{deputy}@staff.example")));
        }
    })
}

fn out_of_office(text: &str, until: Option<&str>) -> Mail {
    let away = AwayNotice { from: None, until: until.map(|day| day.parse().expect("a day")) };
    mail(text).from("lee@staff.example").with(|facts| {
        facts.automatic = Some(Automatic::OutOfOffice);
        facts.no_answer = Some("A1: Auto-Submitted says that no person sent it".to_owned());
        facts.says.away = Some(away);
    })
}

fn is_away(world: &World, who: &str, text: &str) -> bool {
    world.absences.on(&address(&format!("{who}@staff.example")), calendar().local_date(at(text))).is_some()
}

#[test]
fn a_deputy_hears_what_a_lead_hears_who_is_away_and_the_lead_hears_it_too() {
    let breach = "staff-breach(1) | scal-review, due 30 Nov";
    check_in(
        deputised(),
        &[
            (scal("mon 10:00"), SCAL),
            (command("mon 11:00", "!away lee@staff.example 30 November to 2 December"), "- | scal-review, due 30 Nov"),
            (tick("fri 09:00"), "staff-warning(1) | scal-review, due 30 Nov"),
            (tick("tue+1 08:30"), breach),
            (tick("wed+1 08:30"), "staff-escalation(2) to lee+omar | scal-review, due 30 Nov"),
            (tick("thu+1 08:30"), "staff-escalation(3) to lee | scal-review, due 30 Nov"),
        ],
    );
    let mut world = deputised();
    world.play(&scal("mon 10:00"));
    world.play(&command("mon 11:00", "!away lee@staff.example until 2 December"));
    world.play(&tick("tue+1 08:30"));
    world.play(&command("tue+1 09:00", "!back lee@staff.example"));
    assert_eq!(world.play(&tick("wed+1 08:30")), "staff-escalation(2) to lee | scal-review, due 30 Nov");
}

#[test]
fn a_deputy_who_is_away_too_has_a_deputy_and_nobody_gets_a_letter_twice() {
    let mut world = deputised();
    world.play(&command("mon 09:00", "!away asha@staff.example until 4 December"));
    assert_eq!(world.play(&scal("mon 10:00")), SCAL.replace("staff-new", "staff-new to lee"));
    world.play(&command("mon 10:10", "!away lee@staff.example until 4 December"));
    world.play(&command("mon 10:20", "!assign lee"));
    let asks = mail("mon 11:00").asks().answers("letter-0@ers.example").arrives();
    let told = world.play(&asks);
    assert!(told.contains("staff-new to lee+omar"), "{told}");
    assert!(world.why.contains("to lee too, as asha is away; to omar too, as lee is away"), "{}", world.why);
    let escalated = world.play(&tick("wed+1 08:30"));
    assert!(escalated.starts_with("staff-escalation(2) to lee+omar |"), "{escalated}");
}

#[test]
fn where_a_lead_is_away_without_a_deputy_the_whole_team_hears_all_the_same() {
    let mut world = World::with(|policy| {
        let amir = StaffMember {
            name: "amir".to_owned(),
            address: address("amir@staff.example"),
            roles: [Role::Sa].into(),
            deputy: None,
        };
        policy.staff.push(amir);
    });
    world.play(&scal("mon 10:00"));
    world.play(&command("mon 11:00", "!away lee@staff.example until 4 December"));
    let escalated = world.play(&tick("wed+1 08:30"));
    assert_eq!(escalated, "staff-escalation(2) to lee+amir | scal-review, due 30 Nov");
}

#[test]
fn an_absence_is_about_whoever_gives_it_or_is_named() {
    let gives = |text: &str, line: &str| mail(text).commands("", &[line]).arrives();
    let mut world = check_in(
        deputised(),
        &[
            (gives("mon 10:00", "!away until 27 November"), "command-reply(!away until 27 November)"),
            (
                gives("mon 10:10", "!away omar@staff.example tomorrow"),
                "command-reply(!away omar@staff.example tomorrow)",
            ),
            (gives("mon 10:20", "!away x@staff.example tomorrow"), "command-reply(not !away x@staff.example tomorrow)"),
        ],
    );
    let Content::CommandReply(reply) = &world.contents[0] else { panic!("no reply") };
    let remark = "asha is away from Monday 23 November 2026 to Friday 27 November 2026, and lee stands in.";
    assert_eq!(reply.done[0].remark.as_deref(), Some(remark));
    let Content::CommandReply(reply) = &world.contents[2] else { panic!("no reply") };
    let listed = "Listed are asha@staff.example, omar@staff.example, lee@staff.example.";
    assert!(reply.refused.as_ref().unwrap().why.ends_with(listed), "{:?}", reply.refused);
    assert!(is_away(&world, "asha", "fri 10:00") && !is_away(&world, "asha", "sat 10:00"));
    assert!(is_away(&world, "omar", "tue 10:00") && !is_away(&world, "omar", "mon 10:00"));
    assert_eq!(world.play(&gives("tue 09:00", "!back")), "command-reply(!back)");
    assert!(!is_away(&world, "asha", "tue 10:00") && is_away(&world, "omar", "tue 10:00"));
    for (line, why) in [
        ("!back", "asha is not away, and no absence is planned."),
        ("!back nobody@staff.example", "nobody@staff.example is not listed as staff"),
        ("!back lee@staff.example", "lee is not away"),
    ] {
        let refused = world.play(&command("tue 10:00", line));
        assert!(refused.starts_with("refused: ") && refused.contains(why), "{line}: {refused}");
    }
    let by = "root".to_owned();
    let (command, manner) = (Command::Back { who: None }, Manner::default());
    let by_root = Event::CommandGiven { at: at("tue 10:10"), by, case: None, command, manner };
    let refused = world.play(&Step::Event(Box::new(by_root)));
    assert!(refused.contains("root is no name of the staff: put the address"), "{refused}");
}

#[test]
fn an_out_of_office_message_of_ours_counts_for_the_days_it_names_and_is_never_answered() {
    let mut world = deputised();
    assert_eq!(world.play(&out_of_office("mon 10:00", Some("2026-12-02")).arrives()), "-");
    assert!(world.why.contains("lee is away until Wednesday 2 December 2026"), "{}", world.why);
    assert!(is_away(&world, "lee", "mon 10:00") && is_away(&world, "lee", "wed+1 10:00"));
    assert!(!is_away(&world, "lee", "thu+1 10:00"));
    let known = world.absences.clone();
    world.play(&out_of_office("tue 10:00", None).arrives());
    assert_eq!(world.absences, known, "one that names no day shortens nothing");
    world.play(&out_of_office("wed 10:00", Some("2026-12-04")).arrives());
    assert!(is_away(&world, "lee", "fri+1 10:00"));
}

#[test]
fn an_out_of_office_message_without_a_day_counts_for_its_day_and_the_next_working_day() {
    let mut world = deputised();
    world.play(&out_of_office("fri 10:00", None).arrives());
    assert!(is_away(&world, "lee", "fri 10:00") && is_away(&world, "lee", "mon+1 10:00"));
    assert!(!is_away(&world, "lee", "tue+1 10:00") && !is_away(&world, "lee", "thu 10:00"));
}

#[test]
fn what_does_not_prove_who_is_away_or_is_long_past_counts_for_nothing() {
    let until = || out_of_office("mon 10:00", Some("2026-12-02"));
    for mail in [
        until().authenticated(Authenticated::None),
        until().authenticated(Authenticated::Fail),
        until().from("priya@carevista.example"),
        until().seen("thu+1 10:00"),
        until().with(|facts| facts.says.away = None),
    ] {
        let mut world = deputised();
        world.play(&mail.arrives());
        assert_eq!(world.absences, World::default().absences, "{}", world.why);
    }
}

#[test]
fn the_digest_says_who_is_away_and_reaches_their_deputy() {
    let mut world = deputised();
    world.play(&scal("mon 10:00"));
    world.play(&command("mon 11:00", "!away lee@staff.example until 2 December"));
    world.play(&Step::Event(Box::new(Event::DayBegan { at: at("fri 08:30"), day: date(2026, 11, 27) })));
    let digests: Vec<&Letter> = world.last.effects.iter().map(|Effect::Send(letter)| &**letter).collect();
    let of_sa = digests.iter().filter(|letter| letter.mailbox.as_str() == "sa");
    let to: Vec<&str> = of_sa.map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, ["asha@staff.example", "lee@staff.example", "omar@staff.example"]);
    let Content::Digest(digest) = &digests[0].content else { panic!("no digest") };
    let [away] = digest.away.as_slice() else { panic!("{:?}", digest.away) };
    let told = (away.name.as_str(), away.until, away.deputy.as_deref());
    assert_eq!(told, ("lee", date(2026, 12, 2), Some("omar")));
}
