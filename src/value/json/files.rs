//! The places of files in plain JSON: where a type wants one, whoever brings the JSON gives a path.

use serde_json::Value as Json;

use crate::value::json::Mismatch;
use crate::value::types::{Kind, Type, meant};

/// Whether a type wants a file somewhere.
pub fn holds_file(ty: &Type) -> bool {
    ty.any_part(&mut |part| part.kind == Kind::File)
}

/// Puts a file in each place where `ty` wants one, by what stands there. Where the JSON does not fit the type it is left as it is:
/// reading it as that type says so.
///
/// # Errors
/// The first file that cannot be had, with its place.
pub fn put_files(
    json: &mut Json,
    ty: &Type,
    put: &mut dyn FnMut(&Json) -> Result<Json, String>,
) -> Result<(), Mismatch> {
    match (&ty.kind, json) {
        (Kind::File, place) => {
            *place = put(place).map_err(Mismatch::new)?;
            Ok(())
        }
        (_, Json::Null) => Ok(()),
        (Kind::Optional(inner), json) => put_files(json, inner, put),
        (Kind::List(element), Json::Array(items)) => {
            let mut items = items.iter_mut().enumerate();
            items.try_for_each(|(i, item)| put_files(item, element, put).map_err(|error| error.under_index(i)))
        }
        (Kind::Map(element), Json::Object(fields)) => {
            let mut fields = fields.iter_mut();
            fields.try_for_each(|(name, field)| put_files(field, element, put).map_err(|error| error.under_field(name)))
        }
        (Kind::Record(types), Json::Object(fields)) => types.iter().try_for_each(|(name, field)| {
            let place = fields.get_mut(&**name).filter(|place| !(field.optional && place.is_null()));
            place.map_or(Ok(()), |place| put_files(place, &field.ty, put).map_err(|error| error.under_field(name)))
        }),
        (Kind::Union(members), json) => {
            let tag = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
            meant(members, tag).map_or(Ok(()), |member| put_files(json, member, put))
        }
        _ => Ok(()),
    }
}
