//! A catalogue's file comes in: uploaded, or as a text.

use axum::{
    Form,
    extract::{FromRequest, Multipart, Request, State as Reached},
    response::{IntoResponse, Response},
};
use billing::{catalog::CatalogFile, staff::catalogue::Wish};
use http::{StatusCode, header::CONTENT_TYPE};

use super::{Fields, Staff, Step, WRONG, form_of, fulfil, page_again, value};
use crate::state::State;

/// The longest form: the file goes along when it is confirmed.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Tells what a file would change, and publishes it when that is confirmed.
pub async fn import(Reached(state): Reached<State>, staff: Staff, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let fields = match fields(request, &state).await {
        Ok(fields) => fields,
        Err(answer) => return answer,
    };
    let (form, step) = form_of(fields);
    if step == Step::Change {
        return page_again(&state, parts, StatusCode::OK, form).await;
    }
    let file = match CatalogFile::parse(value(&form, "text")) {
        Ok(file) => file,
        Err(error) => {
            let text = match error.lines().len() {
                1 => "Nothing was published: one thing in it is wrong.".to_owned(),
                many => format!("Nothing was published: {many} things in it are wrong."),
            };
            return page_again(&state, parts, WRONG, form.wrong("text", text)).await;
        }
    };
    let wish = Wish::Import(Box::new(file));
    let to = "/admin/catalogue?done=imported";
    fulfil(&state, parts, &staff, form, step, wish, to).await
}

/// What was sent, with the text of the file in the place of the text.
async fn fields(request: Request, state: &State) -> Result<Fields, Response> {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/") {
        let form = Form::<Fields>::from_request(request, state).await;
        return form.map(|form| form.0).map_err(IntoResponse::into_response);
    }
    let body = Multipart::from_request(request, state).await;
    let mut body = body.map_err(IntoResponse::into_response)?;
    let mut fields = Fields::new();
    let mut file = None;
    while let Some(field) = body
        .next_field()
        .await
        .map_err(IntoResponse::into_response)?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(IntoResponse::into_response)?;
        // What is no text is no TOML, and says so.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "file" if !text.is_empty() => file = Some(text),
            "file" => {}
            _ => {
                fields.insert(name, text);
            }
        }
    }
    if let Some(file) = file {
        fields.insert("text".to_owned(), file);
    }
    Ok(fields)
}
