//! How documents are laid out, as data: the words by which tabs, columns and labels are found. Built-in profiles are
//! compiled in; the configuration may replace or add some. Holds no reading.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde::Deserialize;
use serde::de::Deserializer;

use super::grid::{begins_with, mentions, plain};
pub(super) use packs::{
    ColumnWords, FormField, FormProfile, FormWords, PackProfile, PackTemplate, PackWords, ResultWords,
};
use scal::ScalTemplate;
pub(super) use scal::{
    AnswerWords, FieldWords, RequirementWords, ScalProfile, ServiceWords, SupplierField, SupplierWords, VersionWords,
};

mod packs;
mod scal;

#[derive(Clone, Debug, Default)]
pub(super) struct Profiles {
    /// One for each template, then one for each set of words.
    pub(super) scals: Vec<ScalProfile>,
    scal_words: Vec<ScalProfile>,
    scal_templates: Vec<ScalTemplate>,
    /// One for each pack that was taught, then one for each set of words.
    pub(super) packs: Vec<PackProfile>,
    pack_words: Vec<PackProfile>,
    pack_templates: Vec<PackTemplate>,
    pub(super) forms: Vec<FormProfile>,
    pub(super) certificates: Vec<CertificateProfile>,
}

/// Whether this text is a profile; if not, what is wrong with it. For the check of a configuration.
pub fn check(text: &str) -> Result<(), String> {
    toml::from_str::<Profile>(text).map(|_| ()).map_err(|error| error.to_string())
}

impl Profiles {
    /// The built-in profiles, with those of the configuration added or put in their place. They are kept for the next
    /// document, since a reader knows one configuration.
    pub(super) fn with(texts: &[String]) -> Arc<Self> {
        if texts.is_empty() {
            return Arc::clone(&BUILT_IN);
        }
        let mut configured = CONFIGURED.lock().unwrap_or_else(PoisonError::into_inner);
        match &*configured {
            Some((known, profiles)) if known == texts => Arc::clone(profiles),
            Some(_) | None => {
                let mut profiles = Self::clone(&BUILT_IN);
                profiles.add_all(texts.iter().map(String::as_str));
                let profiles = Arc::new(profiles);
                *configured = Some((texts.to_vec(), Arc::clone(&profiles)));
                profiles
            }
        }
    }

    /// The profiles of words, without those of templates.
    pub(super) fn scal_words(&self) -> &[ScalProfile] {
        &self.scal_words
    }

    /// The same of packs.
    pub(super) fn pack_words(&self) -> &[PackProfile] {
        &self.pack_words
    }

    fn add_all<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        texts.for_each(|text| self.add(text));
        self.scals = self.scal_templates.iter().filter_map(|template| template.profile(&self.scal_words)).collect();
        self.scals.extend(self.scal_words.iter().cloned());
        self.packs = self.pack_templates.iter().filter_map(|template| template.profile(&self.pack_words)).collect();
        self.packs.extend(self.pack_words.iter().cloned());
    }

    /// Text that is no profile is passed over: `check` refused it when the configuration was read.
    fn add(&mut self, text: &str) {
        match toml::from_str(text) {
            Ok(Profile::Scal(profile)) => put(&mut self.scal_words, *profile, |known| &known.name),
            Ok(Profile::ScalTemplate(template)) => put(&mut self.scal_templates, *template, |known| &known.name),
            Ok(Profile::WitnessPack(profile)) => put(&mut self.pack_words, *profile, |known| &known.name),
            Ok(Profile::WitnessPackTemplate(template)) => {
                put(&mut self.pack_templates, *template, |known| &known.name);
            }
            Ok(Profile::ApprovalForm(profile)) => put(&mut self.forms, profile, |known| &known.name),
            Ok(Profile::Certificate(profile)) => put(&mut self.certificates, profile, |known| &known.name),
            Err(_) => {}
        }
    }
}

fn put<P>(known: &mut Vec<P>, profile: P, name: impl Fn(&P) -> &str) {
    match known.iter_mut().find(|other| name(other) == name(&profile)) {
        Some(other) => *other = profile,
        None => known.push(profile),
    }
}

const BUILT_IN_TEXTS: [&str; 5] = [
    include_str!("../../config/profiles/scal.toml"),
    include_str!("../../config/profiles/scal-2.0.toml"),
    include_str!("../../config/profiles/witness-pack.toml"),
    include_str!("../../config/profiles/approval-form.toml"),
    include_str!("../../config/profiles/certificate.toml"),
];

static BUILT_IN: LazyLock<Arc<Profiles>> = LazyLock::new(|| {
    let mut profiles = Profiles::default();
    profiles.add_all(BUILT_IN_TEXTS.into_iter());
    Arc::new(profiles)
});

/// The last that were asked for, with their texts.
static CONFIGURED: Mutex<Option<(Vec<String>, Arc<Profiles>)>> = Mutex::new(None);

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Profile {
    Scal(Box<ScalProfile>),
    ScalTemplate(Box<ScalTemplate>),
    WitnessPack(Box<PackProfile>),
    WitnessPackTemplate(Box<PackTemplate>),
    ApprovalForm(FormProfile),
    Certificate(CertificateProfile),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateProfile {
    name: String,
    pub(super) titles: Words,
    pub(super) labels: Words,
    pub(super) labels_min: usize,
    pub(super) file_names: Words,
    #[serde(default)]
    pub(super) reference: Words,
    #[serde(default)]
    pub(super) supplier: Words,
    #[serde(default)]
    pub(super) product: Words,
    #[serde(default)]
    pub(super) version: Words,
}

/// What a title may say beside the words looked for: an owner, an abbreviation, a version.
const TITLE_EXTRA_BYTES_MAX: usize = 30;

/// Words that mean the same, in plain form.
#[derive(Clone, Debug, Default)]
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn of(text: &str) -> Self {
        Self(vec![plain(text)])
    }

    pub(super) fn add<'a>(&mut self, more: impl IntoIterator<Item = &'a String>) {
        self.0.extend(more.into_iter().cloned());
    }

    pub(super) fn without(&mut self, others: &Self) {
        self.0.retain(|words| !others.are(words));
    }

    pub(super) fn put(&mut self, text: &str) {
        let words = plain(text);
        if !words.is_empty() && !self.are(&words) {
            self.0.push(words);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The text is one of these. The text is plain, here and below.
    pub(super) fn are(&self, text: &str) -> bool {
        self.iter().any(|words| words == text)
    }

    pub(super) fn begin(&self, text: &str) -> bool {
        self.iter().any(|words| begins_with(text, words))
    }

    /// The text is a title with these words: they are in it, and little else.
    pub(super) fn entitle(&self, text: &str) -> bool {
        self.iter().any(|words| text.len() <= words.len() + TITLE_EXTRA_BYTES_MAX && mentions(text, words))
    }

    pub(super) fn are_in(&self, text: &str) -> bool {
        self.iter().any(|words| mentions(text, words))
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let words: Vec<String> = texts.iter().map(|text| plain(text)).collect();
        match words.iter().position(String::is_empty) {
            Some(at) => Err(serde::de::Error::custom(format!(
                "entry {} has no letters or digits; it would match every blank cell",
                at + 1
            ))),
            None => Ok(Self(words)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_reads() {
        for text in BUILT_IN_TEXTS {
            assert_eq!(check(text), Ok(()));
        }
        let known = Profiles::with(&[]);
        assert_eq!((known.scals.len(), known.packs.len()), (2, 1));
        assert_eq!((known.forms.len(), known.certificates.len()), (1, 1));
    }

    #[test]
    fn a_profile_replaces_its_namesake_and_otherwise_is_added() {
        let same = BUILT_IN_TEXTS[4].replace("labels_min = 3", "labels_min = 9");
        let other = same.replace("name = \"certificate\"", "name = \"certificate-2027\"");
        let known = Profiles::with(&[same, other, "no profile".to_owned()]);
        assert_eq!(known.certificates.iter().map(|profile| profile.labels_min).collect::<Vec<_>>(), [9, 9]);
    }

    #[test]
    fn a_title_says_little_else() {
        let words = Words::of("Technical Conformance Certificate");
        assert!(words.entitle(&plain("NHS e-RS Technical Conformance Certificate (TCC) v1.2")));
        assert!(!words.entitle(&plain("We are waiting for the Technical Conformance Certificate before we go on")));
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let misspelt = BUILT_IN_TEXTS[4].replace("labels_min", "labels_minimum");
        assert!(check(&misspelt).unwrap_err().contains("labels_minimum"));
        let blank = BUILT_IN_TEXTS[4].replace("\"issued by\"", "\"…\"");
        assert!(check(&blank).unwrap_err().contains("no letters or digits"));
    }
}
