//! Spoils something good a little: that gets further than noise.

use std::{fmt::Debug, panic::AssertUnwindSafe};

use bolero::{TypeGenerator, check};
use serde_json::{Value, json};

/// Feeds a target with whatever there is. It may reach what a panic leaves in any state, because the
/// test ends with it.
pub fn feed<T: TypeGenerator + Debug + 'static>(target: impl Fn(&T)) {
    let target = AssertUnwindSafe(target);
    check!().with_type::<T>().for_each(move |input| {
        let whole = &target;
        whole.0(input);
    });
}

/// One thing that is done to a text.
#[derive(Clone, Debug, TypeGenerator)]
pub enum Spoil {
    Replace { at: u16, byte: u8 },
    Insert { at: u16, bytes: Vec<u8> },
    Cut { at: u16, length: u8 },
    Repeat { at: u16, length: u8 },
    Truncate { at: u16 },
}

/// Another value in place of one of a JSON text, counted in the order in which they stand.
#[derive(Clone, Debug, TypeGenerator)]
pub struct Odd {
    place: u16,
    value: u8,
}

/// A text with all of this done to it.
pub fn spoiled(text: &[u8], spoils: &[Spoil]) -> Vec<u8> {
    let mut text = text.to_vec();
    for spoil in spoils {
        let place = |at: u16| usize::from(at) % (text.len() + 1);
        let end = |at: usize, length: u8| (at + usize::from(length)).min(text.len());
        match spoil {
            Spoil::Replace { at, byte } => {
                let at = place(*at);
                if let Some(place) = text.get_mut(at) {
                    *place = *byte;
                }
            }
            Spoil::Insert { at, bytes } => {
                let at = place(*at);
                text.splice(at..at, bytes.iter().copied());
            }
            Spoil::Cut { at, length } => {
                let at = place(*at);
                let end = end(at, *length);
                text.drain(at..end);
            }
            Spoil::Repeat { at, length } => {
                let at = place(*at);
                let part = text[at..end(at, *length)].to_vec();
                text.splice(at..at, part);
            }
            Spoil::Truncate { at } => text.truncate(place(*at)),
        }
    }
    text
}

/// A JSON text with other values in it.
pub fn odd(text: &str, odds: &[Odd]) -> String {
    let mut whole: Value = serde_json::from_str(text).unwrap();
    for odd in odds {
        let mut values = Vec::new();
        places(&whole, String::new(), &mut values);
        let at = usize::from(odd.place) % values.len();
        *whole.pointer_mut(&values[at]).unwrap() = value(odd.value);
    }
    whole.to_string()
}

/// Where the values stand.
fn places(value: &Value, here: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, format!("{here}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                places(item, format!("{here}/{number}"), found);
            }
        }
        _ => {}
    }
    found.push(here);
}

fn value(number: u8) -> Value {
    let odd = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(0.5),
        json!(""),
        json!("succeeded"),
        json!("requires_action"),
        json!("eur"),
        json!("\u{0}\u{202e}\u{1f600}"),
        json!("9".repeat(400)),
        json!([]),
        json!({}),
        json!([null]),
        json!({ "id": "in_1" }),
    ];
    odd[usize::from(number) % odd.len()].clone()
}
