//! What can go wrong between an island and the server, as an island needs to know it.

use miniserde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::codec::LeanJson;

/// The one error of every server function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// The session has ended.
    SignedOut,
    /// There is no such thing, or it belongs to somebody else.
    NotFound,
    /// The order can no longer be paid.
    Closed,
    /// The payment provider did not answer.
    Gateway,
    /// Too many requests at once.
    Busy,
    /// The database did not answer.
    Unavailable,
    /// The server was not reached, or its answer was not understood.
    Unreachable,
}

impl FromServerFnError for Trouble {
    type Encoder = LeanJson;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self::Unreachable
    }
}

#[cfg(feature = "ssr")]
mod on_the_server {
    use billing::{Error, order::CheckoutError};
    use http::StatusCode;

    use super::Trouble;

    impl Trouble {
        /// The status that an answer with this trouble carries.
        pub(crate) fn status(self) -> StatusCode {
            match self {
                Self::SignedOut => StatusCode::UNAUTHORIZED,
                Self::NotFound => StatusCode::NOT_FOUND,
                Self::Closed => StatusCode::CONFLICT,
                Self::Gateway => StatusCode::BAD_GATEWAY,
                Self::Busy => StatusCode::TOO_MANY_REQUESTS,
                Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                Self::Unreachable => StatusCode::INTERNAL_SERVER_ERROR,
            }
        }
    }

    impl From<Error> for Trouble {
        fn from(error: Error) -> Self {
            if error.is_of_a_text() {
                return Self::NotFound;
            }
            tracing::warn!(%error, "a page or an island could not be served");
            match error {
                Error::Gateway(_) => Self::Gateway,
                Error::Busy => Self::Busy,
                _ => Self::Unavailable,
            }
        }
    }

    impl From<CheckoutError> for Trouble {
        fn from(error: CheckoutError) -> Self {
            match error {
                CheckoutError::Closed => Self::Closed,
                CheckoutError::Gateway(error) => Error::from(error).into(),
                CheckoutError::Other(error) => error.into(),
            }
        }
    }
}
