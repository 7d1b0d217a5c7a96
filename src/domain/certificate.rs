//! Whether the certificate in a returned SCAL is the one that was issued. Given what was read; reads nothing itself.

use serde::{Deserialize, Serialize};

use super::ids::BlobDigest;
use super::reading::{Certificate, EmbeddedCertificate, Finding, FindingCode, Severity};

/// What a case must remember of the certificate that was sent to the partner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Issued {
    /// Of each file that it was sent as: a Word document and a PDF may go out together.
    pub files: Vec<BlobDigest>,
    /// What it says of itself, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// What to put right; `None` when the certificate is the one that was issued.
pub fn compare(embedded: Option<&EmbeddedCertificate>, issued: &Issued) -> Option<Finding> {
    let Some(embedded) = embedded else { return Some(missing(issued)) };
    if issued.files.contains(&embedded.sha256) {
        return None;
    }
    let both = embedded.certificate.as_ref().zip(issued.certificate.as_ref());
    let told = both.map(|(theirs, ours)| Told::of(theirs, ours)).unwrap_or_default();
    let finding = match told {
        Told { differences, .. } if !differences.is_empty() => differs(&differences),
        Told { is_same: true, .. } => return None,
        Told { .. } => in_doubt(),
    };
    let place = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(Finding { sheet: place(&embedded.sheet), cell: place(&embedded.cell), ..finding })
}

/// What two certificates tell of each other.
#[derive(Default)]
struct Told {
    /// What both say, and not alike: its name, theirs, ours.
    differences: Vec<(&'static str, String, String)>,
    /// The reference is the same, or without one product and version are.
    is_same: bool,
}

impl Told {
    fn of(theirs: &Certificate, ours: &Certificate) -> Self {
        let fields = [
            ("reference", &theirs.reference, &ours.reference),
            ("product", &theirs.product, &ours.product),
            ("version", &theirs.version, &ours.version),
        ];
        let both = fields.map(|(name, theirs, ours)| theirs.clone().zip(ours.clone()).map(|both| (name, both)));
        let [reference, product, version] = both.each_ref().map(Option::is_some);
        let differences = both.into_iter().flatten().filter(|(_, (theirs, ours))| !is_alike(theirs, ours));
        Self {
            differences: differences.map(|(name, (theirs, ours))| (name, theirs, ours)).collect(),
            is_same: reference || (product && version),
        }
    }
}

/// The same words, whatever stands between them: `TCC ERS 2026/017` is `TCC-ERS-2026-017`, and `v4.2` is `4.2`.
fn is_alike(theirs: &str, ours: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let text = text.to_lowercase();
        let text = text.trim_start_matches("version").trim_start();
        let number = text.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c == '.' || c.is_ascii_digit()));
        let words = number.unwrap_or(text).split(|c: char| !c.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    words(theirs) == words(ours)
}

fn missing(issued: &Issued) -> Finding {
    let reference = issued.certificate.as_ref().and_then(|certificate| certificate.reference.as_deref());
    let named = reference.map(|reference| format!(" {reference}")).unwrap_or_default();
    let message = format!(
        "The Technical Conformance Certificate{named} is not embedded in this SCAL. Insert the file that we sent you \
         as an object (Insert, Object, Create from File) in the cell beside “Technical Conformance Certificate”."
    );
    Finding::new(FindingCode::CertificateMissing, message)
}

fn differs(differences: &[(&'static str, String, String)]) -> Finding {
    let told = differences.iter().map(|(name, theirs, ours)| format!("its {name} is “{theirs}”, not “{ours}”"));
    let message = format!(
        "The embedded certificate is not the one that we issued: {}. Embed the file that we sent you.",
        told.collect::<Vec<_>>().join("; ")
    );
    Finding::new(FindingCode::CertificateDiffers, message)
}

fn in_doubt() -> Finding {
    let message = "What is embedded as the certificate is not the same file as we issued, and we could not read in \
        it which certificate it is. Please check that it is the one that we sent you.";
    let finding = Finding::new(FindingCode::CertificateDiffers, message);
    Finding { severity: Severity::Advice, ..finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(reference: &str, product: &str, version: &str) -> Option<Certificate> {
        let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some(Certificate {
            reference: value(reference),
            supplier: None,
            product: value(product),
            version: value(version),
        })
    }

    fn embedded(sha256: &str, certificate: Option<Certificate>) -> EmbeddedCertificate {
        EmbeddedCertificate {
            sheet: "e-RS rules".to_owned(),
            cell: "D5".to_owned(),
            name: None,
            sha256: BlobDigest::from_hex(sha256),
            certificate,
        }
    }

    #[test]
    fn the_certificate_is_the_issued_one_or_a_finding() {
        use FindingCode::CertificateDiffers;
        use Severity::{Advice, Fix};
        let issued = Issued {
            files: vec![BlobDigest::from_hex("aa"), BlobDigest::from_hex("bb")],
            certificate: certificate("TCC-ERS-2026-017", "Acorn Pathway", "4.2"),
        };
        for (sha256, says, expected) in [
            ("bb", None, None),
            ("bb", certificate("TCC-1", "", ""), None),
            ("cc", certificate("TCC ERS 2026/017", "ACORN Pathway", "v4.2"), None),
            ("cc", certificate("TCC-ERS-2026-017", "", ""), None),
            ("cc", certificate("", "Acorn Pathway", "Version 4.2"), None),
            ("cc", certificate("TCC-ERS-2026-018", "Acorn Pathway", "4.2"), Some(Fix)),
            ("cc", certificate("TCC-ERS-2026-017", "Acorn Pathway", "42"), Some(Fix)),
            ("cc", certificate("", "Acorn Worklist", ""), Some(Fix)),
            ("cc", certificate("", "Acorn Pathway", ""), Some(Advice)),
            ("cc", certificate("", "", ""), Some(Advice)),
            ("cc", None, Some(Advice)),
        ] {
            let embedded = embedded(sha256, says);
            let finding = compare(Some(&embedded), &issued);
            assert_eq!(finding.as_ref().map(|finding| finding.severity), expected, "{embedded:?}");
            assert!(finding.is_none_or(|finding| finding.code == CertificateDiffers && finding.cell.is_some()));
        }
    }

    #[test]
    fn a_difference_is_told_with_both_sides() {
        let issued = Issued { files: Vec::new(), certificate: certificate("TCC-2", "Acorn Pathway", "4.2") };
        let theirs = embedded("cc", certificate("TCC-1", "Acorn Pathway", "4.1"));
        let finding = compare(Some(&theirs), &issued).unwrap();
        assert!(finding.message.contains("its reference is “TCC-1”, not “TCC-2”; its version is “4.1”, not “4.2”"));
    }

    #[test]
    fn without_one_it_is_missing() {
        let issued = Issued { files: Vec::new(), certificate: certificate("TCC-2", "", "") };
        let finding = compare(None, &issued).unwrap();
        assert_eq!((finding.code, finding.severity), (FindingCode::CertificateMissing, Severity::Fix));
        assert!(finding.message.contains("Certificate TCC-2 is not embedded"));
        assert!(compare(None, &Issued::default()).unwrap().message.contains("Certificate is not embedded"));
    }
}
