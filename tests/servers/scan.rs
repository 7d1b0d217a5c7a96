//! The virus scanner before the reader.

use crate::clamd::{Clamd, test_virus};
use crate::daemon::Setup;
use crate::dovecot::Dovecot;
use crate::mail::{SA, STAFF, file_from, just_now, scal_from};
use crate::sink::Sink;
use crate::wait_for;

pub(crate) fn what_a_real_scanner_finds_is_not_opened_and_mail_waits_while_it_is_away() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut clamd = Clamd::start();
    let mut imap = dovecot.log_in(SA);
    let tables = format!("[scan]\nclamd = \"{}\"\n", clamd.socket().display());
    let mut assured = Setup { tables, ..Setup::default() }.prepare(&dovecot, sink.port());
    let told = String::from_utf8(assured.run(&["check"]).stdout).unwrap();
    let line = format!("✓ virus scanner {}: looks at messages of up to 60 MiB", clamd.socket().display());
    assert!(told.lines().any(|said| said == line), "{line}\n{told}");
    // How far the process is confined depends on the machine.
    let confined = |said: &str| said.starts_with("✓ process that opens") || said.starts_with("! process that opens");
    assert!(told.lines().any(confined), "{told}");

    imap.append("INBOX", just_now(), &scal_from("a@clean.example", "one@clean.example"));
    imap.append("INBOX", just_now(), &file_from("b@ill.example", "two@ill.example", "SCAL.xlsx", &test_virus()));
    assured.start();
    assured.wait_for_cases(2);
    wait_for("letters to both", 60, || (sink.count() >= 4).then_some(()));
    let letter_to = |address: &str| {
        let mut letters = sink.letters().into_iter().filter(|letter| letter.to == address);
        letters.next().unwrap_or_else(|| panic!("no letter to {address}"))
    };
    let answer = letter_to("b@ill.example");
    assert!(answer.says("our virus scanner found") && answer.says("Eicar-Test-Signature"), "{answer:?}");
    assert!(!letter_to("a@clean.example").says("virus scanner"));
    let staff: Vec<_> = sink.letters().into_iter().filter(|letter| letter.to == STAFF).collect();
    assert!(staff.iter().any(|letter| letter.says("Eicar-Test-Signature")), "{staff:?}");

    clamd.stop();
    imap.append("INBOX", just_now(), &scal_from("c@later.example", "three@later.example"));
    wait_for("the daemon to miss the scanner", 60, || assured.log().contains("cannot be reached").then_some(()));
    assert!(String::from_utf8(assured.run(&["check"]).stdout).unwrap().contains("✗ virus scanner "));
    assert_eq!(assured.cases(), 2);
    clamd.go_on();
    assured.wait_for_cases(3);
    assured.stop();
}
