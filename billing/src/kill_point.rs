//! Named points at which the crash tests end this process, as a power cut would: nothing is told,
//! closed or written any more. They are compiled in by the feature `kill-points` alone.
//!
//! A point is armed from outside and while the process runs, by a file of its name in the folder that
//! `TENDER_KILL_POINTS` names. Whoever comes by first takes the file away and dies, so it is known
//! afterwards that this point was reached, and the next process passes it.

macro_rules! kill_point {
    ($name:literal) => {
        #[cfg(feature = "kill-points")]
        crate::kill_point::reached($name);
    };
}

#[cfg(feature = "kill-points")]
pub(crate) fn reached(name: &str) {
    use std::{env, fs, path::PathBuf, process, sync::LazyLock};

    static ARMED: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| env::var_os("TENDER_KILL_POINTS").map(PathBuf::from));
    if let Some(folder) = &*ARMED
        && fs::remove_file(folder.join(name)).is_ok()
    {
        process::abort();
    }
}
