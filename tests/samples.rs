//! Reads the real template and the samples beside this project, where they exist, against their truth.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::collections::BTreeSet;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use assured::domain::certificate::{self, Issued};
use assured::domain::reading::{Certificate, Document, DocumentKind, FindingCode};
use assured::intake::teach::teach;
use assured::intake::{Receiver, document};
use serde_json::{Value, json};

fn shared(part: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(part);
    let exists = folder.is_dir();
    if !exists {
        println!("skipped: {} does not exist", folder.display());
    }
    exists.then_some(folder)
}

fn read(path: &Path) -> Document {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    document::read(&name, &std::fs::read(path).unwrap(), &Receiver::default())
}

fn truths(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let truth = |file: &PathBuf| {
        let json = file.with_extension("json");
        let known = file.extension()? != "json" && json.exists();
        known.then(|| serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap())
    };
    let truths: Vec<_> = files.iter().filter_map(|file| Some((file.clone(), truth(file)?))).collect();
    assert!(!truths.is_empty(), "no samples in {}", folder.display());
    truths
}

#[test]
fn every_sample_scal_reads_as_its_truth_says() {
    let Some(folder) = shared("scal/samples") else { return };
    for (file, truth) in truths(&folder) {
        let document = read(&file);
        let DocumentKind::Scal(scal) = &document.kind else { panic!("{}: {:?}", file.display(), document.kind) };
        assert!(document.readable && scal.template_known && scal.for_this_service, "{}", file.display());
        assert_eq!(json!(scal.supplier), truth["supplier"], "{}", file.display());
        assert_eq!(json!(scal.services), truth["services"], "{}", file.display());
        assert_eq!(json!(scal.template_version), truth["template_version"], "{}", file.display());
        assert_eq!(json!(scal.in_scope_tabs), truth["in_scope_tabs"], "{}", file.display());
        let mut certificate = json!(scal.certificate);
        certificate.as_object_mut().map(|certificate| certificate.remove("certificate"));
        assert_eq!(certificate, truth["certificate"], "{}", file.display());
        let place = |finding: &Value| {
            let field = |name: &str| finding.get(name).filter(|value| !value.is_null()).map(Value::to_string);
            [field("code"), field("sheet"), field("cell"), field("field"), field("requirement")]
        };
        assert_eq!(json!(scal.requirements), truth["requirements"], "{}", file.display());
        let expected: BTreeSet<_> = truth["findings"].as_array().unwrap().iter().map(place).collect();
        let found: BTreeSet<_> = document.findings.iter().map(|finding| place(&json!(finding))).collect();
        assert_eq!(found, expected, "{}", file.display());
    }
}

#[test]
fn the_profile_of_the_published_template_is_what_the_command_writes() {
    let Some(folder) = shared("scal") else { return };
    let name = "SCAL_vsn2.0.xlsx";
    let taught = teach(name, &std::fs::read(folder.join(name)).unwrap(), &[]).unwrap();
    assert_eq!(taught.profile, include_str!("../config/profiles/scal-2.0.toml"));
    assert_eq!(taught.unsure, Vec::<String>::new());
}

#[test]
fn the_blank_template_asks_for_nothing() {
    let Some(folder) = shared("scal") else { return };
    let document = read(&folder.join("SCAL_vsn2.0.xlsx"));
    let DocumentKind::Scal(scal) = &document.kind else { panic!("{:?}", document.kind) };
    assert_eq!(scal.template_version.as_deref(), Some("2.0"));
    assert!(scal.template_known && !scal.for_this_service, "{scal:?}");
    assert!(scal.services.is_empty() && scal.in_scope_tabs.is_empty() && document.findings.is_empty());
    assert_eq!(scal.supplier, Default::default(), "a sample row is no contact");
}

#[test]
fn every_sample_pack_reads_as_its_truth_says() {
    let Some(folder) = shared("packs/samples") else { return };
    for (file, truth) in truths(&folder) {
        let document = read(&file);
        let DocumentKind::WitnessPack(pack) = &document.kind else { panic!("{}", file.display()) };
        assert_eq!((json!(pack.supplier), json!(pack.product)), (truth["supplier"].clone(), truth["product"].clone()));
        assert_eq!(json!(pack.tests), truth["tests"], "{}", file.display());
        assert_eq!(pack.results.len() as u64, truth["tests"]["total"].as_u64().unwrap());
        let told = |finding: &Value| (finding["code"].to_string(), finding["test"].to_string());
        let expected: Vec<_> = truth["findings"].as_array().unwrap().iter().map(told).collect();
        let mut found: Vec<_> = document.findings.iter().map(|finding| told(&json!(finding))).collect();
        // The truth is in no order; each finding is there as often as it says.
        let mut expected = expected;
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{}", file.display());
    }
}

/// Puts cells at the end of rows of a sheet, each with its row, its column and its text.
fn with_cells(workbook: &[u8], sheet: &str, cells: &[(u32, char, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut changed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if name == sheet {
            let mut xml = String::from_utf8(bytes).unwrap();
            for (row, column, text) in cells {
                let start = xml.find(&format!("<row r=\"{row}\"")).unwrap();
                let end = start + xml[start..].find("</row>").unwrap();
                xml.insert_str(end, &format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"));
            }
            bytes = xml.into_bytes();
        }
        changed.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        changed.write_all(&bytes).unwrap();
    }
    changed.finish().unwrap().into_inner()
}

/// It has neither a title nor a column for results: its copies are told by its tests, and partners add the column.
#[test]
fn the_profile_of_the_published_script_reads_its_filled_copies() {
    let Some(folder) = shared("packs") else { return };
    let name = "Care_Connect_Provider_Assurance_Test_Scripts.xlsx";
    let blank = std::fs::read(folder.join(name)).unwrap();
    let taught = teach(name, &blank, &[]).unwrap();
    assert_eq!(taught.found[0], "a witness test pack with 26 tests");
    assert!(taught.unsure.iter().any(|unsure| unsure.contains("no column asks for the result")), "{:?}", taught.unsure);
    let mut cells = vec![(3, 'G', "Result"), (3, 'H', "Comments")];
    cells.extend((4..=27).map(|row| (row, 'G', "Pass")));
    cells.extend([(28, 'G', "N/A"), (29, 'G', "Fail")]);
    let filled = with_cells(&blank, "xl/worksheets/sheet1.xml", &cells);
    let receiver = Receiver {
        profiles: vec![taught.profile.replace("CConnect-ApptTest_7", "CConnect-ApptTest_70")],
        ..Receiver::default()
    };
    let document = document::read("filled.xlsx", &filled, &receiver);
    let DocumentKind::WitnessPack(pack) = &document.kind else { panic!("{:?}", document.kind) };
    let counts = pack.tests.unwrap();
    assert_eq!((counts.total, counts.passed, counts.failed, counts.not_applicable), (26, 24, 1, 1));
    let told: Vec<_> = document.findings.iter().map(|f| (f.code, f.test.as_deref().unwrap_or_default())).collect();
    let expected = [
        (FindingCode::NotApplicableWithoutJustification, "CConnect-ApptTest_25"),
        (FindingCode::TestFailed, "CConnect-ApptTest_26"),
        (FindingCode::TestMissing, "CConnect-ApptTest_70"),
    ];
    assert_eq!(told, expected);
}

/// It has no column for results, so none of its tests has been run; where nobody wrote, nothing else is missed.
#[test]
fn a_blank_script_of_a_sister_service_is_a_pack_and_a_certificate_a_certificate() {
    let Some(packs) = shared("packs") else { return };
    let script = read(&packs.join("Care_Connect_Provider_Assurance_Test_Scripts.xlsx"));
    let DocumentKind::WitnessPack(pack) = &script.kind else { panic!("{:?}", script.kind) };
    let counts = pack.tests.unwrap();
    assert_eq!((counts.total, counts.not_run), (26, 26));
    assert_eq!((pack.results[0].test.as_str(), &pack.supplier), ("CConnect-ApptTest_1", &None));
    assert!(script.findings.iter().all(|finding| finding.code == FindingCode::TestNotRun));
    assert_eq!(script.findings.len(), 26);
    let Some(samples) = shared("scal/samples") else { return };
    let issued = read(&samples.join("TCC-ERS-2026-017.docx"));
    let DocumentKind::Certificate(Some(certificate)) = &issued.kind else { panic!("{:?}", issued.kind) };
    let Certificate { reference, supplier, product, version } = certificate.as_ref();
    let told = [reference, supplier, product, version].map(|value| value.as_deref().unwrap_or_default());
    assert_eq!(told, ["TCC-ERS-2026-017", "Acorn Health Systems", "Acorn Pathway", "4.2"]);

    let DocumentKind::Scal(scal) = read(&samples.join("scal-12-tcc.xlsx")).kind else { panic!("no SCAL") };
    let embedded = scal.certificate.unwrap();
    assert_eq!(embedded.certificate.as_ref(), Some(certificate.as_ref()), "the embedded one is read like the attached");
    let issued = Issued { files: vec![issued.sha256], certificate: None };
    assert_eq!(certificate::compare(Some(&embedded), &issued), None);
}
