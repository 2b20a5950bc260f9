//! Forms that pages send. Each works without a script: it changes something and leads on, or shows
//! the same page again with what was typed and what is wrong with it.

mod account;
mod cards;
mod coupons;
mod hosted;
mod orders;
mod people;
mod plans;
mod recovery;
mod studio;

pub use account::{change_email, change_password, close, export, verify_email};
pub use cards::{make_default, remove_card};
pub use coupons::{apply_coupon, redeem_code, remove_coupon};
pub use hosted::{came_back, leave_page, open_page};
pub use orders::{cancel_order, place_order};
pub use people::{end_other_sessions, end_session, sign_in, sign_out, sign_up};
pub use plans::{cancel_plan, change_plan, keep_plan, subscribe};
pub use recovery::{confirm, forgot, reset};
pub use studio::studio;
