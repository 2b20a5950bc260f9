//! How server functions answer: as JSON, in types that a browser can read with little code.

use miniserde::{Deserialize, Error, Serialize, json};
use server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType,
    codec::{JsonEncoding, Post},
};

/// JSON of the types in [`wire`](crate::wire).
pub struct LeanJson;

/// As the `output` of a server function.
pub type Lean = Post<LeanJson>;

impl ContentType for LeanJson {
    const CONTENT_TYPE: &'static str = JsonEncoding::CONTENT_TYPE;
}

impl FormatType for LeanJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for LeanJson {
    type Error = Error;

    fn encode(value: &T) -> Result<Bytes, Error> {
        Ok(json::to_string(value).into())
    }
}

impl<T: Deserialize> Decodes<T> for LeanJson {
    type Error = Error;

    fn decode(bytes: Bytes) -> Result<T, Error> {
        let text = str::from_utf8(&bytes).map_err(|_| Error)?;
        json::from_str(text)
    }
}
