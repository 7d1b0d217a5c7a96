//! What the sender's words say, as far as the rules need it. The tables of words stand here, in one place.

use std::sync::LazyLock;

use crate::domain::reading::Says;

use super::table::Table;

/// `new` is without quoted mail and banners; `subject` counts for "draft" and "for information" only, since a reply
/// carries another person's subject.
pub(super) fn says(new: &str, subject: &str) -> Says {
    let any = |topic: &Topic| sentences(new).any(|sentence| topic.is_in(&sentence));
    Says {
        attachment: sentences(new).any(|sentence| HERE.hits(&sentence)) || any(&ATTACHMENT),
        draft: any(&DRAFT) || DRAFT.is_in(subject),
        for_information: any(&FOR_INFORMATION) || FOR_INFORMATION.is_in(subject),
        question: asks(new),
        thanks_only: thanks_only(new),
        anything: new.chars().any(char::is_alphanumeric),
        ..Says::default()
    }
}

/// Each on one line. A paragraph ends one too.
pub(super) fn sentences(new: &str) -> impl Iterator<Item = String> {
    let lines = new.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    lines.flat_map(|text| text.split_inclusive(['.', '!', '?', ';']).map(str::to_owned).collect::<Vec<_>>())
}

/// A sentence is about the topic when one pattern of the first table is in it and none of the second.
struct Topic {
    said: Table,
    unless: Table,
}

impl Topic {
    fn new(said: &[&str], unless: &[&str]) -> Self {
        Self { said: Table::new(said), unless: Table::new(unless) }
    }

    fn is_in(&self, sentence: &str) -> bool {
        self.said.hits(sentence) && !self.unless.hits(sentence)
    }
}

/// These words hand a file over, whatever else the sentence promises for later.
static HERE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\bplease (find|see)( the| our| my)? (attached|enclosed|attachments?)\b",
        r"\b(i|we)( have|'ve|’ve)( now)? (attached|enclosed)\b",
    ])
});

static ATTACHMENT: LazyLock<Topic> = LazyLock::new(|| {
    Topic::new(
        &[
            r"\battach(ed|ing|ment|ments|es)?\b",
            r"\benclos(ed|e|ing|ure|ures)\b",
            r"\bplease find\b.*\b(scal|pack|workbook|form|file|document|spreadsheet)s?\b",
        ],
        &[
            r"\b(no|without|not|never|cannot|can't|can’t|unable|couldn't|couldn’t)\b(\s+\w+){0,4}\s+(attach|enclos)",
            r"\b(will|shall|'ll|’ll|going to|want to|like to|hope to|should|could|can) (be |i |we )?(attach|enclos|send)",
            r"\battach(ed|ing|ment|ments)?\b.*\b(later|to follow|tomorrow|next week|in due course|shortly)\b",
            r"\byour (e-?mail|attach|enclos)",
            r"\battach(ment|ments|ed)? (that )?(you|from you)\b",
            r"\b(open|opening|read|reading|access|find) (the|your|any) attach",
        ],
    )
});

static DRAFT: LazyLock<Topic> = LazyLock::new(|| {
    Topic::new(
        &[r"\bdrafts?\b"],
        &[r"\b(not|no longer|isn't|isn’t|replaces|instead of) (a |the |our |my )?(\w+ )?drafts?\b"],
    )
});

static FOR_INFORMATION: LazyLock<Topic> = LazyLock::new(|| {
    Topic::new(
        &[r"\bfyi\b", r"\bfor (your |their )?info(rmation)?( only| purposes)?\b"],
        &[r"\bfor (your |their )?information (governance|security|sharing|system|standard|management|commissioner)"],
    )
});

static QUESTION: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\b(could|can|would|will) (you|someone|anyone|the team)( please| kindly)? (tell|advise|clarify|confirm|explain|let)\b",
        r"\bplease (advise|clarify|could|can|let (me|us) know (if|whether|how|what|when|which|who|why))\b",
        r"\b(we|i)( am| are|'m|’m|'re|’re)? (unsure|not sure|wondering|wonder)\b",
    ])
});

fn asks(new: &str) -> bool {
    // A question mark inside a web address asks nothing.
    let mut marks = new.split_whitespace().filter(|word| !word.contains("://"));
    QUESTION.hits(new) || marks.any(|word| word.contains('?'))
}

/// Words that may stand in a message of thanks. Two more are allowed: names.
const POLITE: &str = " a afternoon again all also amazing and appreciate appreciated back best brilliant bye cheers \
    confirming day dear email evening everyone excellent for forward getting good got grateful great have hello help \
    helpful hey hi i in is it it's kind kindest letting look lots lovely many message morning much nice noted ok okay \
    perfect prompt quick received regards reply response s sincerely so soon support ta team thank thanks that \
    that's the this to understood update us very warm we week weekend well wishes with wonderful you your yours ";
const NAMES_MAX: usize = 2;

fn thanks_only(new: &str) -> bool {
    const CHARS_MAX: usize = 300;
    if new.len() > CHARS_MAX || new.contains('?') {
        return false;
    }
    let body = lines_between_greeting_and_name(new);
    let words: Vec<String> = body
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’')))
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().replace('’', "'"))
        .collect();
    let polite = |word: &str| POLITE.contains(&format!(" {word} "));
    let thanks = words.iter().any(|word| matches!(word.as_str(), "thank" | "thanks" | "cheers" | "ta" | "grateful"));
    thanks && words.iter().filter(|word| !polite(word)).count() <= NAMES_MAX
}

/// Drops "Hi Sam," and what stands under "Kind regards," (a name, a post, a telephone number).
fn lines_between_greeting_and_name(new: &str) -> String {
    let mut lines: Vec<&str> = new.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > 1 && lines.first().is_some_and(|line| GREETING.hits(line)) {
        lines.remove(0);
    }
    let end = lines.iter().position(|line| SIGN_OFF.hits(line)).map_or(lines.len(), |at| at + 1);
    lines.truncate(end);
    lines.join("\n")
}

static GREETING: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[r"^(hi|hello|hey|dear|good (morning|afternoon|evening))\b[^.!]{0,40}[,.!]?$"]));
pub(super) static SIGN_OFF: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"^(many |with )?(thanks|thank you|cheers)( again| very much| in advance)?( and)?( kind| best)?( regards)?[,.!]?$",
        r"^((with|kind|kindest|best|warm|warmest|many) )*(regards|wishes)[,.!]?$",
        r"^yours (sincerely|faithfully)[,.]?$",
    ])
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_compiles() {
        for topic in [&ATTACHMENT, &DRAFT, &FOR_INFORMATION] {
            assert!(topic.said.compiles() && topic.unless.compiles());
        }
        assert!(HERE.compiles() && QUESTION.compiles() && GREETING.compiles() && SIGN_OFF.compiles());
    }

    #[test]
    fn attachments_that_are_here_now() {
        for (text, expected) in [
            ("Please find attached our SCAL.", true),
            ("Please find our\ncompleted SCAL for review.", true),
            ("SCAL enclosed", true),
            ("Please find attached our SCAL; the pack will be sent later.", true),
            ("I have attached the SCAL and will send the pack tomorrow", true),
            ("We have no questions. See attachment.", true),
            ("I will attach the SCAL tomorrow.", false),
            ("There is no attachment to this email.", false),
            ("The SCAL is not yet attached.", false),
            ("We could not open the attachment you sent.", false),
            ("Thank you for your attachment.", false),
            ("The attachment will follow later.", false),
            ("Hello", false),
        ] {
            assert_eq!(says(text, "").attachment, expected, "{text}");
        }
    }

    #[test]
    fn drafts_and_copies_for_information() {
        for (text, subject, draft, information) in [
            ("This is a draft, please look.", "SCAL", true, false),
            ("", "DRAFT SCAL", true, false),
            ("This is no longer a draft.", "SCAL", false, false),
            ("For your information only.", "", false, true),
            ("", "FYI: SCAL", false, true),
            ("Our lead for information governance is away.", "", false, false),
            ("Freedom of information", "", false, false),
        ] {
            let says = says(text, subject);
            assert_eq!((says.draft, says.for_information), (draft, information), "{text} {subject}");
        }
    }

    #[test]
    fn questions() {
        for (text, expected) in [
            ("When is our session?", true),
            ("Could you please advise on row 17.", true),
            ("Please let us know whether that is right.", true),
            ("See https://x.example/?a=b", false),
            ("Please find our SCAL attached.", false),
        ] {
            assert_eq!(says(text, "Question?").question, expected, "{text}");
        }
    }

    #[test]
    fn thanks_and_nothing_else() {
        for (text, expected) in [
            ("Thanks", true),
            ("Hi Sam,\n\nMany thanks for your help.\n\nKind regards,\nPriya Nair\nHead of Products", true),
            ("Thank you Sam, that's great!", true),
            ("Thanks, received.\nPriya", true),
            ("Thanks,\nPriya Nair\nCare Vista", true),
            ("Thanks. The SCAL follows on Friday.", false),
            ("Thanks?", false),
            ("Kind regards,\nPriya", false),
            ("", false),
            ("Please find our SCAL attached.\nThanks,\nPriya", false),
        ] {
            assert_eq!(says(text, "").thanks_only, expected, "{text}");
        }
    }

    #[test]
    fn anything_new_at_all() {
        assert!(says("ok", "").anything);
        assert!(!says(" -- \n", "Subject").anything);
    }
}
