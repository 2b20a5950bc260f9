//! What moves money or credits is told first, and done when it is confirmed.

use app::FormState;

/// Where a form stands that is confirmed before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was filled in: what it would do is told.
    Typed,
    /// It is to be changed.
    Change,
    Confirmed,
}

impl Step {
    /// By the button that was pressed.
    pub fn of(confirmed: &str) -> Self {
        match confirmed {
            "yes" => Self::Confirmed,
            "no" => Self::Change,
            _ => Self::Typed,
        }
    }

    /// Has the page ask for the confirmation.
    pub fn to_confirm(mut form: FormState) -> FormState {
        form.values.insert("step".to_owned(), "confirm".to_owned());
        form
    }
}
