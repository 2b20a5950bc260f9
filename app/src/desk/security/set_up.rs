//! Setting up an app: what it is given, and its first code.

use billing::staff::Offer;
use leptos::prelude::*;
use leptos_meta::Title;
use qrcode::{EcLevel, QrCode, render::svg};

use super::recovery::{nothing_offered, recovery_codes};
use crate::{
    Trouble,
    context::{self, FormState},
    desk::access::Once,
    forms::{ErrorSummary, Field},
    problem::trouble,
};

/// What the app is given; then, once, the recovery codes that came with it.
#[component]
pub(in crate::desk) fn SetUpPage() -> impl IntoView {
    let form = FormState::from_context();
    let codes: Option<Once> = use_context();
    Suspend::new(async move {
        if let Some(codes) = codes {
            return recovery_codes("Your second factor is set up", codes);
        }
        match offered().await {
            Ok(Some(offer)) => set_up(&offer, form),
            Ok(None) => nothing_offered(),
            Err(what) => trouble(what),
        }
    })
}

async fn offered() -> Result<Option<Offer>, Trouble> {
    let session = context::viewer().0.ok_or(Trouble::SignedOut)?;
    Ok(context::billing()?.offered_authenticator(&session).await?)
}

fn set_up(offer: &Offer, form: FormState) -> AnyView {
    let (url, text) = (offer.url.clone(), offer.text.clone());
    let picture = picture(&url).map(|svg| {
        view! { <div class="qr" role="img" aria-label="QR code for your app" inner_html=svg></div> }
    });
    view! {
        <Title text="Set up an app"/>
        <div class="desk-page">
            <h1>"Set up an app"</h1>
            <ErrorSummary form=form.clone()/>
            <ol class="desk-steps">
                <li>
                    <p>
                        "Scan this with an authenticator app, or "
                        <a href=url>"open it in an app on this device"</a> "."
                    </p>
                    {picture}
                    <p>"Or type the secret into it: " <code class="secret">{text}</code></p>
                </li>
                <li>
                    <form
                        method="post"
                        action="/admin/security/authenticator"
                        class="stack desk-form"
                    >
                        <Field
                            name="code"
                            label="The code that the app shows now"
                            autocomplete="one-time-code"
                            maxlength=10
                            form
                        />
                        <button class="button" type="submit">
                            "Use this app"
                        </button>
                    </form>
                </li>
            </ol>
        </div>
    }
    .into_any()
}

/// The address as a picture; an address that is too long for one is only shown as text.
fn picture(url: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M).ok()?;
    let svg = code
        .render::<svg::Color>()
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .build();
    // Without the declaration that files begin with.
    svg.find("<svg").map(|begin| svg[begin..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::picture;

    #[test]
    fn an_address_becomes_a_picture() {
        let svg = picture("otpauth://totp/Tender:ann%40shop.example?secret=GEZDGNBVGY3TQOJQ");
        assert!(svg.is_some_and(|svg| svg.starts_with("<svg") && svg.ends_with("</svg>")));
        assert_eq!(picture(&"long".repeat(1000)), None);
    }
}
