//! Every limit on hostile or broken input, in one place. Reaching one is a finding, never an error.
//! Each has a test that goes one past it.

// Messages (intake::message).

// Documents (intake::document, intake::workbook).
