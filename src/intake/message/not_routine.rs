//! Whether a message is one that a person must read before anything else leaves: it speaks of patient harm, a live
//! incident, a security flaw and the like (PROCESS.md, "Trust, safety and the wrong case"). Doubt counts as yes.
//! Looks at words alone and decides nothing. `fixtures/not-routine.txt` is the table of what counts and what does not.
//!
//! The tables below are phrases in plain words, compared without case and punctuation: `…` stands for up to four words,
//! `… …` for up to eight, `s?` for a letter that may be missing, `(a|b)` for one of several.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::reading::Matter;

use super::says::SIGN_OFF;
use super::table::Table;

/// What the sender's own new words, or a subject, speak of.
pub(super) fn matters(text: &str) -> Vec<Matter> {
    let mut found: Vec<Matter> = Vec::new();
    for sentence in sentences(&without_signature(text)) {
        let words = words(&sentence);
        if !sentence.ends_with('?') && is_boilerplate(&words) {
            continue;
        }
        let words = without_ordinary(&words);
        let hits = SIGNS.iter().filter(|(_, signs)| signs.hits(&words)).map(|(matter, _)| *matter);
        found.extend(hits);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A reply carries another person's subject.
pub(super) fn is_subject_of_reply(subject: &str, answers: bool) -> bool {
    answers && REPLY.hits(subject)
}

/// A block of names, posts and addresses below "Kind regards" says nothing. Sentences below it, such as a postscript, do.
fn without_signature(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let signed = |at: &usize| {
        let name = lines.iter().skip(at + 1).find(|line| !line.is_empty());
        lines.get(*at).is_some_and(|line| SIGN_OFF.hits(line)) && name.is_none_or(|name| is_name(name))
    };
    let Some(end) = (0..lines.len()).rev().find(signed) else {
        return lines.join("\n");
    };
    let (said, below) = lines.split_at(end);
    let is_said = |block: &&[&str]| block.iter().any(|line| line.ends_with(['.', '!', '?']) || POSTSCRIPT.hits(line));
    let kept = below.split(|line| line.is_empty()).filter(is_said).map(|block| block.join("\n"));
    std::iter::once(said.join("\n")).chain(kept).collect::<Vec<_>>().join("\n\n")
}

fn is_name(line: &str) -> bool {
    const WORDS_MAX: usize = 4;
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    line.split_whitespace().count() <= WORDS_MAX && line.split_whitespace().all(capital)
}

/// A line break within a paragraph ends no sentence, unless an item of a list follows.
fn sentences(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut add = |word: &str, ends: bool| {
        if let Some(sentence) = all.last_mut() {
            if !sentence.is_empty() && !word.is_empty() {
                sentence.push(' ');
            }
            sentence.push_str(word);
        }
        if ends {
            all.push(String::new());
        }
    };
    for line in text.lines() {
        if line.trim().is_empty() || ITEM.hits(line) {
            add("", true);
        }
        for word in line.split_whitespace().filter(|word| !is_address(word)) {
            add(word, word.ends_with(['.', '!', '?', ';', ':']));
        }
    }
    all
}

/// A web or email address names things that it does not speak of, such as `…/complaints`.
fn is_address(word: &str) -> bool {
    word.contains("://") || word.contains('@') || word.starts_with("www.")
}

/// Lower case, one space between words, nothing else: `somebody else's e-RS` is `somebody elses e rs`.
fn words(sentence: &str) -> String {
    let plain = sentence.chars().filter(|c| !matches!(c, '\'' | '’')).flat_map(char::to_lowercase);
    let spaced: String = plain.map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_boilerplate(words: &str) -> bool {
    BOILERPLATE.hits(words) && !ASKS_FOR_IT.hits(words)
}

fn without_ordinary(words: &str) -> String {
    // A word is left behind, so that what stood around the phrase does not become neighbours.
    ORDINARY.as_ref().map_or_else(|| words.to_owned(), |ordinary| ordinary.replace_all(words, "_").into_owned())
}

fn pattern(phrase: &str) -> String {
    let any_words = phrase.replace(" … … ", "(?: [^ ]+){0,8} ").replace(" … ", "(?: [^ ]+){0,4} ");
    format!(r"\b(?:{any_words})\b")
}

fn table(phrases: &[&str]) -> Table {
    let patterns: Vec<String> = phrases.iter().map(|phrase| pattern(phrase)).collect();
    Table::new(&patterns.iter().map(String::as_str).collect::<Vec<_>>())
}

static REPLY: LazyLock<Table> = LazyLock::new(|| Table::new(&[r"^\W*(re|aw|sv|vs|antw)\s*(\[\d+\])?\s*:"]));
static ITEM: LazyLock<Table> = LazyLock::new(|| Table::new(&[r"^\s*([-*•–>]|\(?\w{1,3}[.)])\s"]));
static POSTSCRIPT: LazyLock<Table> = LazyLock::new(|| Table::new(&[r"^p\.?\s?s\b"]));

static SIGNS: LazyLock<[(Matter, Table); 8]> = LazyLock::new(|| {
    [
        (Matter::PatientHarm, table(PATIENT_HARM)),
        (Matter::LiveIncident, table(LIVE_INCIDENT)),
        (Matter::SecurityFlaw, table(SECURITY_FLAW)),
        (Matter::DataBreach, table(DATA_BREACH)),
        (Matter::FreedomOfInformation, table(FREEDOM_OF_INFORMATION)),
        (Matter::SubjectAccess, table(SUBJECT_ACCESS)),
        (Matter::Complaint, table(COMPLAINT)),
        (Matter::LegalAction, table(LEGAL_ACTION)),
    ]
});

/// "No patient was harmed" speaks of harm too.
const PATIENT_HARM: &[&str] = &[
    "(harm|harms|harmed|hurt|hurts|injured|injury|injuries|died|dies|dying|death|deaths|killed)",
    "(suicide|suicidal|deteriorated|hospitalised|unsafe|dangerous|life threatening)",
    "ended up in … (a e|hospital|emergency department|intensive care)",
    "(clinical|patient) (safety )?(incident|risk|concern|issue|event|alert|problem)s?",
    "(risk|danger|threat) to … patients?",
    "patients? … (at risk|in danger|affected)",
    "(affect|affects|affected|affecting) … patients?",
    "(serious|untoward|adverse) (incident|event)s?",
    "never events?",
    "near miss(es)?",
    "(significant|sentinel) events?",
    "safety (alert|notice|incident|concern|issue)s?",
    "(two week wait|2ww|suspected cancer) … … (never|not|missed|delayed|late|lost|waited)",
    "(patient|child|person|mother|father) … waited",
    "(operated on|wrong (side|site|limb|knee|eye))",
    "(family|parents|relatives) … (asked|asks|upset|touch|contacted)",
    "hazard … (realised|occurred|happened|materialised)",
    "duty of candour",
    "(lfpse|datix|psirf|mhra|yellow card|coroner|inquest)",
    "wrong patients?",
    "(missed|delayed|lost|wrong|late) … (diagnosis|diagnoses|treatment|cancer|operation|surgery|medication|dose)",
    "(missed|lost) … (referral|appointment)s?",
    "referrals? (was|were|got|been|is|are) … (lost|missed|missing)",
    "urgent … (as|to|into) routine",
    "allerg(y|ies) … (not|missing|wrong|lost|dropped|cut off)",
    "(clinician|doctor|gp|nurse) … relied on",
    "(fell|dropped) off the worklist",
    "not seen for … (weeks|months)",
    "(clinical lead|clinician|cso|safety officer) … (worried|concerned)",
    "safeguarding (concern|issue|alert|matter|incident)s?",
];

const LIVE_INCIDENT: &[&str] = &[
    "(live|major|critical|production|prod|p1) (incident|problem|issue|outage)s?",
    "(p1|sev1|priority 1|severity 1|sev 1|priority one|severity one)",
    "(live|production|prod|service|system|e rs|gateway|spine) (is|are|was|went|has been|have been) … (down|unavailable|offline|failing)",
    "is … (live|production|service|system|e rs|gateway|spine) (down|unavailable|offline)",
    "e rs down",
    "(nothing works|nobody can|locked out)",
    "since the (deployment|release|upgrade|update) … … (blank|empty|missing|wrong|cannot|cant|unable|fails?|failed|errors?|stopped)",
    "(no|lost) connection",
    "(service|live) (disruption|degradation)",
    "(defect|fault|bug|problem|issue)s? … (live|production)",
    "business continuity plan … invoked",
    "invoked … business continuity",
    "outages?",
    "(fail|fails|failing|failed|failure|failures|error|errors|broken|stopped|working|cannot|cant|unable|down|stuck|timeouts?|crash|crashed|crashes|emergency|urgent|wrong|missing|roll back|rolled back) … … (live|production|prod)",
    "(live|production|prod) … … (fail|fails|failing|failed|failure|failures|error|errors|broken|stopped|returns?|cannot|cant|unable|down|stuck|timing out|timeouts?|crash|crashed|crashes|slow|unavailable|affected|disrupted|impacted|missing)",
    "(live|referrals?|bookings?|appointments?) … not … (received|working|available|reaching|reached|arriving|arrived|responding)",
    "(practices|hospitals|gps|users|clinicians|patients) … (cannot|cant|could not|unable to|not able to) (book|refer|see|work)",
    "none of (our|the) … (practices|hospitals|customers|users|sites|gps|clinicians)",
    "(practices|hospitals|customers|sites) … (affected|impacted|disrupted)",
];

const SECURITY_FLAW: &[&str] = &[
    "security (flaw|hole|issue|concern|weakness|bug|incident|breach|problem|risk|gap|alert|researcher)(s|es)?",
    "vulnerabilit(y|ies)",
    "exploit(s|ed|able|ation)?",
    "(cve [0-9]+|zero day|sql injection|xss|cross site|csrf|ssrf|back ?door|denial of service|ddos)",
    "(ransomware|malware|spyware|hacked|hackers?|hacking|phished|phishing|spoofed|impersonat(ed|ing|es))",
    "(compromised|intrusion|intruder|misused|attacker|attackers|attacked|suspicious)",
    "(cyber|security) ?(security )?(attack|incident)s?",
    "(account|login|credentials?) … … used … (by|from)",
    "under attack",
    "(pretend|pretends|pretending|claims|claiming|purporting) to (be|come) … from",
    "still (has|have|had) (access|our|the)",
    "(read|see|open|view|access) … … not (mine|ours|theirs|my own|our own|their own)",
    "(secret|secrets|password|passwords|credential|credentials|private key|keys?|tokens?) … (leaked|exposed|published|stolen|disclosed|committed|public)",
    "leaked",
    "(laptop|smartcard|device|phone|usb stick|tablet) … (lost|stolen)",
    "(lost|stolen) … (laptop|smartcard|device|phone|usb stick|tablet)",
    "bypass(es|ed|ing)? … (login|authentication|authorisation|authorization|access|security|controls?)",
    "unauthori[sz]ed (access|user|users|person|people|login|change)s?",
    "access controls? … (broken|missing|fails?|failed)",
    "without … (permission|authorisation|authorization|authentication|authenticating|logging in)",
    "(somebody|someone|anybody|anyone|everyone) elses",
    "(see|sees|shows?|shown|reads?|views?|opens?|access|accesses) … (another|other|others|the wrong) … (patient|patients|organisation|organisations|user|users|supplier|suppliers|practice|practices|customer|customers)",
    "logged in as … (another|previous|other|different|somebody|someone)",
];

const DATA_BREACH: &[&str] = &[
    "(data|privacy|gdpr|ig|confidentiality|information governance) (breach|breaches|leak|leaks|leakage|loss|incident|security incident|protection incident|protection breach)",
    "breach(es|ed)? … (confidentiality|privacy|gdpr|data)",
    "confidentiality … breach(ed)?",
    "(sent|emailed|gone|went|addressed|disclosed|shared|posted) … (to|with) the wrong",
    "wrong recipients?",
    "copied (somebody|someone|in somebody|in someone|the wrong)",
    "(looked at|accessed|viewed|opened) … (record|records|referral|referrals) … without",
    "(snooped|snooping|data subjects)",
    "(real|live|actual|genuine|identifiable) (patients?|nhs numbers?|personal data|personal details)",
    "(patient|patients|personal|sensitive|confidential|identifiable) (data|details|information|records?|letters?|names?) … (exposed|leaked|lost|stolen|published|disclosed|made public)",
    "(patients?|nhs numbers|personal) … … (by mistake|in error|by accident|accidentally|inadvertently|mistakenly)",
    "(by mistake|in error|by accident|accidentally|inadvertently|mistakenly) … … (patients?|nhs numbers|personal)",
    "patients names?",
    "names and nhs numbers",
    "lists? of patients",
    "patients of (another|other|the wrong)",
    "visible to … (another|other|others|everyone|anyone|the wrong)",
    "(ico|information commissioner|information commissioners)",
    "(disclosed|released|shared) … in error",
    "patients (from|at) (another|other) (practice|organisation|hospital|provider)s?",
    "unauthori[sz]ed disclosure",
    "left (on|in) … (train|bus|taxi|tube|cafe|pub)",
    "(lost|stolen) … (letters?|records?|notes|folder|files?)",
];

const FREEDOM_OF_INFORMATION: &[&str] =
    &["freedom of information", "foia?s?", "environmental information regulations?", "eir"];

const SUBJECT_ACCESS: &[&str] = &[
    "subject access",
    "d?sars?",
    "data subject … requests?",
    "right of access",
    "article 15",
    "my personal data",
    "(hold|holds|held|have|keep|kept) (about|on) (me|him|her|my client|our client|my colleague)",
    "(emails?|mails?|correspondence|records|documents|data|information) … … (my name|about me|concerning me|relating to me|mention me|mentions me)",
    "under … (gdpr|data protection act)",
];

const COMPLAINT: &[&str] = &[
    "complain(s|ed|ing|t|ts|ant|ants)?",
    "grievances?",
    "ombudsman",
    "(unacceptable|not acceptable|not good enough|let down)",
    "(unhappy|disappointed|dissatisfied|displeased|appalled|frustrated) … (with|about|by|at|that)",
    "dissatisf(ied|action)",
    "(expect|demand|owe|owed|want) … apology",
    "(dismissive|disrespectful|arrogant|incompetent)",
    "(my|our|their) mp",
    "(take|taking|took) (it|this|that|the matter) further",
    "gone on for … (weeks|months)",
    "member of parliament",
    "(speak|talk|complain|write|escalate|escalated|escalating) … (manager|director|head|chief|superior|minister|mp)",
    "(poor|bad|terrible|awful|appalling|disgraceful) … (service|communication|treatment|handling|experience)",
    "(service|communication|treatment|handling|experience) … (poor|bad|terrible|awful|appalling|disgraceful)",
    "(rude|unprofessional|unfair|unfairly|bullied|bullying|harassed|harassment|discrimination|discriminated|outrageous)",
];

const LEGAL_ACTION: &[&str] = &[
    "legal (action|proceedings|claim|challenge|remedy|remedies|steps|advice|adviser|advisor|case|dispute|threat)s?",
    "(solicitors?|lawyers?|barristers?|litigation|tribunal|injunction|subpoena)",
    "letter before (action|claim)",
    "(we|i) act (for|on behalf of)",
    "(instructed by|on behalf of) our client",
    "(pre action|judicial review|cease and desist|without prejudice|witness summons)",
    "(high|county|crown) court",
    "court (order|case|action|claim|proceedings|hearing|summons)s?",
    "(take|taken|taking|go|going|see|day) … (in|to) court",
    "(we|i|they|he|she) (will|shall|may|might|could|would) sue",
    "(going to sue|suing|sued)",
    "breach(es|ed)? of … (contract|agreement)",
    "reserve … rights",
    "hold you … (liable|responsible|accountable)",
    "(claim|claiming|seek|seeking|pay) … (damages|compensation)",
    "challenge … (decision|refusal|award|outcome)",
];

/// Whole sentences that mail systems and organisations put under every mail.
static BOILERPLATE: LazyLock<Table> = LazyLock::new(|| {
    table(&[
        "received (this|it|the) … in error",
        "(sent|came) to you in error",
        "not (the|an) … (intended )?(recipient|addressee)",
        "(unauthori[sz]ed|any) … (use|disclosure|copying|distribution|dissemination) … (prohibited|unlawful|forbidden)",
        "(may|might|could|can|is|are|will) … (subject|disclosed|disclosable|released|covered|governed) … (under … )?(freedom of information|foia?)",
        "if you (wish|want|would like|need|have) … (complain|complaint)",
        "how to (complain|make a complaint)",
        "authorised and regulated by",
        "registered (with|at) … (ico|information commissioners?)",
        "(scanned|checked|screened) … (virus|viruses|malware)",
        "report … phishing",
    ])
});

/// Somebody who asks for information writes no footer.
static ASKS_FOR_IT: LazyLock<Table> =
    LazyLock::new(|| table(&["(i|we) … (request|ask|require|apply|want|would like)", "(my|our|this) … request"]));

/// Phrases of everyday work in which a word above means nothing grave. They are taken out of a sentence, so that the
/// rest of it still counts.
static ORDINARY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let all = [
        // Clinical safety as a task, and the people who do it.
        "clinical safety (officer|case|team|lead|manager|group|file|plan|document|documents|documentation|evidence|report|management)s?",
        "clinical risk (management|assessment)",
        "patient safety (case|team|lead|officer|strategy|manager|director|specialist)",
        // Test data, and what clinicians write.
        "(presenting|chief|main) complaints?",
        "patients? complain(s|ed|ing)? of",
        "complains of",
        "wrong (patient|nhs number) … test",
        "(test|tests|scenario) … (death|died)",
        "(heart|panic|asthma|ischaemic) attacks?",
        "(no|not|never|without|instead of) … (real|live|actual) patient (data|details|information|records)",
        // Procedures and evidence for them.
        "complaints? (procedure|process|policy|form|field|code|page|url|tab|module|log|handling|record|type)s?",
        "no complaints?",
        "(no|zero|without) … vulnerabilities",
        "vulnerability (management|scan|scans|scanning|assessment|programme|testing|policy)",
        "(anti ?malware|malware (scan|scans|scanning|protection|software|policy|check|checks))",
        "(scanned|checked|screened) … for malware",
        "phishing (training|awareness|simulation|exercise|policy)",
        "(major|critical|serious|security|live|production|clinical|patient safety|cyber|cyber security|data security) incidents? (management|response|reporting|process|procedure|plan|policy|handling)",
        "(security|data|personal data) breach(es)? (management|response|reporting|notification|process|procedure|plan|policy|handling|register|log)",
        "subject access requests? (process|procedure|policy|function|functionality|feature|module|report)s?",
        "(supports?|handles?|provides?|allows?) subject access requests?",
        "ico (registration|registered|number)",
        "unacceptable (risk|risks|value|values|format)",
        // Other environments than the live one, and what is planned.
        "(int|dev|test|testing|staging|sandbox|integration|training|uat|preprod|pre production|demo) … (down|unavailable|offline|outage|outages)",
        "outages? (of|in|on|at) … (int|dev|test|testing|staging|sandbox|integration|training|uat|preprod|demo)",
        "(planned|scheduled) (downtime|outages?|maintenance)",
        "in (the event|case) of … (outage|outages|breach|breaches|incident|incidents|failure|failures|downtime)",
        "(go|goes|going|gone|went) live",
        "not in (live|production|prod)",
        // Our own mailboxes are easily taken for one another.
        "(to|with) the wrong (mailbox|inbox|team)",
    ];
    let patterns: Vec<String> = all.iter().map(|phrase| pattern(phrase)).collect();
    Regex::new(&patterns.join("|")).ok()
});

#[cfg(test)]
mod tests;
