//! Which type fits which wider one (rulings 26), and the first place where two do not.
//!
//! Shapes only: labels are judged by whoever passes a value on, since a wrong label is another mistake than a wrong type.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::value::types::display::write_name;
use crate::value::types::union::discriminant;
use crate::value::types::{Field, Kind, Type};

/// The first place where a type does not fit a wider one.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: `steps[].name`; empty for the whole. `[]` is any element of a list or map.
    pub path: String,
    /// What differs there.
    pub reason: Reason,
}

/// What differs at one place.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Another type.
    Type {
        /// What is wanted.
        expected: Type,
        /// What is there.
        found: Type,
    },
    /// What is there would fit if it could not be `null`.
    Absent {
        /// What is wanted.
        expected: Type,
        /// What is there: a `T?`.
        found: Type,
    },
    /// A field that is wanted and not there.
    Missing(Arc<str>),
    /// A field that is there and not wanted.
    Unexpected(Arc<str>),
}

/// "at `steps`: expected `list<string>`, found `int`".
impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at `{}`: ", self.path)?;
        }
        match &self.reason {
            Reason::Type { expected, found } | Reason::Absent { expected, found } => {
                write!(f, "expected `{expected}`, found `{found}`")
            }
            Reason::Missing(name) => write!(f, "field `{name}` is missing"),
            Reason::Unexpected(name) => write!(f, "there is no field `{name}`"),
        }
    }
}

impl Difference {
    fn here(reason: Reason) -> Self {
        Self { path: String::new(), reason }
    }

    fn under(mut self, step: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{step}{dot}{}", self.path);
        self
    }

    fn under_field(self, name: &str) -> Self {
        let mut step = String::new();
        write_name(&mut step, name).expect("a string takes all that is written to it");
        self.under(&step)
    }
}

impl Type {
    /// Whether every value of this type is one of the `wider` one: a literal of its union and of `string`, a member of its union,
    /// `T` of `T?`, `int` of `float`, and so inside lists, maps and fields of records. No width subtyping. Labels make no difference.
    pub fn fits(&self, wider: &Type) -> bool {
        match (&self.kind, &wider.kind) {
            (Kind::Unknown | Kind::Never, _) | (_, Kind::Unknown) => true,
            (Kind::Optional(inner), Kind::Optional(wide)) => same_part(inner, wide) || inner.fits(wide),
            (Kind::Null, Kind::Optional(_) | Kind::Null) => true,
            (Kind::Optional(_) | Kind::Null, _) => false,
            (_, Kind::Optional(wide)) => self.fits(wide),
            (Kind::Union(members), Kind::Union(wide)) if same_part(members, wide) => true,
            (Kind::Union(members), _) => members.iter().all(|member| member.fits(wider)),
            (Kind::Literal(text), Kind::Literal(wide)) => text == wide,
            (Kind::Literal(_), Kind::String) | (Kind::Int, Kind::Float) => true,
            (_, Kind::Union(wide)) => self.fits_union(wide),
            (Kind::List(inner), Kind::List(wide)) | (Kind::Map(inner), Kind::Map(wide)) => {
                same_part(inner, wide) || inner.fits(wide)
            }
            (Kind::Record(fields), Kind::Record(wide)) => same_part(fields, wide) || fields_fit(fields, wide),
            (kind, wide) => kind == wide,
        }
    }

    /// Whether both have the same values.
    pub fn is_same(&self, other: &Type) -> bool {
        self.fits(other) && other.fits(self)
    }

    /// The first place where this does not fit the wider type; `None` if it fits.
    pub fn fits_detail(&self, wider: &Type) -> Option<Difference> {
        if self.fits(wider) {
            return None;
        }
        let wide = wider.without_null();
        if self.is_optional() && !wider.is_optional() && self.without_null().fits(wider) {
            let (expected, found) = (wider.clone(), self.clone());
            return Some(Difference::here(Reason::Absent { expected, found }));
        }
        let inner = match (&self.without_null().kind, &wide.kind) {
            _ if self.is_optional() && !wider.is_optional() => None,
            (Kind::List(found), Kind::List(wide)) | (Kind::Map(found), Kind::Map(wide)) => {
                found.fits_detail(wide).map(|difference| difference.under("[]"))
            }
            (Kind::Record(found), Kind::Record(wide)) => fields_detail(found, wide),
            (Kind::Record(_), Kind::Union(members)) => {
                meant_member(&self.without_null(), members).and_then(|member| self.without_null().fits_detail(member))
            }
            _ => None,
        };
        let whole = || Difference::here(Reason::Type { expected: wider.clone(), found: self.clone() });
        Some(inner.unwrap_or_else(whole))
    }

    /// A member fits its union; so does a record whose discriminant is a union of literals, if it fits with each of them.
    fn fits_union(&self, members: &[Type]) -> bool {
        if members.iter().any(|member| self.fits(member)) {
            return true;
        }
        let Kind::Record(fields) = &self.kind else { return false };
        let Some(tag) = discriminant(members) else { return false };
        let Some(Kind::Union(literals)) = fields.get(&tag).map(|field| &field.ty.kind) else { return false };
        literals.iter().all(|literal| {
            let mut fields = (**fields).clone();
            fields.insert(tag.clone(), Field::required(literal.clone()));
            let record = Type::of(Kind::Record(Arc::new(fields)));
            members.iter().any(|member| record.fits(member))
        })
    }
}

/// Aliases share their parts: this keeps types that use one often from being gone through each time.
fn same_part<T>(a: &Arc<T>, b: &Arc<T>) -> bool {
    Arc::ptr_eq(a, b)
}

fn fields_fit(fields: &IndexMap<Arc<str>, Field>, wide: &IndexMap<Arc<str>, Field>) -> bool {
    fields.keys().all(|name| wide.contains_key(name))
        && wide.iter().all(|(name, wide)| match fields.get(name) {
            // An absent field reads as `null`, and so does one that may be left out.
            Some(field) if field.optional || wide.optional => field.read().fits(&wide.read()),
            Some(field) => field.ty.fits(&wide.ty),
            None => wide.may_be_absent(),
        })
}

fn fields_detail(fields: &IndexMap<Arc<str>, Field>, wide: &IndexMap<Arc<str>, Field>) -> Option<Difference> {
    let unexpected = fields.keys().find(|name| !wide.contains_key(*name));
    let missing = wide.iter().find(|(name, field)| !field.may_be_absent() && !fields.contains_key(*name));
    match (missing, unexpected) {
        (Some((name, _)), _) => return Some(Difference::here(Reason::Missing(name.clone()))),
        (_, Some(name)) => return Some(Difference::here(Reason::Unexpected(name.clone()))),
        _ => {}
    }
    wide.iter().find_map(|(name, wide)| {
        // An absent field reads as `null`, and so does one that may be left out.
        let difference = fields.get(name)?.read().fits_detail(&wide.read())?;
        Some(difference.under_field(name))
    })
}

/// The member whose literal field the record agrees with: the one that was meant.
pub(crate) fn meant_member<'a>(record: &Type, members: &'a [Type]) -> Option<&'a Type> {
    let tag = discriminant(members)?;
    let literals = record.field(&tag)?.as_literals()?;
    let agrees = |member: &&Type| {
        member
            .field(&tag)
            .and_then(|ty| ty.as_literals())
            .is_some_and(|own| literals.iter().all(|one| own.contains(one)))
    };
    members.iter().find(agrees)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::types::Labels;

    fn union(literals: &[&str]) -> Type {
        Type::union(literals.iter().map(|text| Type::literal(*text)).collect()).expect("different literals")
    }

    fn record(fields: &[(&str, Type)], optional: &[(&str, Type)]) -> Type {
        let required = fields.iter().map(|(name, ty)| (*name, Field::required(ty.clone())));
        let optional = optional.iter().map(|(name, ty)| (*name, Field::optional(ty.clone())));
        Type::record(required.chain(optional))
    }

    #[test]
    fn values_fit_wider_types_and_nothing_else() {
        let risk = union(&["low", "high"]);
        let fitting = [
            (Type::literal("low"), risk.clone()),
            (Type::literal("low"), Type::string()),
            (risk.clone(), union(&["high", "medium", "low"])),
            (risk.clone(), Type::string().optional()),
            (Type::null(), Type::int().optional()),
            (Type::int(), Type::float().optional()),
            (Type::list(Type::int()), Type::list(Type::float().optional())),
            (Type::list(Type::never()), Type::list(Type::file())),
            (Type::map(Type::literal("a")), Type::map(Type::string())),
            (Type::unknown(), Type::int()),
            (Type::file(), Type::unknown()),
            (Type::string().with_labels(Labels::SECRET), Type::string()),
        ];
        for (narrow, wide) in fitting {
            assert!(narrow.fits(&wide), "{narrow} fits {wide}");
        }
        let refused = [
            (Type::string(), risk),
            (Type::float(), Type::int()),
            (Type::int().optional(), Type::int()),
            (Type::null(), Type::int()),
            (Type::string(), Type::json()),
            (Type::json(), Type::string()),
            (Type::list(Type::int()), Type::map(Type::int())),
            (Type::duration(), Type::int()),
        ];
        for (narrow, wide) in refused {
            assert!(!narrow.fits(&wide), "{narrow} does not fit {wide}");
        }
    }

    #[test]
    fn records_fit_field_by_field_without_extra_ones() {
        let a = record(&[("a", Type::int())], &[]);
        let may = record(&[], &[("a", Type::int())]);
        assert!(a.fits(&may) && a.fits(&record(&[("a", Type::float())], &[])));
        assert!(!may.fits(&a));
        assert!(may.fits(&record(&[("a", Type::int().optional())], &[])), "absent equals null");
        assert!(record(&[("a", Type::null())], &[]).fits(&may), "null equals absent");
        assert!(record(&[], &[]).fits(&may));
        assert!(record(&[], &[]).fits(&record(&[("a", Type::int().optional())], &[])), "and back");
        assert!(!record(&[], &[]).fits(&a));
        assert!(!record(&[("a", Type::int()), ("b", Type::int())], &[]).fits(&a));
    }

    #[test]
    fn a_record_with_several_tags_fits_the_union_that_has_them_all() {
        let member = |tag: &str| record(&[("kind", Type::literal(tag)), ("n", Type::int())], &[]);
        let union_type = Type::union(vec![member("a"), member("b")]).expect("told apart");
        assert!(record(&[("kind", union(&["a", "b"])), ("n", Type::int())], &[]).fits(&union_type));
        assert!(!record(&[("kind", union(&["a", "c"])), ("n", Type::int())], &[]).fits(&union_type));
        assert!(union_type.fits(&record(&[("kind", Type::string()), ("n", Type::float())], &[])));
    }

    #[test]
    fn the_first_difference_has_a_path() {
        let wide = record(&[("steps", Type::list(record(&[("name", Type::string())], &[])))], &[]);
        let found = record(&[("steps", Type::list(record(&[("name", Type::int())], &[])))], &[]);
        let text = |found: &Type, wide: &Type| found.fits_detail(wide).map(|difference| difference.to_string());
        assert_eq!(text(&found, &wide).as_deref(), Some("at `steps[].name`: expected `string`, found `int`"));
        assert_eq!(text(&wide, &wide), None);
        let missing = record(&[], &[]);
        assert_eq!(text(&missing, &wide).as_deref(), Some("field `steps` is missing"));
        assert_eq!(text(&wide, &missing).as_deref(), Some("there is no field `steps`"));
        let absent = Type::int().optional().fits_detail(&Type::float()).expect("null does not fit");
        assert!(matches!(absent.reason, Reason::Absent { .. }));
        let may = record(&[], &[("steps", Type::int())]);
        assert_eq!(text(&wide, &may).as_deref(), Some("at `steps`: expected `int?`, found `list<{ name: string }>`"));
    }

    #[test]
    fn the_meant_member_of_a_union_is_the_one_that_is_compared() {
        let ok = record(&[("kind", Type::literal("ok")), ("n", Type::int())], &[]);
        let err = record(&[("kind", Type::literal("err")), ("why", Type::string())], &[]);
        let wide = Type::union(vec![ok, err]).expect("told apart");
        let found = record(&[("kind", Type::literal("err")), ("why", Type::int())], &[]);
        let difference = found.fits_detail(&wide).expect("does not fit");
        assert_eq!(difference.to_string(), "at `why`: expected `string`, found `int`");
    }
}
