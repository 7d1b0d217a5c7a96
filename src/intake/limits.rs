//! Every limit on hostile or broken input, in one place. Reaching one is a finding, never an error.
//! Each has a test that goes one past it.

// Messages (intake::message).

// Documents (intake::document, intake::workbook, intake::word). The published workbook inflates to 2.7 MB in 146 parts,
// holds 203 kB of shared strings and keeps 2,500 filled cells in 19 sheets; the limits stand well above that.

/// Used where `Receiver::attachment_bytes_max` is 0: what Exchange Online delivers by default.
pub(super) const ATTACHMENT_BYTES_MAX: u64 = 35 * 1024 * 1024;
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
/// Cells of a workbook that are looked at, blank ones too.
pub(super) const CELLS_SEEN_MAX: usize = 2_000_000;
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

/// Tables kept of a Word document.
pub(super) const TABLES_MAX: usize = 500;
/// Elements within elements in a Word document; real ones stay under 40.
pub(super) const XML_DEPTH_MAX: usize = 200;
/// Bytes of one XML tag with its attributes.
pub(super) const XML_TAG_BYTES_MAX: usize = 64 * 1024;
