//! Parameters as the gateway's API takes them: form encoded, nested with brackets.
//!
//! A handler takes out what it knows, and [`Params::finish`] refuses the rest. That is how an
//! unknown parameter is refused everywhere without listing the known ones twice.

use serde_json::{Map, Value};
use serde_qs::Config;

use crate::errors::{ApiError, Result};

/// Deep enough for `payment_method_data[billing_details][address][city]`, too shallow to hurt.
const MAX_DEPTH: usize = 6;

#[derive(Debug, Clone, Default)]
pub struct Params {
    fields: Map<String, Value>,
    /// The brackets around this level, for error messages: `card[` for `card[number]`.
    prefix: String,
}

impl Params {
    /// Reads the query and the body as one set, as the gateway does.
    pub fn parse(query: &str, body: &[u8]) -> Result<Self> {
        let body = std::str::from_utf8(body)
            .map_err(|_| ApiError::invalid("Invalid request: the body is not valid UTF-8."))?;
        let joined = [query, body.trim()]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("&");
        // Not strict, because clients encode the brackets too.
        let fields = Config::new(MAX_DEPTH, false)
            .deserialize_str(&joined)
            .map_err(|error| {
                ApiError::invalid(format!(
                    "Invalid request: the parameters could not be read ({error})."
                ))
            })?;
        Ok(Self {
            fields,
            prefix: String::new(),
        })
    }

    /// Parameters that were kept from an earlier request.
    pub fn kept(value: &Value) -> Self {
        Self {
            fields: value.as_object().cloned().unwrap_or_default(),
            prefix: String::new(),
        }
    }

    /// All parameters, for logs and for comparing two requests.
    pub fn as_value(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// An empty value means "not given", as at the gateway.
    pub fn text(&mut self, name: &str) -> Result<Option<String>> {
        Ok(self.change(name)?.flatten())
    }

    /// For updates: `Some(None)` when the value is to be unset with an empty string.
    pub fn change(&mut self, name: &str) -> Result<Option<Option<String>>> {
        match self.fields.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(Some(None)),
            Some(Value::String(text)) => Ok(Some(Some(text))),
            Some(Value::Null) => Ok(Some(None)),
            Some(_) => Err(
                ApiError::invalid(format!("Invalid string: {}", self.full(name)))
                    .param(&self.full(name)),
            ),
        }
    }

    pub fn required(&mut self, name: &str) -> Result<String> {
        self.text(name)?
            .ok_or_else(|| ApiError::missing_param(&self.full(name)))
    }

    pub fn integer(&mut self, name: &str) -> Result<Option<i64>> {
        self.text(name)?
            .map(|text| {
                text.parse()
                    .map_err(|_| ApiError::not_an_integer(&self.full(name), &text))
            })
            .transpose()
    }

    pub fn flag(&mut self, name: &str) -> Result<Option<bool>> {
        self.text(name)?
            .map(|text| match text.as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => {
                    Err(ApiError::invalid(format!("Invalid boolean: {text}"))
                        .param(&self.full(name)))
                }
            })
            .transpose()
    }

    pub fn choice(&mut self, name: &str, allowed: &[&str]) -> Result<Option<String>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        if allowed.contains(&text.as_str()) {
            return Ok(Some(text));
        }
        let param = self.full(name);
        Err(ApiError::invalid(format!(
            "Invalid {param}: must be one of {}",
            allowed.join(", ")
        ))
        .param(&param))
    }

    /// `name[]=a&name[]=b` and `name[0]=a&name[1]=b`.
    pub fn list(&mut self, name: &str) -> Result<Option<Vec<String>>> {
        let items = match self.fields.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(Value::Object(by_index)) => {
                let mut items: Vec<_> = by_index.into_iter().collect();
                items.sort_by_key(|(index, _)| index.parse::<u64>().unwrap_or(u64::MAX));
                items.into_iter().map(|(_, item)| item).collect()
            }
            Some(Value::String(text)) if text.is_empty() => return Ok(Some(Vec::new())),
            Some(_) => {
                let param = self.full(name);
                return Err(ApiError::invalid("Invalid array").param(&param));
            }
        };
        items
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Ok(text),
                _ => Err(ApiError::invalid("Invalid array").param(&self.full(name))),
            })
            .collect::<Result<_>>()
            .map(Some)
    }

    /// A level below, whose own leftovers the caller refuses with [`Params::finish`].
    pub fn nested(&mut self, name: &str) -> Result<Option<Params>> {
        let full = self.full(name);
        match self.fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Params {
                fields,
                prefix: full,
            })),
            Some(_) => Err(ApiError::invalid("Invalid object").param(&full)),
        }
    }

    /// `name[0][a]=1&name[1][a]=2`: one level for each, in order.
    pub fn rows(&mut self, name: &str) -> Result<Option<Vec<Params>>> {
        let full = self.full(name);
        let rows: Vec<(String, Value)> = match self.fields.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => Vec::new(),
            Some(Value::Array(rows)) => (0..).map(|at: u64| at.to_string()).zip(rows).collect(),
            Some(Value::Object(by_index)) => {
                let mut rows: Vec<_> = by_index.into_iter().collect();
                rows.sort_by_key(|(index, _)| index.parse::<u64>().unwrap_or(u64::MAX));
                rows
            }
            Some(_) => return Err(ApiError::invalid("Invalid array").param(&full)),
        };
        rows.into_iter()
            .map(|(index, row)| match row {
                Value::Object(fields) => Ok(Params {
                    fields,
                    prefix: format!("{full}[{index}]"),
                }),
                _ => Err(ApiError::invalid("Invalid array").param(&full)),
            })
            .collect::<Result<_>>()
            .map(Some)
    }

    /// Something that is stored as it came, because nothing here depends on it.
    pub fn any(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name)
    }

    pub fn metadata(&mut self) -> Result<Option<Map<String, Value>>> {
        let param = self.full("metadata");
        let fields = match self.fields.remove("metadata") {
            None => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => Map::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => return Err(ApiError::invalid("Invalid object").param(&param)),
        };
        for (key, value) in &fields {
            let fits = matches!(value, Value::String(text) if text.len() <= 500) && key.len() <= 40;
            if !fits {
                return Err(ApiError::invalid(
                    "Metadata keys can be up to 40 characters long, and values up to 500 \
                     characters of text.",
                )
                .param(&format!("{param}[{key}]")));
            }
        }
        if fields.len() > 50 {
            return Err(ApiError::invalid("Metadata can have up to 50 keys.").param(&param));
        }
        Ok(Some(fields))
    }

    /// Refuses what nobody has taken.
    pub fn finish(self) -> Result<()> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(name) => Err(ApiError::unknown_param(&self.full(name))),
        }
    }

    /// The name with the brackets around this level, as error messages give it.
    pub fn full(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{}[{name}]", self.prefix)
        }
    }
}

/// Adds metadata to an object the way an update does: an empty value removes a key.
pub fn merge_metadata(object: &mut Value, changes: Map<String, Value>) {
    let Some(metadata) = object["metadata"].as_object_mut() else {
        object["metadata"] = Value::Object(changes);
        return;
    };
    if changes.is_empty() {
        metadata.clear();
    }
    for (key, value) in changes {
        if value == "" {
            metadata.remove(&key);
        } else {
            metadata.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_become_levels_and_lists() {
        let mut params = Params::parse(
            "expand[]=a&expand[]=b",
            b"metadata%5Border%5D=1+2&card[number]=42&types[0]=x&types[1]=y",
        )
        .unwrap();
        assert_eq!(params.list("expand").unwrap().unwrap(), ["a", "b"]);
        assert_eq!(params.list("types").unwrap().unwrap(), ["x", "y"]);
        assert_eq!(params.metadata().unwrap().unwrap()["order"], "1 2");
        let card = params.nested("card").unwrap().unwrap();
        let refused = card.finish().unwrap_err().body();
        assert_eq!(refused["error"]["param"], "card[number]");
        assert_eq!(refused["error"]["code"], "parameter_unknown");
        params.finish().unwrap();
    }

    #[test]
    fn rows_are_levels_of_their_own() {
        let body = b"items[0][price]=a&items[1][price_data][recurring][interval]=month&none=";
        let mut params = Params::parse("", body).unwrap();
        assert!(params.rows("none").unwrap().unwrap().is_empty());
        let mut rows = params.rows("items").unwrap().unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].required("price").unwrap(), "a");
        let mut data = rows[1].nested("price_data").unwrap().unwrap();
        let recurring = data.nested("recurring").unwrap().unwrap();
        let refused = recurring.finish().unwrap_err().body();
        assert_eq!(
            refused["error"]["param"],
            "items[1][price_data][recurring][interval]"
        );
        params.finish().unwrap();
    }

    #[test]
    fn odd_input_is_refused_not_fatal() {
        for body in [
            &b"\xff\xfe"[..],
            b"a[b",
            b"a]b=1",
            b"a[[[[[[[[[[[[[[]]]]]]]]=1",
            b"%zz=%",
            b"=&=&&",
            b"a=1&a[b]=2&a[]=3",
        ] {
            let _ = Params::parse("", body).and_then(Params::finish);
        }
    }
}
