//! A device that keeps a passkey, as a browser would speak to one.
//! Source: <https://www.w3.org/TR/webauthn-3/>, sections 5.8.1, 6.1 and 6.5.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Browser, Page};

/// Somebody was there, and showed a finger; and with a new passkey, the passkey.
const VERIFIED: u8 = 0x05;
const WITH_PASSKEY: u8 = 0x40;

pub struct Device {
    id: Vec<u8>,
    key: SigningKey,
    /// The page that it believes to be on.
    pub origin: String,
    /// How often it was used; it tells this each time.
    pub uses: u32,
}

impl Device {
    /// Behind a page of this origin.
    pub fn at(origin: &str) -> Self {
        let id = Uuid::new_v4().as_bytes().to_vec();
        Self {
            key: SigningKey::from_slice(Sha256::digest(&id).as_slice()).unwrap(),
            id,
            origin: origin.to_owned(),
            uses: 0,
        }
    }

    /// Makes its passkey.
    pub fn make(&self, question: &Value) -> Value {
        let mut data = self.data(&question["rp"]["id"], VERIFIED | WITH_PASSKEY);
        // No model of a device, then the id with its length.
        data.extend([0; 17]);
        data.push(self.id.len().try_into().unwrap());
        data.extend(&self.id);
        data.extend(self.public_key());
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(data.len().try_into().unwrap());
        object.extend(data);
        self.answer(json!({
            "clientDataJSON": encoded(&self.client_data("webauthn.create", question)),
            "attestationObject": encoded(&object),
        }))
    }

    /// Shows its passkey.
    pub fn show(&mut self, question: &Value) -> Value {
        self.uses += 1;
        let data = self.data(&question["rpId"], VERIFIED);
        let client_data = self.client_data("webauthn.get", question);
        let signed = [&data[..], Sha256::digest(&client_data).as_slice()].concat();
        let signature: DerSignature = self.key.sign(&signed);
        self.answer(json!({
            "clientDataJSON": encoded(&client_data),
            "authenticatorData": encoded(&data),
            "signature": encoded(signature.as_bytes()),
        }))
    }

    fn client_data(&self, kind: &str, question: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": question["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn data(&self, site: &Value, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(site.as_str().unwrap()).to_vec();
        data.push(flags);
        data.extend(self.uses.to_be_bytes());
        data
    }

    /// COSE: a point on the curve P-256, for ES256.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        let head = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20";
        [&head[..], x, b"\x22\x58\x20", y].concat()
    }

    fn answer(&self, response: Value) -> Value {
        json!({
            "id": encoded(&self.id),
            "rawId": encoded(&self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        })
    }

    /// As the device is named in questions.
    pub fn id(&self) -> String {
        encoded(&self.id)
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Browser {
    /// What a member of staff is asked who wants to add a passkey.
    pub async fn offered_passkey(&self, name: &str) -> Value {
        let typed = [("name", name)];
        let offered = self.post("/admin/security/passkeys/offer", &typed).await;
        offered.is(200).json()
    }

    /// A member of staff adds what a device made.
    pub async fn add_passkey(&self, name: &str, answer: &Value) -> Page {
        let answer = answer.to_string();
        let typed = [("name", name), ("passkey", answer.as_str())];
        self.post("/admin/security/passkeys", &typed).await
    }

    /// A member of staff who has signed in by password makes a passkey their first factor. Answers the
    /// page with the recovery codes.
    pub async fn set_up_passkey(&self, name: &str, device: &Device) -> Page {
        let question = self.offered_passkey(name).await;
        self.add_passkey(name, &device.make(&question)).await
    }

    /// What a member of staff is asked who wants in by a passkey.
    pub async fn asked_for_passkey(&self) -> Value {
        let asked = self.post("/admin/security/passkeys/ask", &[]).await;
        asked.is(200).json()
    }

    /// Gives what a device showed.
    pub async fn give_passkey(&self, answer: &Value) -> Page {
        let answer = answer.to_string();
        let given = [("passkey", answer.as_str()), ("next", "/admin/audit")];
        self.post("/admin/security", &given).await
    }
}
