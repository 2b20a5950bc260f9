//! One run: how far it is, what it met, and what is done about all of a class.

use std::time::Duration;

use billing::{
    id::ReconciliationId,
    money::Money,
    reconcile::{Class, Count, Finding, FindingState, Problem, Reconciliation, Stage, Stake},
    staff::{Permission, Rows},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    act::{Question, choices, chosen, question},
    words::{self, became, class_name, finding_state},
};
use crate::{
    Trouble,
    context::{self, FormState},
    desk::{
        asked::Asked,
        facts::{facts, text},
        parts::{done, may},
        table::{Column, Filter, InFile, Row, Table},
    },
    problem::trouble,
    words::When,
};

const COLUMNS: &[Column] = &[
    Column::new("What"),
    Column::new("At the provider").wide(),
    Column::new("Amount").amount(),
    Column::new("State"),
    Column::new("What came of it").wide(),
    Column::new("Happened").amount().wide(),
];

const DONE: &[(&str, &str)] = &[
    ("started", "Begun. What it finds stands below."),
    (
        "acting",
        "It is being done, one after another; what does not work stays, with the reason.",
    ),
];
/// A run that nobody has gone on with for so long has stopped.
const STOPPED_AFTER: Duration = Duration::from_secs(120);
/// Unreadable lines that are shown; the file has all.
const UNREADABLE: i64 = 20;

struct Loaded {
    run: Reconciliation,
    counts: Vec<Count>,
    stakes: Vec<Stake>,
    problems: Vec<Problem>,
    findings: Rows<Finding>,
    has_stopped: bool,
}

#[component]
pub(in crate::desk) fn RunPage() -> impl IntoView {
    let form = FormState::from_context();
    Suspend::new(async move {
        let asked = Asked::here();
        match load(&asked).await {
            Ok(loaded) => page(&asked, loaded, form),
            Err(what) => trouble(what),
        }
    })
}

async fn load(asked: &Asked) -> Result<Loaded, Trouble> {
    let id: ReconciliationId = context::segment("run").ok_or(Trouble::NotFound)?;
    let billing = context::billing()?;
    let run = billing.reconciliation(id).await?.ok_or(Trouble::NotFound)?;
    let silent = billing.clock().now().since(run.updated_at) > STOPPED_AFTER;
    Ok(Loaded {
        counts: billing.finding_counts(id).await?,
        stakes: billing.stakes(id).await?,
        problems: billing.unreadable_lines(id, 0, UNREADABLE).await?,
        findings: billing.met(id, wanted_class(asked), asked.part()).await?,
        has_stopped: silent && run.stage != Stage::Finished,
        run,
    })
}

/// Which class an address asks for.
pub fn wanted_class(asked: &Asked) -> Option<Class> {
    asked.read("class")
}

fn page(asked: &Asked, loaded: Loaded, form: FormState) -> AnyView {
    let Loaded {
        run,
        counts,
        stakes,
        problems,
        findings,
        has_stopped,
    } = loaded;
    let path = format!("/admin/reconciliation/{}", run.id);
    let typed = form
        .values
        .get("class")
        .and_then(|class| class.parse().ok());
    let class = typed.or_else(|| wanted_class(asked));
    let is_decided = !may(Permission::Money) || run.stage != Stage::Finished;
    let decide = class
        .filter(|_| !is_decided)
        .and_then(|class| decide(&path, class, &stakes, form));
    let unreadable = unreadable(&path, &problems);
    let live = live(&run, &counts, &stakes, has_stopped);
    view! {
        <Title text="Reconciliation"/>
        <div class="desk-page">
            <h1>{words::subject(&run)}</h1>
            {done(DONE)}
            {live}
            {decide}
            {unreadable}
            <section aria-labelledby="findings">
                <h2 id="findings">"What differs"</h2>
                {table(findings, &path).show(asked)}
            </section>
            <p class="aside">
                <a href="/admin/reconciliation">"All reconciliations"</a>
            </p>
        </div>
    }
    .into_any()
}

/// How far it is: asked for anew while somebody looks.
fn live(run: &Reconciliation, counts: &[Count], stakes: &[Stake], has_stopped: bool) -> AnyView {
    let when = |time| view! { <When time/> }.into_any();
    let kind = match run.applies {
        true => "What differs is dealt with as the rules say",
        false => "Nothing is done about what differs before somebody decides",
    };
    let stopped = has_stopped.then(|| go_on(run));
    let classes: Vec<Class> = counts.iter().fold(Vec::new(), |mut classes, count| {
        if classes.last() != Some(&count.class) {
            classes.push(count.class);
        }
        classes
    });
    let rows = classes.into_iter().map(|class| {
        let of = |state| {
            let count = counts
                .iter()
                .find(|it| it.class == class && it.state == state);
            count.map_or(0, |count| count.findings)
        };
        let of_class = || stakes.iter().filter(|stake| stake.class == class);
        let vain: i64 = of_class().map(|stake| stake.troubled).sum();
        let amounts: Vec<_> = of_class().filter_map(|stake| stake.amount).collect();
        view! {
            <tr>
                <th scope="row">
                    <a href=format!("/admin/reconciliation/{}?class={class}", run.id)>
                        {class_name(class)}
                    </a>
                </th>
                <td class="amount">{of(FindingState::Open)}</td>
                <td class="amount">{vain}</td>
                <td class="amount">{of(FindingState::Held)}</td>
                <td class="amount">{of(FindingState::Done)}</td>
                <td class="amount secondary-cell">{listed(&amounts)}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <div class="table-scroll">
                <table class="desk-table">
                    <caption class="visually-hidden">"findings by class and state"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Class"</th>
                            <th scope="col" class="amount">"Open"</th>
                            <th scope="col" class="amount">"Tried in vain"</th>
                            <th scope="col" class="amount">"Set aside"</th>
                            <th scope="col" class="amount">"Done"</th>
                            <th scope="col" class="amount secondary-cell">"Undecided, together"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    });
    let log = format!("/admin/audit?subject={}", run.id);
    view! {
        <section id="progress" aria-label="How far it is" data-live>
            {facts([
                ("State", text(Some(words::stage(run)))),
                ("Lines", text(Some(run.lines))),
                ("Unreadable", text(Some(run.unreadable).filter(|lines| *lines > 0))),
                ("Books of", text(Some(run.gateway.clone()))),
                ("Then", text(Some(kind))),
                ("Begun by", text(Some(run.started_by.clone()))),
                ("Begun", Some(when(run.created_at))),
                ("Finished", run.finished_at.map(when)),
                ("What was done", Some(view! { <a href=log>"In the audit log"</a> }.into_any())),
            ])}
            {stopped}
            {table}
        </section>
    }
    .into_any()
}

/// A run that was interrupted goes on where it was, when the same is begun again.
fn go_on(run: &Reconciliation) -> AnyView {
    let days = run
        .period
        .filter(|_| run.file.is_none() && may(Permission::Help));
    let again = days.map(|period| {
        let day = |time| billing::clock::Day::from(time).to_string();
        let last = billing::clock::Time(period.to.0 - 1);
        view! {
            <form method="post" action="/admin/reconciliation">
                <input type="hidden" name="from" value=day(period.from)/>
                <input type="hidden" name="to" value=day(last)/>
                <button class="button" type="submit">
                    "Go on"
                </button>
            </form>
        }
    });
    let how = match run.file {
        Some(_) => "Upload the same file again: it goes on where it was.",
        None => "The log tells why. It goes on where it was.",
    };
    view! {
        <div class="alert">
            <p>"It has not gone on for two minutes. " {how}</p>
            {again}
        </div>
    }
    .into_any()
}

fn decide(path: &str, class: Class, stakes: &[Stake], form: FormState) -> Option<AnyView> {
    let of_class: Vec<_> = stakes.iter().filter(|stake| stake.class == class).collect();
    let count: i64 = of_class.iter().map(|stake| stake.findings).sum();
    if count == 0 {
        return None;
    }
    let amounts: Vec<_> = of_class.iter().filter_map(|stake| stake.amount).collect();
    let together = match amounts.is_empty() {
        true => String::new(),
        false => format!(", {} together", listed(&amounts)),
    };
    let about = match count {
        1 => format!("{}: 1 finding{together}", class_name(class)),
        _ => format!("{}: {count} findings{together}", class_name(class)),
    };
    if let Some(action) = chosen(class.actions(), &form) {
        let asked = Question {
            page: path.to_owned(),
            action,
            about,
            hidden: vec![("class", class.to_string())],
        };
        return Some(question(asked, form));
    }
    let page = format!("{path}?class={class}");
    let usual = words::action_name(class.usual_action());
    let section = view! {
        <section aria-labelledby="do">
            <h2 id="do">"All of a class"</h2>
            <p>
                {about} ". What is usual: " {usual} "; the rules of the catalogue may say otherwise for \
                each, as its page shows."
            </p>
            {choices(class.actions(), &page, None)}
        </section>
    };
    Some(section.into_any())
}

/// Amounts of several currencies.
fn listed(amounts: &[Money]) -> String {
    let amounts: Vec<_> = amounts.iter().map(Money::to_string).collect();
    amounts.join(", ")
}

fn unreadable(path: &str, problems: &[Problem]) -> Option<AnyView> {
    if problems.is_empty() {
        return None;
    }
    let lines = problems.iter().map(|problem| {
        view! {
            <li>{format!("Line {}: {}", problem.line, problem.text)}</li>
        }
    });
    let section = view! {
        <section aria-labelledby="unreadable">
            <h2 id="unreadable">"Lines that could not be read"</h2>
            <ul class="plain">{lines.collect_view()}</ul>
            <p>
                <a href=format!("{path}/unreadable.csv") download>
                    "Export all of them as CSV"
                </a>
            </p>
        </section>
    };
    Some(section.into_any())
}

fn table(findings: Rows<Finding>, path: &str) -> Table {
    let classes = Class::ALL.iter();
    let classes = classes.map(|class| (class.to_string(), class_name(*class).to_owned()));
    let export = format!("{path}/findings.csv");
    Table {
        caption: "findings",
        columns: COLUMNS,
        rows: findings.rows.into_iter().map(row).collect(),
        next: findings.next,
        filters: vec![Filter::Choice {
            name: "class",
            label: "Class",
            words: classes.collect(),
        }],
        export: Some(export.into()),
        empty: "Nothing differs.",
    }
}

fn row(finding: Finding) -> Row {
    let outcome = became(&finding);
    let name = view! {
        {class_name(finding.class)}
        <span class="secondary">{finding.detail}</span>
    };
    Row {
        href: Some(format!("/admin/findings/{}", finding.id)),
        cells: vec![
            name.into_any(),
            view! { <code>{finding.subject}</code> }.into_any(),
            text(finding.amount).into_any(),
            finding_state(finding.state).into_any(),
            outcome.into_any(),
            view! { <When time=finding.happened_at/> }.into_any(),
        ],
    }
}

/// The columns of the file of findings.
pub const FINDINGS_FILE: &[InFile<Finding>] = &[
    ("class", |it| it.class.to_string()),
    ("gateway", |it| it.gateway.clone()),
    ("subject", |it| it.subject.clone()),
    ("payment", |it| it.payment.clone().unwrap_or_default()),
    ("transaction", |it| {
        it.transaction.map(|id| id.to_string()).unwrap_or_default()
    }),
    ("amount", |it| {
        it.amount
            .map(|amount| amount.value.to_string())
            .unwrap_or_default()
    }),
    ("currency", |it| {
        it.amount
            .map(|amount| amount.currency.as_str().to_owned())
            .unwrap_or_default()
    }),
    ("detail", |it| it.detail.clone()),
    ("happened_at", |it| it.happened_at.to_string()),
    ("state", |it| it.state.to_string()),
    ("outcome", became),
    ("id", |it| it.id.to_string()),
];

/// The columns of the file of unreadable lines.
pub const UNREADABLE_FILE: &[InFile<Problem>] = &[
    ("line", |it| it.line.to_string()),
    ("problem", |it| it.text.clone()),
];
