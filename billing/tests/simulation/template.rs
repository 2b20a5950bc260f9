//! A database as it is when a shop has just opened: made once, and copied for each world.

use std::{path::Path, sync::LazyLock, thread};

use billing::{
    Billing,
    clock::{Clock, Time},
    store::{Location, backup},
};

use super::world::BEGIN;
use crate::common::{note_price, settings};

/// The file, byte for byte.
static TEMPLATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let made = thread::scope(|scope| scope.spawn(make).join());
    made.expect("a database can be made")
});

/// Puts a copy there.
pub fn copy_to(path: &Path) {
    std::fs::write(path, &*TEMPLATE).unwrap();
}

/// With the schema, what is sold, and what the gateway calls the prices of plans: every history has a
/// gateway of its own, and all of them agree on that.
fn make() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("tender.db"));
    let whole = folder.path().join("whole.db");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let clock = Clock::standing_at(Time::from_unix(BEGIN));
        let settings = settings(&location, &clock);
        let billing = Billing::open_quietly(settings).await.unwrap();
        for plan in &billing.catalog().plans {
            note_price(&location, plan).await;
        }
        backup(&location, &whole).await.unwrap();
        billing.stop().await;
    });
    std::fs::read(&whole).unwrap()
}
