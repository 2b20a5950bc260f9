//! What time it is here, and the buttons that move it on.

use maud::{Markup, html};

use crate::calendar;
use crate::gateway::Gateway;
use crate::objects::subscriptions;

const DAY_S: i64 = 24 * 60 * 60;
/// The longest month, so that whatever comes monthly has come.
const MONTH_S: i64 = 31 * DAY_S;
/// A renewal's invoice is charged when its hour as a draft is over.
const CHARGED_AFTER_S: i64 = 60 * 60;

pub fn section(gateway: &Gateway) -> Markup {
    let now = jiff::Timestamp::from_second(gateway.clock.now()).unwrap_or_default();
    let next = subscriptions::cycle::next_renewal(&gateway.account());
    html! {
        section aria-labelledby="clock-title" {
            h2 #clock-title { "Clock" }
            p #clock data-live {
                time datetime=(now) { (now.strftime("%A, %-d %B %Y, %H:%M:%S UTC")) }
                @if gateway.clock.offset_s() == 0 { span.quiet { "The system’s time." } }
                @else { span.quiet { (ahead(gateway.clock.offset_s())) " ahead of the system’s time." } }
            }
            p.buttons {
                button.small type="button" data-advance=(DAY_S) { "Advance a day" }
                button.small type="button" data-advance=(MONTH_S) { "Advance a month" }
            }
            p.buttons #renewal data-live {
                @if let Some(at) = next {
                    button.small type="button" data-to=(at + CHARGED_AFTER_S) { "Advance to the next renewal" }
                    span.quiet { (calendar::day(at)) }
                } @else {
                    span.quiet { "No subscription renews." }
                }
            }
        }
    }
}

fn ahead(seconds: i64) -> String {
    match (seconds / DAY_S, seconds % DAY_S / 3_600) {
        (0, 0) => format!("{seconds} s"),
        (0, hours) => format!("{hours} h"),
        (1, _) => "1 day".to_owned(),
        (days, _) => format!("{days} days"),
    }
}
