//! How far a server can be reached: its name, then its port, over each family of addresses. Says no word to it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

const SECS_MAX: u64 = 10;

/// A server that answers over one family of addresses at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    pub ipv4: Option<Family>,
    pub ipv6: Option<Family>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    pub addresses: usize,
    /// Why the first of them does not answer.
    pub fault: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    #[error("the name {host} leads to no address ({why}); check `host`, and which name server this machine asks")]
    Unknown { host: String, why: String },
    #[error("port {port} of {host} does not answer ({why}); check `port`, and that the network lets this machine out")]
    Silent { host: String, port: u16, why: String },
}

/// Looks the name up and connects to the first address of each family.
pub async fn reach(host: &str, port: u16) -> Result<Reached, ReachError> {
    let unknown = |why: String| ReachError::Unknown { host: host.to_owned(), why };
    let found = within(lookup_host((host, port))).await.map_err(|error| unknown(error.to_string()))?;
    let (ipv4, ipv6): (Vec<SocketAddr>, Vec<SocketAddr>) = found.partition(SocketAddr::is_ipv4);
    let (ipv4, ipv6) = tokio::join!(family(&ipv4), family(&ipv6));
    let families: Vec<&Family> = ipv4.iter().chain(&ipv6).collect();
    if families.is_empty() {
        return Err(unknown("none was found".to_owned()));
    }
    if families.iter().all(|family| family.fault.is_some()) {
        let why = families.iter().find_map(|family| family.fault.clone()).unwrap_or_default();
        return Err(ReachError::Silent { host: host.to_owned(), port, why });
    }
    Ok(Reached { ipv4, ipv6 })
}

async fn family(addresses: &[SocketAddr]) -> Option<Family> {
    let first = addresses.first()?;
    let fault = within(TcpStream::connect(first)).await.err().map(|error| error.to_string());
    Some(Family { addresses: addresses.len(), fault })
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let done = timeout(Duration::from_secs(SECS_MAX), work).await;
    done.unwrap_or_else(|_| Err(io::Error::other(format!("no answer within {SECS_MAX} seconds"))))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_name_without_an_address_is_told_from_a_port_without_a_listener() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let ipv4 = Some(Family { addresses: 1, fault: None });
        assert_eq!(reach("127.0.0.1", port).await.unwrap(), Reached { ipv4, ipv6: None });
        drop(listener);
        let silent = reach("127.0.0.1", port).await.unwrap_err();
        assert!(matches!(&silent, ReachError::Silent { why, .. } if why.contains("refused")), "{silent}");
        let unknown = reach("no-such-name.invalid", 993).await.unwrap_err();
        assert!(matches!(unknown, ReachError::Unknown { .. }), "{unknown}");
    }
}
