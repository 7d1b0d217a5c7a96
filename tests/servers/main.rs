//! The whole program against real servers: Dovecot, ClamAV, and Postfix where the tests run as root. Each test starts
//! servers of its own on free ports of this machine and stops them again. `tests/run` installs what is missing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod canary;
mod clamd;
mod daemon;
mod dovecot;
mod faults;
mod imap;
mod letters;
mod machine;
mod mail;
mod oauth;
mod operating;
mod postfix;
mod proxy;
mod reading;
mod scan;
mod sending;
mod sink;
mod tokens;
mod volume;

use std::io::Write;
use std::path::Path;
use std::sync::Once;

use machine::{free_ports, is_root, wait_for};

/// Runs each named test where the servers are installed, and knows how many there are.
macro_rules! server_tests {
    ($($file:ident::$name:ident,)*) => {
        const TESTS: usize = [$(stringify!($name)),*].len();
        $(#[test]
        fn $name() {
            if servers_are_installed() {
                $file::$name();
            }
        })*
    };
}

server_tests! {
    volume::a_backlog_of_2000_messages_is_filed_once_each,
    volume::a_message_of_40_mb_is_filed_and_answered_in_little_memory,
    sending::a_letter_refused_for_now_leaves_later_unchanged,
    sending::a_letter_refused_for_good_is_told_to_staff,
    sending::starttls_and_implicit_tls_carry_mail_both_ways,
    reading::the_first_poll_files_and_answers_and_changes_nothing,
    reading::later_polls_bring_only_what_is_new,
    reading::mail_older_than_answer_from_is_only_remembered,
    reading::older_mail_is_fetched_when_a_later_message_answers_it,
    reading::a_changed_uidvalidity_repeats_nothing,
    reading::a_message_that_is_not_delivered_holds_up_no_other_for_long,
    reading::one_message_in_two_mailboxes_is_one_case,
    reading::a_reply_in_the_sent_folder_answers_the_clock,
    operating::a_wrong_password_is_told_once_and_not_tried_in_a_storm,
    operating::a_wrong_password_for_sending_keeps_the_letters_until_it_is_renewed,
    operating::check_tries_everything_and_names_what_is_wrong,
    faults::connections_cut_anywhere_lose_and_repeat_nothing,
    faults::a_server_that_restarts_in_the_middle_of_a_message_is_read_again,
    faults::a_connection_that_went_dead_is_given_up_and_made_anew,
    faults::the_server_announces_mail_on_one_connection_a_folder,
    faults::a_letter_of_unknown_outcome_is_looked_for_in_sent_before_it_is_sent_again,
    faults::a_partner_in_the_junk_folder_is_shown_to_staff_and_answered_once_it_is_moved,
    oauth::an_application_reads_and_sends_with_tokens_of_its_own,
    oauth::a_rotated_refresh_token_outlives_the_program_that_got_it,
    scan::what_a_real_scanner_finds_is_not_opened_and_mail_waits_while_it_is_away,
    canary::a_message_to_ourselves_comes_back_and_its_loss_is_told_once_by_another_way,
    canary::an_alarm_for_a_refused_login_is_raised_once_and_the_heartbeat_waits_for_all_mailboxes,
    operating::a_second_daemon_is_refused,
    operating::commands_go_through_the_running_daemon,
}

/// Says once what is missing. With `ASSURED_REQUIRE_SERVERS=1` that is a failure.
fn servers_are_installed() -> bool {
    static SAID: Once = Once::new();
    let installed = |parts: &[&str]| parts.iter().all(|part| Path::new(part).exists());
    let root = is_root();
    if installed(&dovecot::NEEDS) && installed(&clamd::NEEDS) && (!root || installed(&postfix::NEEDS)) {
        return true;
    }
    let install = "apt-get install dovecot-imapd dovecot-lmtpd dovecot-submissiond postfix clamav-daemon openssl";
    assert!(std::env::var_os("ASSURED_REQUIRE_SERVERS").is_none(), "Servers are missing. As root: {install}");
    SAID.call_once(|| {
        show(&format!("skipped: {TESTS} server tests need: {install}"));
    });
    false
}

/// Shows a line although the test passes: what the macros print, the test harness keeps to itself.
fn show(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}
