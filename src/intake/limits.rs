//! Every limit on hostile or broken input, in one place. Reaching one is a finding, never an error.
//! Each has a test that goes one past it.

// Messages (intake::message).

/// A larger message is not opened. Exchange lets at most 150 MB through, NHSmail 35 MB.
pub(super) const MESSAGE_BYTES_MAX: usize = 60 * MIB;
/// One block of header fields, of the message or of a part.
pub(super) const HEADER_BYTES_MAX: usize = 512 * KIB;
pub(super) const HEADER_FIELDS_MAX: usize = 2_000;
/// One `Content-Type` or `Content-Disposition`: joining its continuations takes quadratic time.
pub(super) const MIME_FIELD_BYTES_MAX: usize = 16 * KIB;
/// Multiparts and messages within one another.
pub(super) const MIME_DEPTH_MAX: usize = 24;
pub(super) const MIME_PARTS_MAX: usize = 1_000;
pub(super) const ADDRESSES_MAX: usize = 500;
pub(super) const REFERENCES_MAX: usize = 100;
/// RFC 5322 §2.1.1: no line, so no identifier, is longer.
pub(super) const MESSAGE_ID_CHARS_MAX: usize = 998;
pub(super) const SUBJECT_CHARS_MAX: usize = 300;
/// A display name.
pub(super) const PERSON_CHARS_MAX: usize = 120;
/// A file name, or each half of `in.zip/inner.xlsx`.
pub(super) const FILE_NAME_CHARS_MAX: usize = 120;
pub(super) const ATTACHMENTS_MAX: usize = 100;
/// An image of this size or less, with a name such as `image001.png`, belongs to a signature.
pub(super) const SIGNATURE_IMAGE_BYTES_MAX: usize = 100 * KIB;
pub(super) const ARCHIVE_ENTRIES_MAX: usize = 1_000;
/// What all files of a zip may come to, counted while they are inflated.
pub(super) const ARCHIVE_BYTES_MAX: u64 = 100 * MIB as u64;
pub(super) const TNEF_ATTRIBUTES_MAX: usize = 10_000;
pub(super) const TNEF_PROPERTIES_MAX: usize = 1_000;
/// The text of a body: what lies beyond is not examined.
pub(super) const BODY_TEXT_BYTES_MAX: usize = 256 * KIB;
/// The same before an HTML body is made text: Outlook writes much style.
pub(super) const HTML_BYTES_MAX: usize = 2 * MIB;
pub(super) const LINKS_MAX: usize = 2_000;
pub(super) const LINK_CHARS_MAX: usize = 4_000;
/// The beginning of an attached text, where a filter puts its notice.
pub(super) const NOTICE_BYTES_MAX: usize = 4 * KIB;
/// Commands of one message: as many as anybody gives at once.
pub(super) const COMMANDS_MAX: usize = 5;
/// One command with its reason or note; the reply shows what was kept.
pub(super) const COMMAND_CHARS_MAX: usize = 600;
/// The words that ask for letters in another format: they are kept and shown to staff.
pub(super) const NEED_CHARS_MAX: usize = 120;
/// A calendar object; a larger one is not read. One event with a description seldom has 20 KiB.
pub(super) const CALENDAR_BYTES_MAX: usize = 256 * KIB;
/// Lines of a calendar object as they are meant, without their folds.
pub(super) const CALENDAR_LINES_MAX: usize = 2_000;
/// An identifier or a link of an event.
pub(super) const CALENDAR_VALUE_CHARS_MAX: usize = 998;
/// Recipients of one delivery report.
pub(super) const REPORT_RECIPIENTS_MAX: usize = 1_000;

// Documents (intake::document, intake::workbook, intake::word, intake::pdf). The published workbook inflates to 2.7 MB in 146 parts,
// holds 203 kB of shared strings and keeps 2,500 filled cells in 19 sheets; the limits stand well above that.

/// Used where `Receiver::attachment_bytes_max` is 0: what Exchange Online delivers by default.
pub(super) const ATTACHMENT_BYTES_MAX: u64 = 35 * MIB as u64;
/// Characters of a file name that are kept.
pub(super) const NAME_CHARS_MAX: usize = 200;

pub(super) const ZIP_ENTRIES_MAX: usize = 4_000;
/// Inflated bytes of all parts together, counted while inflating: what the archive says of itself is not believed.
pub(super) const ZIP_BYTES_MAX: u64 = 96 * 1024 * 1024;
/// Inflated bytes of one part.
pub(super) const ZIP_PART_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Inflated bytes of one part that the spreadsheet library keeps whole in memory, several times over.
pub(super) const EAGER_PART_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Shared strings that a workbook may announce: the library reserves room for as many before it reads one.
pub(super) const SHARED_STRINGS_MAX: u64 = 400_000;

pub(super) const SHEETS_MAX: usize = 80;
/// Cells of a workbook that are looked at, blank ones too. One sheet may have half of what is left of this and of the
/// cells and the text that are kept, so that a vast one does not hide those after it.
pub(super) const CELLS_SEEN_MAX: usize = 2_000_000;
/// Records of a workbook of before 2007 that are looked at: sheets may claim to lie over one another.
pub(super) const RECORDS_MAX: usize = 8_000_000;
pub(super) const ROWS_MAX: u32 = 5_000;
pub(super) const COLUMNS_MAX: u32 = 64;
/// Filled cells kept of one workbook or document.
pub(super) const CELLS_MAX: usize = 100_000;
/// Characters of text kept of one cell or paragraph.
pub(super) const CELL_CHARS_MAX: usize = 4_000;
/// Characters of a value that goes into letters and records, such as the name of a product.
pub(super) const VALUE_CHARS_MAX: usize = 200;
/// Bytes of text kept of one workbook or document.
pub(super) const TEXT_BYTES_MAX: usize = 12 * 1024 * 1024;

/// Embedded files and pictures of a workbook that are looked at; the published one has 10.
pub(super) const OBJECTS_MAX: usize = 200;
/// Embedded files that are opened to see whether one is the certificate.
pub(super) const OBJECTS_READ_MAX: usize = 6;

/// Tables kept of a Word document.
pub(super) const TABLES_MAX: usize = 500;
/// Elements within elements in a Word document; real ones stay under 40.
pub(super) const XML_DEPTH_MAX: usize = 200;
/// Pages of a PDF that are looked at: a form has two.
pub(super) const PDF_PAGES_MAX: usize = 20;
/// Characters kept of one page.
pub(super) const PDF_GLYPHS_MAX: usize = 20_000;
/// What all streams of a PDF may come to when they are inflated: those of a form hold little more than its fonts.
pub(super) const PDF_INFLATED_BYTES_MAX: usize = 64 * MIB;
/// Streams packed within a packed stream that are followed.
pub(super) const PDF_PACKED_MAX: usize = 4;
/// Steps of drawing one PDF; a drawing may name others, each of them any number of times.
pub(super) const PDF_STEPS_MAX: usize = 200_000;
/// Arrays and dictionaries within one another in a PDF; real ones stay under 10.
pub(super) const PDF_DEPTH_MAX: usize = 200;
/// Bytes of one XML tag with its attributes.
pub(super) const XML_TAG_BYTES_MAX: usize = 64 * 1024;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
