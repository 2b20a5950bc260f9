//! Who acts at the desk, and whether they may.

use app::Viewer;
use axum::{
    extract::{FromRequestParts, Request, State as Reached},
    middleware::Next,
    response::Response,
};
use billing::{
    people::Session,
    staff::{Permission, audit_log::Actor},
};
use http::request::Parts;

use crate::{client_address::ClientAddress, state::State, viewer::sign_in_first};

/// A member of staff who is signed in. What they may do was looked at before, by [`must`].
pub struct Staff {
    pub session: Session,
    /// How the audit log knows them.
    pub actor: Actor,
}

impl FromRequestParts<State> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        let viewer = parts.extensions.get::<Viewer>().cloned();
        let session = viewer
            .and_then(|viewer| viewer.0)
            .filter(|session| session.person.role.is_some())
            .ok_or_else(sign_in_first)?;
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        Ok(Self {
            actor: Actor::person(&session.person, Some(address.to_string())),
            session,
        })
    }
}

/// Lets only those go on whose role allows it, for a group of routes.
pub async fn must(
    Reached((state, permission)): Reached<(State, Permission)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let staff = match Staff::from_request_parts(&mut parts, &state).await {
        Ok(staff) => staff,
        Err(answer) => return answer,
    };
    let role = staff.session.person.role;
    if role.is_some_and(|role| role.may(permission)) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    tracing::warn!(by = staff.actor.name, ?permission, "refused by role");
    state.forbidden()
}
