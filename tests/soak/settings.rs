//! The configuration of the program in the soak: one mailbox on a server, one in a Maildir, every clock set.

use crate::mail::{LSOB, SA};

pub(crate) fn configuration(imap: u16, smtp: u16) -> String {
    format!(
        r#"
answer_from = "2023-10-29"
trust = [{{ authserv_id = "mx.ers.example" }}]
witness_pack_link = "https://packs.ers.example/pack"
[days]
witness_pack_response = 5
enquiry_response = 5
outcome = 10
[days.reminder]
first = 5
second = 10
tell_staff = 15
[caps]
minute_max = 1_000
breaker_hour_max = 100_000
[smtp]
host = "127.0.0.1"
port = {smtp}
tls = "none"
[[mailbox]]
name = "sa"
address = "{SA}"
team = "sa"
level = "send"
imap = {{ user = "{SA}", host = "127.0.0.1", port = {imap}, tls = "none", password_file = "password" }}
[[mailbox]]
name = "lsob"
address = "{LSOB}"
team = "lsob"
level = "send"
maildir = "lsob"
[[staff]]
name = "Jo Marsh"
address = "jo.marsh@ers.example"
roles = ["sa"]
[[staff]]
name = "Sam Okafor"
address = "sam.okafor@ers.example"
roles = ["lsob"]
[[staff]]
name = "Lee Hart"
address = "lee.hart@ers.example"
roles = ["lead"]
"#
    )
}
