//! Lists: newest first, a page at a time, with cursors that are ids.

use serde_json::{Value, json};

use crate::errors::{ApiError, Result};
use crate::form::Params;

const DEFAULT_LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 100;

/// The page of a list that a request asks for.
#[derive(Debug)]
pub struct Page {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
    created: Created,
}

#[derive(Debug, Default)]
struct Created {
    gt: Option<i64>,
    gte: Option<i64>,
    lt: Option<i64>,
    lte: Option<i64>,
}

impl Page {
    pub fn from(params: &mut Params) -> Result<Self> {
        let limit = params.integer("limit")?.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(ApiError::invalid(format!(
                "This value must be between 1 and {MAX_LIMIT}."
            ))
            .code("parameter_invalid_integer")
            .param("limit"));
        }
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(1),
            starting_after: params.text("starting_after")?,
            ending_before: params.text("ending_before")?,
            created: Created::from(params)?,
        })
    }

    /// Cuts the page out of all matching objects, which come newest first.
    pub fn cut<'a>(
        self,
        url: &str,
        objects: impl DoubleEndedIterator<Item = &'a Value>,
    ) -> Result<Value> {
        let mut objects: Vec<&Value> = objects
            .filter(|object| self.created.holds(object["created"].as_i64().unwrap_or(0)))
            .collect();
        let place = |objects: &[&Value], id: &str, param: &str| {
            objects
                .iter()
                .position(|object| object["id"] == id)
                .ok_or_else(|| {
                    ApiError::invalid(format!("No such object: '{id}'"))
                        .code("resource_missing")
                        .param(param)
                })
        };
        if let Some(id) = &self.starting_after {
            let at = place(&objects, id, "starting_after")?;
            objects.drain(..=at);
        }
        let mut has_more = objects.len() > self.limit;
        if let Some(id) = &self.ending_before {
            let at = place(&objects, id, "ending_before")?;
            objects.truncate(at);
            has_more = objects.len() > self.limit;
            let surplus = objects.len().saturating_sub(self.limit);
            objects.drain(..surplus);
        }
        objects.truncate(self.limit);
        Ok(json!({
            "object": "list",
            "data": objects,
            "has_more": has_more,
            "url": url,
        }))
    }
}

impl Created {
    /// `created=N` or `created[gte]=N` and its siblings.
    fn from(params: &mut Params) -> Result<Self> {
        let given = params.clone().any("created");
        if given.as_ref().is_some_and(Value::is_string) {
            let exact = params.integer("created")?;
            return Ok(Self {
                gte: exact,
                lte: exact,
                ..Self::default()
            });
        }
        let Some(mut bounds) = params.nested("created")? else {
            return Ok(Self::default());
        };
        let created = Self {
            gt: bounds.integer("gt")?,
            gte: bounds.integer("gte")?,
            lt: bounds.integer("lt")?,
            lte: bounds.integer("lte")?,
        };
        bounds.finish()?;
        Ok(created)
    }

    fn holds(&self, at: i64) -> bool {
        self.gt.is_none_or(|bound| at > bound)
            && self.gte.is_none_or(|bound| at >= bound)
            && self.lt.is_none_or(|bound| at < bound)
            && self.lte.is_none_or(|bound| at <= bound)
    }
}
