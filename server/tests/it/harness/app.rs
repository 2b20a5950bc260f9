//! The app on the device of a member of staff that shows codes.

use billing::clock::Time;
use totp_rs::{Builder, Secret, Totp};

use super::{Browser, Page, between};

pub struct App(Totp);

impl App {
    /// Takes the secret off the page on which an app is set up.
    pub fn of(page: &Page) -> Self {
        let text = between(&page.text, "<code class=\"secret\">", "<").unwrap();
        let secret = Secret::try_from_base32(text.replace(' ', "")).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// What it shows at a time.
    pub fn code(&self, at: Time) -> String {
        self.0.generate(at.unix().try_into().unwrap()).to_string()
    }
}

impl Browser {
    /// A member of staff who has signed in by password sets up their first app. Answers that, and the
    /// page with the recovery codes.
    pub async fn set_up_app(&self, at: Time) -> (App, Page) {
        let offered = self.post("/admin/security/authenticator/offer", &[]).await;
        let page = self.get(offered.is(303).location()).await.is(200);
        let app = App::of(&page);
        let typed = [("code", app.code(at))];
        let typed = typed.each_ref().map(|(name, code)| (*name, code.as_str()));
        let codes = self.post("/admin/security/authenticator", &typed).await;
        (app, codes.is(200))
    }
}
