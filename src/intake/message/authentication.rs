//! Whether the receiving server vouches for the sender (PROCESS.md "Trust"; RFC 8601). Never looks at DNS.
//!
//! Anyone can write `Authentication-Results` into a message. The receiving server removes those that bear its own name
//! (RFC 8601 §5) and adds its own above the `Received` field that it adds. So only the topmost block counts: the
//! first `Authentication-Results` of all must be ours, and with it those below it until a field of another server, one
//! of a version we do not know, or the next `Received`. Nothing after that is looked at, however it is named.

use crate::domain::ids::Address;
use crate::domain::reading::Authenticated;
use crate::intake::{Receiver, TrustRule};

use super::fields::{Authors, strip_comments};
use super::headers::{Headers, unfolded};

pub(super) fn authenticated(headers: &Headers<'_>, authors: &Authors, receiver: &Receiver) -> Authenticated {
    let Some(from) = authors.first.as_ref().map(|mailbox| &mailbox.address) else {
        return Authenticated::None;
    };
    let verdicts = || receiver.trust.iter().map(|rule| verdict(headers, from, rule));
    if verdicts().any(|verdict| verdict == Authenticated::Fail) {
        Authenticated::Fail
    } else if authors.single && verdicts().any(|verdict| verdict == Authenticated::Pass) {
        Authenticated::Pass
    } else {
        Authenticated::None
    }
}

fn verdict(headers: &Headers<'_>, from: &Address, rule: &TrustRule) -> Authenticated {
    match rule {
        TrustRule::AuthservId(id) => of_results(&top_block(headers, id), from.domain()),
        TrustRule::Header { name, value } => {
            // Twice the same field with two values is an attempt to have one overlooked.
            let mut values = headers.all(name).map(unfolded).peekable();
            let sound = values.peek().is_some() && values.all(|found| found == *value);
            if sound { Authenticated::Pass } else { Authenticated::None }
        }
    }
}

/// One `method=result` with its properties, in lower case.
struct MethodResult {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

fn top_block(headers: &Headers<'_>, id: &str) -> Vec<MethodResult> {
    let mut block = Vec::new();
    let mut begun = false;
    for field in headers.iter() {
        if field.is("Received") && begun {
            break;
        }
        if !field.is("Authentication-Results") {
            continue;
        }
        begun = true;
        match results_of(field.value(), id) {
            Some(results) => block.extend(results),
            None => break,
        }
    }
    block
}

/// `None` for the field of another server or of an unknown version (D1, D2).
fn results_of(value: &[u8], id: &str) -> Option<Vec<MethodResult>> {
    let text = strip_comments(&unfolded(value)).to_lowercase();
    let mut statements = statements(&text).into_iter();
    let mut rest = Vec::new();
    let first = statements.next().unwrap_or_default();
    if first.contains('=') {
        // D4: Exchange writes no id within a tenant; such a field is trusted only where the configuration says so.
        if !id.trim().is_empty() {
            return None;
        }
        rest.push(first);
    } else {
        let mut words = first.split_whitespace();
        let named = words.next().unwrap_or_default().trim_matches('"') == id.trim().to_lowercase();
        let known = matches!(words.next(), None | Some("1")) && words.next().is_none();
        if !named || !known {
            return None;
        }
    }
    rest.extend(statements);
    Some(rest.into_iter().filter_map(method_result).collect())
}

/// Splits at `;` outside quotes.
fn statements(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == ';' && !quoted
    })
    .collect()
}

fn method_result(statement: &str) -> Option<MethodResult> {
    let mut words = statement.split_whitespace().filter_map(|word| word.split_once('='));
    let (method, result) = words.next()?;
    let method = method.split('/').next().unwrap_or(method).to_owned();
    let properties = words.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect();
    Some(MethodResult { method, result: result.to_owned(), properties })
}

/// D3: DMARC decides; without a DMARC verdict, SPF or DKIM for the very domain of `From` (strict alignment, which needs
/// no list of public suffixes).
fn of_results(results: &[MethodResult], from_domain: &str) -> Authenticated {
    let about_from =
        |result: &&MethodResult| result.property("header.from").is_none_or(|domain| domain_of(domain) == from_domain);
    for dmarc in results.iter().filter(|result| result.method == "dmarc").filter(about_from) {
        match dmarc.result.as_str() {
            "pass" => return Authenticated::Pass,
            "fail" => return Authenticated::Fail,
            _ => {}
        }
    }
    let aligned = |result: &MethodResult| {
        let names: &[&str] = match result.method.as_str() {
            "spf" => &["smtp.mailfrom"],
            "dkim" => &["header.d", "header.i"],
            _ => &[],
        };
        let domain = names.iter().find_map(|name| result.property(name)).map(domain_of);
        result.result == "pass" && domain == Some(from_domain)
    };
    if results.iter().any(aligned) { Authenticated::Pass } else { Authenticated::None }
}

impl MethodResult {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

fn domain_of(address: &str) -> &str {
    address.rsplit('@').next().unwrap_or(address).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::message::fields;

    const PASS: &str = "Authentication-Results: mx.ers.example; dmarc=pass header.from=x.example\n";

    fn check(rows: &[(&str, Authenticated)], rules: &[TrustRule]) {
        let receiver = Receiver { trust: rules.to_vec(), ..Receiver::default() };
        for (text, expected) in rows {
            let from = if text.contains("From:") { "" } else { "From: Priya <p@x.example>\n" };
            let text = format!("{text}{from}");
            let (headers, _) = Headers::split(text.as_bytes());
            assert_eq!(authenticated(&headers, &fields::authors(&headers), &receiver), *expected, "{text}");
        }
    }

    fn id(text: &str) -> TrustRule {
        TrustRule::AuthservId(text.to_owned())
    }

    #[test]
    fn d3_dmarc_decides_and_aligned_spf_or_dkim_stand_in() {
        let ar = |rest: &str| format!("Authentication-Results: MX.ers.example 1 (x; y);\n {rest}\n");
        let rows = [
            ("dmarc=pass (p=none) header.from=X.example", Authenticated::Pass),
            ("spf=pass smtp.mailfrom=x.example; dmarc=fail header.from=x.example", Authenticated::Fail),
            ("dmarc=pass header.from=other.example", Authenticated::None),
            ("dmarc=none header.from=x.example", Authenticated::None),
            ("dmarc=none; spf=pass smtp.mailfrom=p@x.example", Authenticated::Pass),
            ("dkim=pass (2048-bit; key) header.d=x.example header.b=\"a;b\"", Authenticated::Pass),
            ("dkim/1=pass header.i=@x.example", Authenticated::Pass),
            ("dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example", Authenticated::None),
            ("dkim=fail header.d=x.example; spf=softfail smtp.mailfrom=x.example", Authenticated::None),
            ("x=\"; dmarc=pass header.from=x.example\"", Authenticated::None),
            ("none", Authenticated::None),
        ];
        for (rest, expected) in rows {
            check(&[(&ar(rest), expected)], &[id("mx.ers.example")]);
        }
    }

    #[test]
    fn d1_only_the_topmost_block_of_our_server_counts() {
        let other = "Authentication-Results: mx.evil.example; dmarc=pass header.from=x.example\n";
        let neutral = "Authentication-Results: mx.ers.example; spf=none\n";
        let received = "Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0000\n";
        check(
            &[
                (PASS, Authenticated::Pass),
                (&format!("{received}{received}{PASS}"), Authenticated::Pass),
                (&format!("{neutral}{PASS}"), Authenticated::Pass),
                (&format!("{neutral}{received}{PASS}"), Authenticated::None),
                (&format!("{other}{PASS}"), Authenticated::None),
                (&format!("{PASS}{other}"), Authenticated::Pass),
                (other, Authenticated::None),
                ("Subject: x\n", Authenticated::None),
            ],
            &[id("mx.ers.example")],
        );
        check(&[(PASS, Authenticated::None)], &[]);
    }

    #[test]
    fn d2_an_unknown_version_is_ignored_and_hides_what_is_below() {
        let unknown = "Authentication-Results: mx.ers.example 2; dmarc=pass header.from=x.example\n";
        check(
            &[(unknown, Authenticated::None), (&format!("{unknown}{PASS}"), Authenticated::None)],
            &[id("mx.ers.example")],
        );
    }

    #[test]
    fn d4_the_form_of_exchange_has_no_id() {
        let exchange = "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=x.example; dkim=none\n \
                        (message not signed) header.d=none;dmarc=pass action=none\n header.from=x.example;compauth=pass\n";
        check(&[(exchange, Authenticated::Pass), (PASS, Authenticated::None)], &[id("")]);
        check(&[(exchange, Authenticated::None)], &[id("mx.ers.example")]);
    }

    #[test]
    fn a_header_of_the_server_has_exactly_this_value() {
        let name = "X-MS-Exchange-Organization-AuthAs";
        let rule = TrustRule::Header { name: name.to_owned(), value: "Internal".to_owned() };
        let with = |values: &[&str]| values.iter().map(|value| format!("{name}: {value}\n")).collect::<String>();
        for (values, expected) in [
            (&["Internal"][..], Authenticated::Pass),
            (&["internal"], Authenticated::None),
            (&["Internal x"], Authenticated::None),
            (&["Anonymous", "Internal"], Authenticated::None),
            (&[], Authenticated::None),
        ] {
            check(&[(&with(values), expected)], std::slice::from_ref(&rule));
        }
        let fail = format!("Authentication-Results: mx.ers.example; dmarc=fail\n{}", with(&["Internal"]));
        check(&[(&fail, Authenticated::Fail)], &[rule, id("mx.ers.example")]);
    }

    #[test]
    fn more_than_one_author_never_passes() {
        check(
            &[
                (&format!("{PASS}From: p@x.example, q@y.example\n"), Authenticated::None),
                (&format!("{PASS}From: p@x.example\nFrom: p@x.example\n"), Authenticated::None),
                (&format!("{PASS}From: nobody\n"), Authenticated::None),
            ],
            &[id("mx.ers.example")],
        );
    }
}
