//! Messages, with what is attached to them.
#![no_main]

use assured::domain::ids::Address;
use assured::intake::message::{self, Documents};
use assured::intake::{Receiver, TrustRule};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let receiver = Receiver {
        own_addresses: Address::new("sa@ers.example").into_iter().collect(),
        // Whoever writes may command, so that commands are read.
        staff_addresses: Address::new("priya.nair@care-vista.example").into_iter().collect(),
        trust: vec![TrustRule::AuthservId("mx.ers.example".to_owned())],
        ..Receiver::default()
    };
    message::arrival(data);
    message::read(data, &receiver, Documents::Skip);
    message::envelope_only(data, &receiver);
});
