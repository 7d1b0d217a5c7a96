//! The virus scanner, where there is one.

use std::path::Path;

use super::section::{Section, is_domain};
use crate::adapters::clamd::{Clamd, ClamdAddress};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanSettings {
    pub address: ClamdAddress,
    pub timeout_secs: u32,
    pub when_down: WhenDown,
}

/// What becomes of mail while the scanner gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenDown {
    /// It waits in the mailbox.
    Hold,
    /// It is read without a scan.
    GoOn,
}

impl ScanSettings {
    pub fn clamd(&self) -> Clamd {
        Clamd { address: self.address.clone(), timeout_secs: u64::from(self.timeout_secs) }
    }
}

pub(super) fn settings(root: &Section<'_>, base: &Path) -> Option<ScanSettings> {
    let section = root.section("scan");
    let address = address(&section, base);
    let timeout_secs = section.number("timeout_secs", 1..=600).unwrap_or(60);
    let words = [("hold", WhenDown::Hold), ("go-on", WhenDown::GoOn)];
    let when_down = section.choice("when_down", &words).unwrap_or(WhenDown::Hold);
    section.finish();
    Some(ScanSettings { address: address?, timeout_secs, when_down })
}

/// A path has a slash in it, a host and port a colon.
fn address(section: &Section<'_>, base: &Path) -> Option<ClamdAddress> {
    let found = section.text("clamd")?;
    if found.value.contains('/') {
        return Some(ClamdAddress::Unix(base.join(found.value)));
    }
    let host_and_port = found.value.rsplit_once(':').filter(|(host, _)| is_domain(host));
    let address = host_and_port.and_then(|(host, port)| {
        let port = port.parse().ok().filter(|port| *port != 0)?;
        Some(ClamdAddress::Tcp { host: host.to_owned(), port })
    });
    if address.is_none() {
        let fix = "Write the path of its socket, such as \"/run/clamav/clamd.ctl\", or \"127.0.0.1:3310\".";
        section.fault(found.at, format!("\"clamd\" is {:?}", found.value), fix);
    }
    address
}
