//! Samples of what stands beside the content: who looks after the case, and what its people need.

use jiff::civil::date;

use crate::domain::effect::{Context, LookedAfter};
use crate::domain::ids::Address;

pub(super) fn of(name: &str) -> Context {
    let by = |away_until, deputy: Option<&str>| {
        let deputy = deputy.map(str::to_owned);
        let address = Address::new("amina.osei@nhs.example")?;
        Some(LookedAfter { address, name: "Amina Osei".to_owned(), away_until, deputy })
    };
    let until = Some(date(2026, 12, 4));
    let looked_after = match name {
        "staff-warning" => by(until, Some("Tom Reid")),
        "staff-warning-tomorrow" => by(until, None),
        "staff-warning-today" => by(None, None),
        _ => None,
    };
    let needs = vec!["Priya Nair: large print, Welsh".to_owned()];
    Context { needs: if looked_after.is_some() { needs } else { Vec::new() }, looked_after, plain_text: false }
}
