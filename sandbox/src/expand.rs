//! `expand[]`: puts an object where its id stands.

use serde_json::Value;

use crate::errors::{ApiError, Result};
use crate::objects::{charges, checkout_sessions, invoices};
use crate::store::Store;

const DEEPEST: usize = 4;

/// Expands each path (`latest_charge`, `data.customer`, …) in an answer.
pub fn expand(store: &Store, answer: &mut Value, paths: &[String]) -> Result<()> {
    for path in paths {
        let steps: Vec<&str> = path.split('.').collect();
        if steps.len() > DEEPEST {
            return Err(ApiError::invalid(format!(
                "You cannot expand more than {DEEPEST} levels of a property. Property: {path}"
            )));
        }
        walk(store, answer, &steps, path)?;
    }
    Ok(())
}

fn walk(store: &Store, at: &mut Value, steps: &[&str], path: &str) -> Result<()> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(());
    };
    if let Some(items) = at.as_array_mut() {
        return items
            .iter_mut()
            .try_for_each(|item| walk(store, item, steps, path));
    }
    // A property that is null, or in an object that was not there, has nothing to expand.
    if at.is_null() {
        return Ok(());
    }
    // What an object holds only when it is asked for.
    match (at["object"].as_str(), *step) {
        (Some(charges::KIND), "refunds") => at[*step] = charges::refunds_of(store, at),
        (Some(checkout_sessions::KIND), "line_items") => {
            at[*step] = checkout_sessions::line_items_of(store, at);
        }
        _ => {}
    }
    if at.get(*step).is_none()
        && let Some(included) = invoices::included(store, at, step)
    {
        at[*step] = included;
    }
    let Some(property) = at.get_mut(*step) else {
        return Err(ApiError::invalid(format!(
            "This property cannot be expanded ({path})."
        )));
    };
    match property.as_array_mut() {
        Some(items) => items
            .iter_mut()
            .try_for_each(|item| replace(store, item, path))?,
        None => replace(store, property, path)?,
    }
    walk(store, property, rest, path)
}

/// Puts the object in the place of its id. What is an object already stays.
fn replace(store: &Store, property: &mut Value, path: &str) -> Result<()> {
    let named = property.as_str().map(|id| store.any(id).cloned());
    match named {
        Some(Some(object)) => *property = object,
        None if !property.is_boolean() && !property.is_number() => {}
        _ => {
            return Err(ApiError::invalid(format!(
                "This property cannot be expanded ({path})."
            )));
        }
    }
    Ok(())
}
