//! A list as JSON, element by element: a long one is never held a second time.

use std::borrow::Cow;

use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::value::Value;
use crate::value::list::List;

/// Writes a list, each element as `form` has it. One that cannot be read is an error, and never `null`.
pub(super) fn sequence<'a, S: Serializer, T: Serialize>(
    list: &'a List,
    to: S,
    form: fn(Cow<'a, Value>) -> T,
) -> Result<S::Ok, S::Error> {
    let mut sequence = to.serialize_seq(Some(list.len()))?;
    for item in list {
        if let Some(why) = list.failure() {
            return Err(S::Error::custom(why));
        }
        sequence.serialize_element(&form(item))?;
    }
    sequence.end()
}
