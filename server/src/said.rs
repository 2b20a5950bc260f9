//! Lines for whoever runs a command. They may have read enough, and gone, as `head` does: that stops nothing.

/// A line on standard output.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}

/// A line on standard error: what is wrong, and how far it is.
macro_rules! say_aside {
    ($($words:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}
