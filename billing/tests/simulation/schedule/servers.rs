//! What the network and our own servers do, and when they die.

use std::{ops::Range, time::Duration};

use billing::Billing;
use rand::Rng;

use super::{super::gateway::text, EVERYBODY, NOBODY, Schedule, expected, only};
use crate::common;

impl Schedule<'_> {
    pub(super) fn some_billing(&mut self) -> Billing {
        let server = self.some_server();
        self.world.server(server)
    }

    pub(super) async fn let_through(&mut self) -> Range<usize> {
        let Some(at) = self.one_of(self.world.calls.len()) else {
            return NOBODY;
        };
        let gist = self.world.calls[at].asked.gist();
        let fate = self.world.lets_through(at).await;
        self.say(format!("{gist}: {fate:?}"));
        EVERYBODY
    }

    pub(super) async fn deliver(&mut self) -> Range<usize> {
        let Some(at) = self.one_of(self.events.len()) else {
            return NOBODY;
        };
        let (event, copies) = &mut self.events[at];
        *copies -= 1;
        let event = match *copies {
            0 => self.events.swap_remove(at).0,
            _ => event.clone(),
        };
        self.say(format!("hears {}", text(&event, "type")));
        let billing = self.some_billing();
        let taken = common::deliver(&billing, &self.world.clock, &event).await;
        taken.expect("a genuine event is taken");
        let object = &event["data"]["object"];
        self.owner_of(object).map_or(EVERYBODY, only)
    }

    /// The network takes what happened at the gateway, and loses some of it for good.
    pub(super) fn hear(&mut self) {
        for event in self.world.gateway.news() {
            let object = &event["data"]["object"];
            if event["type"] == "invoice.finalized"
                && object["billing_reason"] == "subscription_cycle"
            {
                // The gateway writes to the customer where to pay it.
                self.opened.insert(text(object, "intent").to_owned());
            }
            match self.chance.random_range(0..10) {
                0 if self.world.seed.is_some() => {}
                1 | 2 => self.events.push((event, 3)),
                _ => self.events.push((event, 1)),
            }
        }
    }

    pub(super) async fn work(&mut self) -> Range<usize> {
        self.say("the worker looks into the inbox");
        let billing = self.some_billing();
        self.world
            .does(async { billing.process_events().await })
            .await;
        EVERYBODY
    }

    pub(super) async fn sweep(&mut self) -> Range<usize> {
        self.say("sweeps");
        let billing = self.some_billing();
        self.world
            .does(async { billing.sweep().await.unwrap() })
            .await;
        EVERYBODY
    }

    pub(super) async fn do_duties(&mut self) -> Range<usize> {
        self.say("what the gateway must be told is told");
        let billing = self.some_billing();
        self.world
            .does(async { billing.do_duties().await.unwrap() })
            .await;
        EVERYBODY
    }

    pub(super) async fn fill_gaps(&mut self) -> Range<usize> {
        self.say("the gateway's list is compared");
        let billing = self.some_billing();
        let compared = async { expected(billing.fill_gaps().await) };
        self.world.does(compared).await;
        EVERYBODY
    }

    pub(super) fn wait(&mut self) -> Range<usize> {
        let seconds =
            [1, 70, 3_700, 30_000, 90_000, 260_000, 440_000][self.chance.random_range(0..7)];
        self.say(format!("{seconds} s pass"));
        self.world.advance(Duration::from_secs(seconds));
        NOBODY
    }

    pub(super) fn die(&mut self) -> Range<usize> {
        let server = self.some_server();
        let lost = self.world.dies(server);
        self.say(format!("server {server} dies with {lost} under way"));
        NOBODY
    }
}
