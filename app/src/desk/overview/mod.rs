//! Whether money is flowing: what needs somebody, and what happened in a span of days, compared with the
//! one before. The desk's script asks for it anew every few seconds.

mod alerts;
mod chart;
mod charts;
mod span;
mod tiles;

use billing::{
    clock::Day,
    inbox::Attention,
    money::Credits,
    staff::figures::{Days, Figures},
};
use futures::try_join;
use leptos::prelude::*;
use leptos_meta::Title;

use super::asked::Asked;
use crate::{Trouble, context, problem::trouble};
use charts::Charts;
use span::{Chosen, chosen};

/// Credits that run out within so many days are told.
const SOON: i64 = 30;

/// What the page shows.
struct Overview {
    days: Days,
    now: Figures,
    before: Figures,
    expiring: Credits,
    charts: Charts,
    attention: Attention,
}

#[component]
pub(super) fn OverviewPage() -> impl IntoView {
    Suspend::new(async move {
        let asked = Asked::here();
        match overview(&asked).await {
            Ok((chosen, overview)) => page(chosen, overview),
            Err(what) => trouble(what),
        }
    })
}

async fn overview(asked: &Asked) -> Result<(Chosen, Overview), Trouble> {
    let billing = context::billing()?;
    let today = Day::from(billing.clock().now());
    let chosen = chosen(asked, today);
    let days = chosen.days;
    // At once: with many customers each of them takes some milliseconds.
    let (now, before, expiring, net, credits, attention) = try_join!(
        billing.figures(days),
        billing.figures(days.before()),
        billing.expiring(SOON),
        billing.net_revenue(days),
        billing.credits_by_day(days),
        billing.attention(),
    )?;
    let mut currencies: Vec<_> = now
        .revenue
        .currencies()
        .chain(now.refunded.currencies())
        .collect();
    // Nothing sold yet is told in the currency that is sold in.
    currencies.push(billing.catalog().currency);
    currencies.sort_unstable();
    currencies.dedup();
    let money = currencies.into_iter().map(|currency| {
        let net = net
            .iter()
            .map(|(day, amounts)| (*day, amounts.of(currency)));
        (currency, net.collect())
    });
    let overview = Overview {
        days,
        now,
        before,
        expiring,
        charts: Charts {
            money: money.collect(),
            credits,
        },
        attention,
    };
    Ok((chosen, overview))
}

fn page(chosen: Chosen, overview: Overview) -> AnyView {
    let tiles = tiles::tiles(&overview);
    view! {
        <Title text="Overview"/>
        <div class="desk-page">
            <h1>"Overview"</h1>
            {chosen.form()}
            <div id="live" class="desk-live" data-live>
                {alerts::alerts(&overview.attention)}
                {tiles}
                {overview.charts.show()}
            </div>
        </div>
    }
    .into_any()
}
