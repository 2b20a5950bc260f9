//! A settlement file is handed over.

use billing::staff::Permission;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{Trouble, context::FormState, desk::parts::may, forms::ErrorSummary, problem::trouble};

#[component]
pub(in crate::desk) fn UploadPage() -> impl IntoView {
    if !may(Permission::Help) {
        return trouble(Trouble::NotFound);
    }
    let form = FormState::from_context();
    let value = |field: &str| form.value(field);
    let (from, to, columns, unit) = (value("from"), value("to"), value("columns"), value("unit"));
    let wrong = |field: &str| form.errors.contains_key(field).then_some("true");
    let error = |field: &str| {
        let error = form.errors.get(field).cloned();
        let id = format!("{field}-error");
        error.map(|error| view! { <p class="field-error" id=id>{error}</p> })
    };
    view! {
        <Title text="Compare a settlement file"/>
        <div class="desk-page">
            <h1>"Compare a settlement file"</h1>
            <p class="lead">
                "Stripe's balance and payout reconciliation reports and Razorpay's settlement recon are "
                "known by their columns. Of any other CSV you say which column means what. Nothing is done "
                "about what differs before you have seen it."
            </p>
            <ErrorSummary form=form.clone()/>
            <form
                method="post"
                action="/admin/reconciliation/upload"
                enctype="multipart/form-data"
                class="stack desk-form"
                data-upload
            >
                <div class="field">
                    <label for="columns">"Which column says what"</label>
                    <input
                        id="columns"
                        name="columns"
                        value=columns
                        aria-invalid=wrong("columns")
                        aria-describedby="columns-hint columns-error"
                    />
                    <p class="hint" id="columns-hint">
                        "Only for other files: amount=Gross,created=Booked on. Fields: id, type, reference, "
                        "payment, invoice, transaction, status, amount, currency, fee, fee_currency, tax, "
                        "payout, created."
                    </p>
                    {error("columns")}
                </div>
                <div class="field">
                    <label for="unit">"Amounts are written"</label>
                    <select id="unit" name="unit">
                        <option value="">"As usual for such a file"</option>
                        <option value="major" selected=unit == "major">
                            "In whole units: 19.00"
                        </option>
                        <option value="minor" selected=unit == "minor">
                            "In the smallest unit: 1900"
                        </option>
                    </select>
                </div>
                <div class="filters">
                    <div class="field">
                        <label for="from">"First day that it covers"</label>
                        <input
                            id="from"
                            name="from"
                            type="date"
                            value=from
                            aria-invalid=wrong("from")
                            aria-describedby="days-hint"
                        />
                    </div>
                    <div class="field">
                        <label for="to">"Last day"</label>
                        <input
                            id="to"
                            name="to"
                            type="date"
                            value=to
                            aria-invalid=wrong("to")
                            aria-describedby="days-hint"
                        />
                    </div>
                </div>
                <p class="hint" id="days-hint">
                    "With days, payments of those that the file lacks are found, too."
                </p>
                <div class="field">
                    <label for="file">"File"</label>
                    <input
                        id="file"
                        name="file"
                        type="file"
                        accept=".csv,text/csv"
                        required
                        aria-invalid=wrong("file")
                        aria-describedby="file-hint file-error"
                    />
                    <p class="hint" id="file-hint">
                        "CSV, up to 1 GiB. It is deleted here when it has been read."
                    </p>
                    {error("file")}
                </div>
                <button class="button" type="submit">
                    "Upload and compare"
                </button>
                <progress hidden max="1" value="0" aria-label="How much is uploaded"></progress>
            </form>
            <p class="aside">
                <a href="/admin/reconciliation">"All reconciliations"</a>
            </p>
        </div>
    }
    .into_any()
}
